"""Lists and dashboards through gunicorn, signed in, beside as little as a list can be."""

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.test import Client

from kompensasi.cases.models import Case
from kompensasi.management.commands.serve import HOST, WEB
from kompensasi.people.models import User
from spm_monitor.models import Customer, Order
from tests.bench import databases
from tests.bench.measuring import Row, at_most, interleaved
from tests.servers import tied

YARDSTICK = "a view with session, one indexed query, 25 rows"
PATIENCE = 30


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page to measure, as whom, and how often its yardstick it may take."""

    what: str
    url: str
    who: str
    limit: float


class Site:
    """The product as `make run` serves it, on one database."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.cookies: dict[str, str] = {}
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            self.port = probe.getsockname()[1]
        environment = os.environ | {
            "DATABASE_URL": databases.url_of(name),
            "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
        }
        self.process = subprocess.Popen(
            tied([sys.executable, "-m", *WEB.split(), f"--bind={HOST}:{self.port}"]),
            cwd=settings.BASE_DIR, env=environment,
        )  # fmt: skip
        self.line = http.client.HTTPConnection(HOST, self.port, timeout=PATIENCE)

    def sign_in(self, username: str) -> None:
        """A session such as the sign-in page makes."""
        databases.use(self.name)
        client = Client()
        client.force_login(User.objects.get(username=username))
        self.cookies[username] = client.cookies["sessionid"].value

    def get(self, url: str, who: str) -> bytes:
        """The page, or an error when it is not one."""
        self.line.request("GET", url, headers={"Cookie": f"sessionid={self.cookies[who]}"})
        response = self.line.getresponse()
        body = response.read()
        if response.status != 200:
            raise RuntimeError(f"{url} as {who}: {response.status}")
        return body

    def seconds(self, url: str, who: str) -> Callable[[], float]:
        """What a request takes, from asking to the last byte."""

        def asked() -> float:
            begun = time.perf_counter()
            self.get(url, who)
            return time.perf_counter() - begun

        return asked

    def wait(self) -> None:
        """Until it answers."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection((HOST, self.port)):
                return
            time.sleep(0.1)
        raise RuntimeError(f"gunicorn on {self.name} does not answer")


@contextlib.contextmanager
def served(name: str) -> Iterator[Site]:
    """A site with everybody signed in whom a page is measured for."""
    site = Site(name)
    try:
        site.wait()
        for who in ("kasi.pjt", "kepala", "petugas"):
            site.sign_in(who)
        yield site
    finally:
        site.process.terminate()
        site.process.wait()


def pages_of(name: str) -> list[Page]:
    """What the office looks at, with words that are found in that database."""
    databases.use(name)
    middle = Order.objects.count() // 2
    number = Order.objects.get(pk=middle).number[:7]
    customer = Customer.objects.get(pk=Customer.objects.count() // 2).name
    asked_case = Case.objects.get(pk=Case.objects.count() // 2).number
    orders, cases = "order list", "case list"
    lists = [
        (f"{orders}, first page", "/pesanan/"),
        (f"{orders}, deep page", f"/pesanan/?setelah={middle}"),
        *((f"{orders}, {state.label}", f"/pesanan/?keadaan={state.value}")
          for state in (Order.State.NEAR, Order.State.OVERDUE, Order.State.WITHDRAWN)),
        (f"{orders}, search by number", f"/pesanan/?q={number}"),
        (f"{orders}, search by customer", f"/pesanan/?q={customer.replace(' ', '+')}"),
        (f"{orders}, search without a find", "/pesanan/?q=tidakadasamasekali"),
        (f"{cases}, first page", "/kasus/"),
        (f"{cases}, deep page", f"/kasus/?setelah={Case.objects.count() // 2}"),
        (f"{cases}, running", "/kasus/?keadaan=berjalan"),
        (f"{cases}, to sign", "/kasus/?keadaan=tanda-tangan"),
        (f"{cases}, search", f"/kasus/?q={asked_case}"),
    ]  # fmt: skip
    return [
        *(Page(what=what, url=url, who="kasi.pjt", limit=2.5) for what, url in lists),
        Page(what="dashboard of the Kasi PJT", url="/", who="kasi.pjt", limit=4),
        Page(what="dashboard of the Kepala Balai", url="/", who="kepala", limit=4),
    ]


def rows(small: str, large: str, *, rounds: int) -> list[Row]:
    """Each page of the larger database beside the yardstick, then beside the smaller one's."""
    made = []
    with served(large) as site, served(small) as other:
        for page in pages_of(large):
            against = site.seconds("/patokan/", page.who)
            pair = interleaved(against, site.seconds(page.url, page.who), rounds=rounds, warm=3)
            made.append(at_most(f"{page.what} of {large}", YARDSTICK, pair, page.limit))
        for few, many in zip(pages_of(small), pages_of(large), strict=True):
            pair = interleaved(
                other.seconds(few.url, few.who), site.seconds(many.url, many.who),
                rounds=rounds, warm=3,
            )  # fmt: skip
            made.append(at_most(f"{many.what} of {large}", f"of {small}", pair, 1.3))
    return made
