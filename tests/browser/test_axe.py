"""Every page in every state is open to everybody: axe finds nothing, and it fits a narrow screen.

One round opens each row of `screens.py` once; the tests read what it found. Django's own pages
below `/admin/` are not ours: only their index is looked at.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.shortcuts import render
from django.test import Client, RequestFactory
from django.test.signals import template_rendered
from django.urls import URLPattern, URLResolver, get_resolver
from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as PlaywrightError

from tests.browser.looking import HIDDEN, NARROWEST, SIDEWAYS, SMALL, WIDE, axe, look
from tests.browser.scene import Scene, office_in_every_state
from tests.browser.screens import FILES, FOR_MACHINES, POSTS, SCREENS, Screen, address
from tests.conftest import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.timeout(900)]

TEMPLATES = Path(django_settings.BASE_DIR) / "templates"
# As PDF alone.
ON_PAPER = {
    "letters/sheet.html", "letters/_letterhead.html", "slips/slip.html", "reports/sheet.html",
}  # fmt: skip
TOLD = {"incident": "7F3A2", "minutes": 15, "texts": ["Lampu katoda alat AAS putus."]}
REFUSALS = sorted(path.name for path in TEMPLATES.glob("[45]??*.html"))


class Visitor:
    """One browser page that changes hands between people."""

    def __init__(self, page: Page, scene: Scene) -> None:
        self.page, self.scene = page, scene

    def open(self, screen: Screen) -> int:
        """Open a screen as its person and do what is done there; returns the last status."""
        self.become(screen.who)
        self.page.set_viewport_size({"width": screen.widths[0], "height": 900})
        response = self.page.goto(self.scene.url + screen.address(self.scene))
        status = response.status if response else 0
        if screen.act is not None:
            status = screen.act(self.page) or status
        return status

    def become(self, username: str) -> None:
        """Nobody else's cookies."""
        self.page.context.clear_cookies()
        if session := self.scene.cookie_of(username):
            cookie: Any = {"name": "sessionid", "value": session, "url": self.scene.url}
            self.page.context.add_cookies([cookie])


@dataclass
class Round:
    """What was found at each screen, and which templates were seen."""

    found: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    unexpected: list[str] = field(default_factory=list)
    templates: set[str] = field(default_factory=set)

    def see(self, screen: Screen, visitor: Visitor) -> None:
        """Open a screen and keep what is wrong with it."""
        try:
            status = visitor.open(screen)
        except PlaywrightError as error:
            self.unexpected.append(f"{screen}: {str(error).splitlines()[0]}")
            return
        if status != screen.status:
            self.unexpected.append(f"{screen}: {status} instead of {screen.status}")
        found = look(visitor.page, screen.widths)
        if screen.page.startswith("admin:"):  # Django's own: what axe says is all we ask
            found = {what: lines if what == "axe" else [] for what, lines in found.items()}
        self.found[str(screen)] = found

    def all(self, what: str) -> str:
        """Everything found of a kind, a line each; "" when nothing was."""
        return "\n".join(
            f"{screen}: {line}" for screen, found in self.found.items() for line in found[what]
        )


@pytest.fixture(scope="module")
def scene(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("scene")
    with office_in_every_state(django_db_blocker, folder) as built:
        yield built


@pytest.fixture(scope="module")
def page(browser: Browser, scene: Scene) -> Iterator[Page]:
    """A tab; it closes before the server that it keeps a line to."""
    context = browser.new_context(locale="id-ID", timezone_id="Asia/Jakarta")
    opened = context.new_page()
    opened.set_default_timeout(3000)  # a button that is not there
    yield opened
    context.close()


@pytest.fixture(scope="module")
def rounds(scene: Scene, page: Page) -> Round:
    """Each screen opened once; the pages of refusals as Django would answer with them."""
    done, visitor = Round(), Visitor(page, scene)

    def note(template: Any, **_: Any) -> None:
        done.templates.add(template.name or "")

    template_rendered.connect(note)
    try:
        for screen in SCREENS:
            done.see(screen, visitor)
        visitor.become("")
        for name in REFUSALS:
            _show_refusal(page, scene, name)
            done.found[name] = look(page)
    finally:
        template_rendered.disconnect(note)
    return done


def _show_refusal(page: Page, scene: Scene, name: str) -> None:
    """A template of a refusal at an address where nothing else is."""
    html = render(RequestFactory().get("/"), name, TOLD).content
    url = f"{scene.url}/{name}"
    page.route(url, lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"))
    page.goto(url)
    page.unroute(url)


# --- what the round found ---------------------------------------------------------------------


def test_each_screen_shows_what_its_row_says(rounds):
    assert not rounds.unexpected, "\n".join(rounds.unexpected)


def test_axe_finds_no_violation(rounds):
    assert not rounds.all("axe"), rounds.all("axe")


def test_nothing_scrolls_sideways_at_320_pixels(rounds):
    assert not rounds.all("sideways"), rounds.all("sideways")


def test_no_table_or_card_hides_a_part_at_any_width(rounds):
    assert not rounds.all("hidden"), rounds.all("hidden")


def test_whatever_is_pressed_is_24_pixels_each_way(rounds):
    assert not rounds.all("small"), rounds.all("small")


def test_wider_spacing_of_text_cuts_nothing(rounds):
    assert not rounds.all("spaced"), rounds.all("spaced")


# --- the table is complete --------------------------------------------------------------------


def names(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    """Every name of the URLconf, without the rest of Django's admin."""
    for each in resolver.url_patterns:
        if isinstance(each, URLPattern):
            yield f"{prefix}{each.name}"
        elif each.namespace != "admin":
            yield from names(each, f"{each.namespace}:" if each.namespace else prefix)


def test_every_address_has_a_row():
    rows = {screen.page for screen in SCREENS} - {"admin:index"}
    assert rows | FILES.keys() | POSTS.keys() | FOR_MACHINES == set(names(get_resolver()))


def test_every_screen_is_a_row_of_its_own():
    assert len({str(screen) for screen in SCREENS}) == len(SCREENS)


def test_every_template_was_seen(rounds):
    written = {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html")}
    assert written - rounds.templates - ON_PAPER == set()


@pytest.mark.parametrize("page_name", FILES)
def test_what_is_called_a_file_is_no_page(scene, page_name, settings):
    settings.MEDIA_ROOT = scene.media
    client = Client() if page_name.startswith("track") else signed_in("kasi.pjt")
    if page_name in ("sample-letter", "standard-scan"):
        client = signed_in("admin")
    elif page_name == "letters-to-sign":
        client = signed_in("kepala")
    response = client.get(address(scene, page_name, FILES[page_name]))
    assert response.status_code == 200
    assert "html" not in response["Content-Type"]


@pytest.mark.parametrize("page_name", POSTS)
def test_what_only_takes_a_form_shows_no_page(scene, page_name):
    response = signed_in("admin").get(address(scene, page_name, POSTS[page_name]))
    assert response.status_code == 405


# --- the round sees what it looks for ---------------------------------------------------------


@pytest.fixture
def sound(page: Page, scene: Scene) -> Page:
    Visitor(page, scene).open(Screen(page="login", who=""))
    assert axe(page) == []
    return page


@pytest.mark.parametrize(
    ("planted", "rule"),
    [
        ('<input type="text" name="x">', "label"),
        ('<p id="pale">Teks pucat</p>', "color-contrast"),
        ('<img src="/static/favicon.svg">', "image-alt"),
        ("<h5>Terlalu dalam</h5>", "heading-order"),
        ("<button></button>", "button-name"),
    ],
)
def test_axe_finds_a_planted_fault(sound, planted, rule):
    sound.evaluate(
        """(html) => {
          document.querySelector("main").insertAdjacentHTML("beforeend", html);
          const pale = document.getElementById("pale");
          if (pale) pale.style.color = "#a9b4b9";
        }""",
        planted,
    )
    assert [line for line in axe(sound) if re.match(rf"{rule}: ", line)]


def test_a_page_that_is_too_wide_and_a_small_target_are_found(sound):
    sound.set_viewport_size({"width": NARROWEST, "height": 900})
    assert sound.evaluate(SIDEWAYS) == sound.evaluate(SMALL, 24) == []
    sound.evaluate(
        """() => {
          const link = document.createElement("a");
          link.href = "/";
          link.style.cssText = "display: block; width: 400px; height: 20px";
          document.querySelector("main").append(link);
        }"""
    )
    assert len(sound.evaluate(SIDEWAYS)) == 1
    assert "400.0 × 20.0" in sound.evaluate(SMALL, 24)[0]


def test_a_table_wider_than_its_frame_is_found(sound):
    sound.evaluate(
        """() => {
          const frame = document.createElement("div");
          frame.className = "table-frame";
          const table = frame.appendChild(document.createElement("table"));
          table.insertRow().insertCell().textContent = "Nomor";
          table.style.width = "3000px";
          document.querySelector("main").append(frame);
        }"""
    )
    assert sound.evaluate(HIDDEN) == [f"{WIDE} px: table-frame"]
