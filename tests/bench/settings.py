"""The product's settings, with the yardstick's page beside its own."""

from kompensasi.settings import *  # noqa: F403

DEMO = True  # the signed-in people are the demo's
ROOT_URLCONF = "tests.bench.urls"
EMAIL_HOST = ""  # no notice is written: the sweep is measured without a mailing office
