"""What the tests of the administrator's pages share."""

import re

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

EVERYBODY_ELSE = (
    "kasi.pjt", "pj.uji", "kasi.kal", "kepala", "petugas", "agenda", "auditor", "plh.kepala",
)  # fmt: skip


def text(answer) -> str:
    """What a page says, without its tags and line breaks."""
    words = re.sub(r"<[^>]*>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", words)


def queries(client: Client, url: str) -> int:
    """How many queries a page costs."""
    with CaptureQueriesContext(connection) as caught:
        assert client.get(url).status_code == 200
    return len(caught)
