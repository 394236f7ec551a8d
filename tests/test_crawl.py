"""Every page that every person is led to is there, and speaks Indonesian.

From the dashboard along all links, as each demo person and as the customer by the link.
"""

import re
from collections import deque
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client, override_settings

from kompensasi.cases.customer_link import token_of
from kompensasi.cases.models import Case
from tests.conftest import found_office, signed_in

PEOPLE = (
    "admin", "kasi.pjt", "pj.uji", "kasi.uji", "kepala", "petugas", "agenda", "auditor",
    "plh.kepala",
)  # fmt: skip
OF_A_KIND = 4  # pages whose addresses differ in numbers alone

# Common words that no Indonesian sentence has. "SOP", "souvenir" and the source's own "Printer",
# "Personal Computer" are not among them.
ENGLISH = frozenset(
    """
    the and of is are was were this that these those with from please required field invalid error
    submit save delete add change changed search home welcome log logout login view next previous
    first yes no your you select choose file upload not found page password username email user
    users group groups date time today now here have has been will can cannot must should may all
    none any other some by for to at on in or an as be it its history site administration
    successfully currently clear close show hide filter action actions go run update updated
    created create name value choice available ensure enter number valid least most than before
    after empty unknown true false warning success welcome back continue edit remove new old
    """.split()  # noqa: SIM905
) - {"file", "filter", "user", "in", "an", "at", "by", "as", "data", "go", "no", "on"}
OF_THE_TOOL = {"true", "false", "none", "search", "submit", "next"}  # Django's admin, raw values
QUIET = {"script", "style", "svg", "textarea"}
SAID = ("placeholder", "title", "aria-label", "alt")


class Page(HTMLParser):
    """What a page says and where it leads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.texts: list[str] = []
        self.quiet = 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        """Links, and the texts that stand in attributes."""
        told = dict(attrs)
        self.quiet += tag in QUIET
        if tag == "a" and told.get("href"):
            self.links.append(told["href"])
        if tag in ("iframe", "img") and told.get("src"):
            self.links.append(told["src"])
        self.texts += [told[name] for name in SAID if told.get(name)]
        if tag == "input" and told.get("type") == "submit":
            self.texts.append(told.get("value") or "")

    def handle_endtag(self, tag):
        """End of a part that says nothing."""
        self.quiet -= tag in QUIET

    def handle_data(self, data):
        """Visible text."""
        if not self.quiet:
            self.texts.append(data)


def english(page: Page) -> set[str]:
    text = re.sub(r"https?://\S+", "", " ".join(page.texts).lower())
    return set(re.findall(r"\b[a-z]+\b", text)) & ENGLISH


def crawl(client: Client, start: str) -> list[str]:
    """What is wrong on the pages reached from `start`, a line each; the pages are counted too."""
    found, seen, kinds = [], {start}, {}
    waiting = deque([(start, "")])
    while waiting:
        url, led_from = waiting.popleft()
        response: Any = client.get(url)
        content = b"".join(response.streaming_content) if response.streaming else response.content
        if response.status_code not in (200, 302):
            found.append(f"{led_from} leads to {url}: {response.status_code}")
        if response.status_code == 302:
            links = [response["Location"]]
        elif "html" in response.get("Content-Type", ""):
            page = Page(content.decode())
            links = page.links
            if words := english(page) - (OF_THE_TOOL if url.startswith("/admin/") else set()):
                found.append(f"{url} says {sorted(words)}")
        else:
            links = []
        for link in links:
            target = urlsplit(urljoin(url, link))
            path = f"{target.path}?{target.query}" if target.query else target.path
            kind = re.sub(r"\d+", "N", target.path)
            admin = kind.startswith("/admin/")  # its filters multiply without end
            if not admin:
                kind += str(sorted(re.findall(r"(\w+)=", target.query)))
            outside = target.netloc not in ("", "testserver") or target.scheme in ("mailto", "tel")
            if outside or target.path.startswith("/static/") or path in seen:
                continue
            if kinds.get(kind, 0) >= (1 if admin else OF_A_KIND):
                continue
            kinds[kind] = kinds.get(kind, 0) + 1
            seen.add(path)
            waiting.append((path, url))
    assert len(seen) >= 5, "nothing was crawled"
    return found


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker, tmp_path_factory):
    """The demo's orders and cases, for all crawls."""
    folder = tmp_path_factory.mktemp("crawl")
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=folder), transaction.atomic():
        found_office()  # a flush by an earlier test took it
        call_command("seed_demo", verbosity=0)
        yield folder
        transaction.set_rollback(True)


pytestmark = [pytest.mark.once, pytest.mark.slow]


@pytest.mark.django_db
@pytest.mark.timeout(300)
@pytest.mark.parametrize("username", PEOPLE)
def test_every_link_leads_somewhere_in_indonesian(demo, settings, username):
    settings.MEDIA_ROOT = demo
    found = crawl(signed_in(username), "/")
    assert not found, "\n".join(found)


@pytest.mark.django_db
def test_the_customers_pages_too(demo, settings):
    settings.MEDIA_ROOT = demo
    for case in Case.objects.order_by("-pk"):
        page = Client().get(f"/lacak/{token_of(case)}/")
        assert english(Page(page.content.decode())) == set()
        for link in Page(page.content.decode()).links:
            if link.startswith("/") and not link.startswith("/static/"):
                assert Client().get(link).status_code in (200, 302), link


def test_the_scan_knows_english_when_it_sees_it():
    page = Page(
        '<p>Please <b>select</b> a file</p><input placeholder="Search"><script>the</script>'
    )
    assert english(page) == {"please", "select", "search"}
