"""What `check --deploy` asks of a real installation beside Django's own questions."""

from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.db import OperationalError

from kompensasi.demo import left


@register(deploy=True)
def check_no_demo(**_: Any) -> list[CheckMessage]:
    """Demo people have a password that everybody knows."""
    if settings.DEMO:
        return [Error("DEMO=1: anybody can sign in as anybody.", id="kompensasi.E001")]
    try:
        count = left.people()
    except OperationalError:  # no database to look into; whoever needs it says so
        return []
    if not count:
        return []
    return [
        Error(
            f"{count} demo accounts are in the database.",
            hint="Begin with an empty database and an empty DATA_DIR.",
            id="kompensasi.E002",
        )
    ]


@register(deploy=True)
def check_public_url(**_: Any) -> list[CheckMessage]:
    """Passwords and customers' data travel encrypted, and links lead here from elsewhere."""
    if settings.HTTPS:
        return []
    return [
        Error(
            f"PUBLIC_URL is {settings.PUBLIC_URL}, not https: passwords would travel readable.",
            hint="Put a proxy with a certificate before the web; docs/deploy.md tells how.",
            id="kompensasi.E003",
        )
    ]


@register(deploy=True)
def check_mail_sender(**_: Any) -> list[CheckMessage]:
    """A mail server takes nothing from nobody, and customers answer to whom it is from."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    if not settings.EMAIL_HOST or "." in domain:
        return []
    return [
        Error(
            f"EMAIL_HOST is set, but mail would be from {settings.DEFAULT_FROM_EMAIL}.",
            hint="Write DEFAULT_FROM_EMAIL, like kompensasi@example.go.id.",
            id="kompensasi.E004",
        )
    ]
