"""The product as it runs: web, worker and beat in processes of their own, on their own schedule.

Nothing is replaced but the seconds between sweeps. On SQLite and the embedded broker, or on the
PostgreSQL and Redis of `python -m tests.servers`.
"""

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.conf import settings
from django.db.utils import ConnectionHandler

from kompensasi.environment import database
from kompensasi.management.commands.serve import BEAT, TIED, WORKER

pytestmark = [pytest.mark.process, pytest.mark.timeout(300)]

PATIENCE = 90  # seconds for what takes two on an idle machine
PYTHON = (*TIED, sys.executable)


class Place:
    """A place of its own: a folder, an empty database, a broker, and the commands in it."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.environment = {
            **{k: v for k, v in os.environ.items() if k not in {"GO_LIVE", "DEMO", "DEBUG"}},
            "DATA_DIR": str(folder / "data"),
            "SWEEP_SECONDS": "2",
            "LOG_LEVEL": "INFO",
            **environment,
        }
        url = environment.get("DATABASE_URL") or f"sqlite:///{folder / 'data' / 'db.sqlite3'}"
        self.connection = ConnectionHandler({"default": database(url)})["default"]
        self.started: list[subprocess.Popen[bytes]] = []

    def manage(self, *args: str, ends_with: int = 0) -> str:
        """What a command printed."""
        done = subprocess.run(
            [*PYTHON, "manage.py", *args],
            cwd=settings.BASE_DIR, env=self.environment, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == ends_with, done.stdout + done.stderr
        return done.stdout

    def start(self, name: str, *command: str) -> subprocess.Popen[bytes]:
        """A process that writes into `<name>.log`."""
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [*PYTHON, *command], cwd=settings.BASE_DIR, env=self.environment,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        self.started.append(process)
        return process

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def take_late_orders(self, *numbers: str) -> None:
        """Import orders whose promised time has long passed."""
        rows = [f"{n},PT Proses,UJI-ANEKA,2024-05-06 09:00,2024-05-13 16:00" for n in numbers]
        file = self.folder / "orders.csv"
        file.write_text("\n".join(["nomor,pelanggan,layanan,diterima,target", *rows]))
        assert self.manage("import_orders", str(file)).startswith(f"dibuat {len(numbers)},")

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the database, read from this process."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def with_case(self) -> list[str]:
        """Numbers of the orders flagged and with a case, one for each of both."""
        return [
            number
            for (number,) in self.query(
                "SELECT o.number FROM spm_monitor_order o"
                " JOIN spm_monitor_overrun r ON r.order_id = o.id"
                " JOIN cases_case c ON c.order_id = o.id ORDER BY o.number"
            )
        ]

    def processes(self) -> dict[int, list[str]]:
        """Every process that runs in this place, by its environment: pid and command."""
        mark = f"DATA_DIR={self.folder / 'data'}".encode()
        found = {}
        for path in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it ended meanwhile, or is not ours to read
                if mark in (path / "environ").read_bytes().split(b"\0"):
                    found[int(path.name)] = (path / "cmdline").read_text().split("\0")
        return found

    def process(self, word: str) -> int | None:
        """The celery process that is a `worker`, or a `beat`."""
        pids = [pid for pid, words in self.processes().items() if {"celery", word} <= set(words)]
        return pids[0] if pids else None

    def close(self) -> None:
        self.connection.close()
        for process in self.started:
            process.kill()
            process.wait()
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def until(true: Callable[[], Any], what: str, place: Place, seconds: float = PATIENCE) -> Any:
    """Wait for something to be true; fails with all the logs."""
    end = time.monotonic() + seconds
    while not (value := true()):
        if time.monotonic() > end:
            logs = "".join(f"\n--- {p.stem}\n{p.read_text()}" for p in place.folder.glob("*.log"))
            raise AssertionError(f"not within {seconds} seconds: {what}{logs}")
        time.sleep(0.1)
    return value


@contextlib.contextmanager
def database_beside(url: str, name: str, like: str = "template1") -> Iterator[str]:
    """A database on the server of an URL, made as a copy of another one, dropped afterwards."""
    server = database(url)
    login = {"host": server["HOST"], "port": server["PORT"], "user": server["USER"]}
    admin = psycopg2.connect(dbname="postgres", **{k: v for k, v in login.items() if v})
    admin.autocommit = True
    try:
        admin.cursor().execute(f"CREATE DATABASE {name} TEMPLATE {like}")
        yield url.rpartition("/")[0] + f"/{name}"
    finally:
        admin.cursor().execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        admin.close()


NAME = f"processes_{os.getpid()}"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory, django_db_blocker) -> Iterator[Path]:
    """The folder of a place that `setup` has made ready, to be copied."""
    folder = tmp_path_factory.mktemp("prepared")
    with contextlib.ExitStack() as stack:
        stack.enter_context(django_db_blocker.unblock())
        environment = {}
        if url := os.environ.get("DATABASE_URL"):
            environment["DATABASE_URL"] = stack.enter_context(database_beside(url, NAME))
        Place(folder, **environment).manage("setup", "--no-static")
        yield folder


@pytest.fixture
def place(prepared, tmp_path, django_db_blocker) -> Iterator[Place]:
    """A place made ready; whatever ran there has ended afterwards."""
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    with contextlib.ExitStack() as stack:
        stack.enter_context(django_db_blocker.unblock())
        environment = {}
        if url := os.environ.get("DATABASE_URL"):
            copy = database_beside(url, f"{NAME}_copy", like=NAME)
            environment["DATABASE_URL"] = stack.enter_context(copy)
        if (url := os.environ.get("BROKER_URL", "")).startswith("redis+socket"):
            environment["BROKER_URL"] = f"{url}?virtual_host=9"  # beside that of other tests
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            environment["PORT"] = str(probe.getsockname()[1])
        made = Place(tmp_path, **environment)
        stack.callback(made.close)
        yield made


def answer(place: Place) -> tuple[int, str]:
    """Status and goal of the dashboard for somebody who is not signed in."""
    web = http.client.HTTPConnection("127.0.0.1", int(place.environment["PORT"]), timeout=10)
    try:
        web.request("GET", "/")
        response = web.getresponse()
        return response.status, response.getheader("Location", "")
    finally:
        web.close()


def serve(place: Place) -> subprocess.Popen[bytes]:
    process = place.start("serve", "manage.py", "serve")
    until(lambda: "Siap: buka" in place.log("serve"), "web answers", place)
    return process


def test_the_product_flags_a_late_order_by_itself_and_outlives_its_worker(place):
    served = serve(place)
    assert answer(place) == (302, "/masuk/?next=/")
    assert place.query("SELECT count(*) FROM cases_case") == [(0,)]

    place.take_late_orders("PAGI")
    until(lambda: place.with_case() == ["PAGI"], "a case for PAGI", place)

    worker = until(lambda: place.process("worker"), "a worker", place)
    os.kill(worker, signal.SIGKILL)
    place.take_late_orders("SIANG")
    again = until(lambda: place.process("worker"), "a new worker", place)
    assert again != worker
    until(lambda: place.with_case() == ["PAGI", "SIANG"], "a case for SIANG", place)

    beat = until(lambda: place.process("beat"), "beat", place)
    os.kill(beat, signal.SIGKILL)
    place.take_late_orders("SORE")
    until(lambda: place.with_case() == ["PAGI", "SIANG", "SORE"], "a case for SORE", place)

    assert answer(place) == (302, "/masuk/?next=/")
    assert place.manage("verify_journal").startswith("Rantai sah s.d. urut ")
    served.send_signal(signal.SIGINT)
    assert served.wait(PATIENCE) == 0, place.log("serve")
    assert place.processes() == {}


def test_nothing_is_left_when_the_product_itself_is_killed(place):
    served = serve(place)
    until(lambda: place.process("worker") and place.process("beat"), "all three", place)
    served.kill()
    served.wait()
    until(lambda: place.processes() == {}, "all have ended", place)


def test_two_beats_and_two_workers_have_one_effect(place):
    """FAULTS B10: both beats ask for each sweep; each overrun, case and entry is there once."""
    told = ("-q ", "--loglevel WARNING")
    worker, beat = (
        words.replace(told[0], "").replace(told[1], "-l INFO") for words in (WORKER, BEAT)
    )
    for n in (1, 2):
        place.start(f"worker{n}", "-m", *worker.split(), "-n", f"w{n}@%h")
        # The embedded broker's files are made by who comes first; one who reads them at that very
        # moment ends, and is started again where `serve` looks after it.
        until(lambda n=n: " ready." in place.log(f"worker{n}"), "the worker is ready", place)
        place.start(f"beat{n}", "-m", *beat.split(), f"--schedule={place.folder / f'beat{n}'}")

    def sent(times: int) -> bool:
        return all(place.log(f"beat{n}").count("Sending due task sweep") >= times for n in (1, 2))

    until(lambda: sent(1), "both beats send", place)
    numbers = [f"DUA-{n:02d}" for n in range(20)]
    place.take_late_orders(*numbers)
    until(lambda: set(place.with_case()) == set(numbers), "cases for all", place)
    before = min(place.log(f"beat{n}").count("Sending due task sweep") for n in (1, 2))
    until(lambda: sent(before + 3), "more sweeps", place)

    assert place.with_case() == numbers  # none twice
    for table in ("spm_monitor_overrun", "cases_case", "cases_visit"):
        assert place.query(f"SELECT count(*) FROM {table}") == [(20,)], table
    opened = "SELECT count(*) FROM spm_monitor_journalentry WHERE verb = 'case.opened'"
    assert place.query(opened) == [(20,)]
    assert place.manage("verify_journal").startswith("Rantai sah s.d. urut ")
    done = [place.log(f"worker{n}").count("succeeded in") for n in (1, 2)]
    assert min(done) > 0, done  # both had sweeps to run
    for n in (1, 2):
        assert "Traceback" not in place.log(f"worker{n}")
    for process in place.started:
        process.send_signal(signal.SIGTERM)
    for process in place.started:
        process.wait(PATIENCE)
    assert place.processes() == {}
