"""What a page costs a phone on a thin line: bytes, requests, and text that jumps (SCREENS 7).

The product as `make run` serves it: gunicorn, hashed and compressed static files, a full demo.
"""

import socket
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext

from kompensasi.demo.people import PASSWORD
from kompensasi.management.commands.serve import WEB
from tests.test_processes import Place, until

pytestmark = [
    pytest.mark.browser, pytest.mark.process, pytest.mark.sqlite_only, pytest.mark.timeout(300),
]  # fmt: skip

KB = 1000
LARGEST_JUMP = 0.02  # of CLS
SHIFTS = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const each of list.getEntries()) if (!each.hadRecentInput) sum += each.value;
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 100);
})"""


@dataclass(frozen=True)
class Budget:
    """What a page may cost when nothing of it is known yet, and when its files are."""

    cold: int
    warm: int
    requests: int


STAFF = Budget(cold=120 * KB, warm=25 * KB, requests=8)
CUSTOMER = Budget(cold=60 * KB, warm=15 * KB, requests=5)


@dataclass(frozen=True)
class Cost:
    """What a visit cost."""

    sent: int
    requests: int
    jumped: float

    def over(self, most: int, requests: int) -> bool:
        """Whether that is more than was allowed."""
        return self.sent > most or self.requests > requests or self.jumped > LARGEST_JUMP


class Office:
    """The demo as it is served, and browsers that know nothing of it yet."""

    def __init__(self, place: Place, browser: Browser) -> None:
        self.place, self.browser = place, browser
        self.url = f"http://127.0.0.1:{place.environment['PORT']}"
        self.cookies: dict[str, list] = {}
        self.at = dict(place.query(
            "SELECT r.number, MIN(v.case_id) FROM cases_visit v JOIN sop_revisionstep r"
            " ON r.id = v.row_id WHERE v.finished_at IS NULL GROUP BY r.number"
        ))  # fmt: skip

    def context(self, who: str) -> BrowserContext:
        """A browser with an empty cache and, with a name, that person's session."""
        context = self.browser.new_context(viewport={"width": 360, "height": 800})
        if who and who not in self.cookies:
            page = context.new_page()
            page.goto(f"{self.url}/masuk/")
            page.get_by_label("Nama pengguna", exact=True).fill(who)
            page.get_by_label("Kata sandi", exact=True).fill(PASSWORD)
            page.get_by_role("button", name="Masuk", exact=True).click()
            self.cookies[who] = context.cookies()
            context.close()
            return self.context(who)
        context.add_cookies(self.cookies.get(who, []))
        return context

    def customers_link(self) -> str:
        """The page of a customer whose letter was sent."""
        context = self.context("kasi.pjt")
        page = context.new_page()
        page.goto(f"{self.url}/kasus/{self.at[12]}/")
        link = page.locator("a[href*='/lacak/']").first.get_attribute("href")
        context.close()
        assert link
        return link

    def costs(self, address: str, who: str) -> tuple[Cost, Cost]:
        """What a page costs at the first visit and at the second."""
        context = self.context(who)
        first, second = (visit(context, address) for _ in range(2))
        context.close()
        return first, second


def visit(context: BrowserContext, address: str) -> Cost:
    """Open a page in a tab of its own and add up what came over the line."""
    page = context.new_page()
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    sizes: list[float] = []
    line.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    response = page.goto(address, wait_until="load")
    assert response
    assert response.status == 200, address
    jumped = page.evaluate(SHIFTS)
    page.close()
    fetched = [size for size in sizes if size]  # what the cache gave came over no line
    return Cost(sent=int(sum(fetched)), requests=len(fetched), jumped=jumped)


@pytest.fixture(scope="module")
def served(browser, tmp_path_factory, django_db_blocker) -> Iterator[Office]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    place = Place(tmp_path_factory.mktemp("budgets"), DEMO="1", PORT=port)
    try:
        place.manage("setup")
        place.manage("seed_demo", "--orders", "120")
        place.start("web", "-m", *WEB.split(), f"--bind=127.0.0.1:{port}")
        until(lambda: _answers(port), "web answers", place)
        with django_db_blocker.unblock():  # not the tests' database, but the place's own
            site = Office(place, browser)
        yield site
    finally:
        place.close()


def _answers(port: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/masuk/") as answer:
            return answer.status == 200
    except OSError:
        return False


PAGES = {
    "/": "kasi.pjt", "/pesanan/": "kasi.pjt", "/pesanan/1/": "kasi.pjt",
    "/pesanan/baru/": "petugas", "/kasus/": "kasi.pjt", "/kasus/{8}/": "kasi.pjt",
    "/kasus/{4}/langkah/4/": "pj.sert", "/kasus/{8}/langkah/8/": "kasi.pjt",
    "/kasus/{10}/langkah/10/": "kepala", "/persetujuan/": "kepala", "/surat/": "agenda",
    "/souvenir/": "petugas", "/sop/": "pj.uji", "/pengaturan/": "admin",
    "/pengaturan/penugasan/": "admin", "/masuk/": "",
}  # fmt: skip


def test_no_page_costs_more_than_its_budget(served):
    pages = [
        (served.url + path.format(*[served.at.get(n, "") for n in range(13)]), who, STAFF)
        for path, who in PAGES.items()
    ]
    pages.append((served.customers_link(), "", CUSTOMER))
    told, over = [], 0
    for address, who, budget in pages:
        first, second = served.costs(address, who)
        over += first.over(budget.cold, budget.requests) or second.over(
            budget.warm, budget.requests
        )
        told.append(f"{first}, then {second}: {address}")
    print("\n".join(told))
    assert not over, "\n".join(told)


def test_the_scale_weighs(served):
    """The control: a page with more to fetch costs more, and what is kept costs nothing again."""
    first, second = served.costs(f"{served.url}/masuk/", "")
    assert first.sent > 30 * KB
    assert first.requests >= 4
    assert second.sent < first.sent / 3
