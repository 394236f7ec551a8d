"""What every answer tells the browser it may do, and that our pages keep to it."""

import re
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import Client

from spm_monitor import files
from tests.conftest import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.once]
TEMPLATES = sorted(Path(django_settings.BASE_DIR, "templates").rglob("*.html"))
PAGES = ("/", "/pesanan/", "/kasus/", "/surat/", "/sop/", "/tidak-ada/", "/admin/")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_forbids_all_but_our_own_scripts_styles_and_forms(path):
    answer = signed_in("admin").get(path)

    policy = dict(part.strip().partition(" ")[::2] for part in answer[
        "Content-Security-Policy"].split(";"))  # fmt: skip
    assert policy == {
        "default-src": "'none'", "script-src": "'self'", "style-src": "'self'",
        "img-src": "'self' data:", "connect-src": "'self'", "frame-src": "'self'",
        "form-action": "'self'", "frame-ancestors": "'none'", "base-uri": "'none'",
    }  # fmt: skip
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_carries_a_script_or_a_style_of_its_own(template):
    """The letter and the slips are read by WeasyPrint, but keep to it too."""
    text = template.read_text(encoding="utf-8")

    assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|javascript:", text)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))
    assert not re.search(r'(?:src|href)="(?:https?:)?//', text)


@pytest.mark.parametrize(
    ("framed", "by", "frames"), [(False, "'none'", "DENY"), (True, "'self'", "SAMEORIGIN")]
)
def test_a_file_may_be_shown_and_do_nothing(framed, by, frames):
    answer = files.answer(b"%PDF-1.7", files.PDF, 'sur"at\r\n.pdf', framed=framed)

    policy = answer["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert policy.endswith(f"; frame-ancestors {by}")
    assert "script-src" not in policy
    assert answer["X-Frame-Options"] == frames
    assert answer["Cache-Control"] == "private, no-store"
    assert "\r" not in answer["Content-Disposition"]


def test_a_site_on_https_says_so_and_takes_nothing_else(settings):
    settings.SECURE_HSTS_SECONDS = 31536000

    answer = Client().get("/masuk/", secure=True)

    assert answer["Strict-Transport-Security"] == "max-age=31536000"
