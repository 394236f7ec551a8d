"""The web server, a Celery worker and beat in one terminal, until Ctrl-C.

What dies is started again. Nothing is left behind, even when this process is killed: the
kernel then tells the three to stop (setpriv --pdeathsig), which no code of ours could do.
It watches the thread that started them, so one thread does everything here.
"""

import contextlib
import http.client
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connections

from kompensasi.demo import left

HOST = "127.0.0.1"
WEB = (
    "gunicorn kompensasi.wsgi --worker-class gthread --workers 1 --threads 8 "
    "--graceful-timeout 4 --no-control-socket --log-level warning"
)
WORKER = (
    "celery -q -A kompensasi worker --pool solo --loglevel WARNING "
    "--without-gossip --without-mingle"
)
BEAT = "celery -q -A kompensasi beat --loglevel WARNING --pidfile="
TIED = ("setpriv", "--pdeathsig", "TERM")
# Celery says so because pickled messages could run anything; ours are JSON.
QUIET = "ignore:You're running the worker with superuser privileges"
PATIENCE = 15  # seconds a child may take to stop
STEADY = 30  # seconds up after which a child's next death counts as its first
LONGEST_PAUSE = 30


class Service:
    """One child process, its output, and when to start it again."""

    def __init__(self, name: str, command: str, *more: str) -> None:
        self.name = name
        self.command = [*TIED, sys.executable, "-m", *command.split(), *more]
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        self.start_at = 0.0
        self.pause = 1.0

    def say(self, text: str) -> None:
        with contextlib.suppress(OSError):  # a closed terminal is no reason to stop serving
            print(f"{self.name:<6} | {text}", flush=True)

    def start(self, outputs: selectors.BaseSelector) -> None:
        self.process = subprocess.Popen(
            self.command,
            cwd=settings.BASE_DIR,
            env={
                "PYTHONWARNINGS": QUIET,
                **os.environ,
                "PYTHONUNBUFFERED": "1",
                "DATA_DIR": str(settings.DATA_DIR),  # whole, since they start in BASE_DIR
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches us alone; we pass it on
        )
        self.started = time.monotonic()
        pipe: Any = self.process.stdout
        outputs.register(pipe, selectors.EVENT_READ, (self, bytearray()))

    def keep_alive(self, outputs: selectors.BaseSelector) -> None:
        now = time.monotonic()
        if self.process is None:
            if now >= self.start_at:
                self.start(outputs)
        elif self.process.poll() is not None:
            self.signal(signal.SIGKILL)  # what it left in its session, such as gunicorn's worker
            self.pause = 1.0 if now - self.started > STEADY else min(self.pause * 2, LONGEST_PAUSE)
            self.start_at = now + self.pause
            self.say(
                f"berhenti (kode {self.process.returncode}), "
                f"dijalankan lagi dalam {self.pause:.0f} detik"
            )
            self.process = None

    def signal(self, sign: int) -> None:
        """To the whole session, so to grandchildren too."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, sign)

    def terminate(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()  # the leader alone: it stops its own children in order

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None


def relay(outputs: selectors.BaseSelector, seconds: float) -> None:
    """Prints whole lines of what the children wrote, waiting at most so long for some."""
    if not outputs.get_map():
        time.sleep(seconds)
        return
    for key, _ in outputs.select(seconds):
        service, kept = key.data
        data = os.read(key.fd, 65536)
        kept += data or (b"\n" if kept else b"")
        *lines, rest = kept.split(b"\n")
        kept[:] = rest
        for line in lines:
            if line.strip():
                service.say(line.decode(errors="replace"))
        if not data:
            outputs.unregister(key.fileobj)
            key.fileobj.close()  # type: ignore[union-attr]


def answers(port: int) -> bool:
    """Does the web answer, whatever it says?"""
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


class Command(BaseCommand):
    help = "Serves the web on 127.0.0.1:PORT with a worker and beat; restarts what dies."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--prepare",
            action="store_true",
            help="setup, and in a demo its data; quicker than three commands",
        )

    def handle(self, *, prepare: bool, **options: Any) -> None:
        port = self.free_port(os.environ.get("PORT") or "8000")
        if prepare:
            call_command("setup")
            if settings.DEMO:
                call_command("seed_demo", if_empty=True)
        elif demo := left.sentence():
            self.stderr.write(f"Peringatan: {demo}")
        connections.close_all()
        services = [
            Service("web", WEB, f"--bind={HOST}:{port}"),
            Service("worker", WORKER),
            Service("beat", BEAT, f"--schedule={settings.DATA_DIR / 'beat-schedule'}"),
        ]
        self.stop_asked = 0
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, self.ask_stop)
        with selectors.DefaultSelector() as outputs:
            try:
                self.run_until_asked(services, outputs, port)
            finally:
                self.stop(services, outputs)

    def free_port(self, text: str) -> int:
        """The port as a number, or one clear line and exit 1."""
        try:
            port = int(text)
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((HOST, port))
        except (ValueError, OverflowError):
            self.refuse(f"PORT={text} bukan nomor port. Isi dengan angka, misalnya PORT=8001.")
        except OSError as error:
            self.refuse(
                f"Port {text} tidak dapat dipakai ({error.strerror}): hentikan program yang "
                "memakainya, atau pilih yang lain dengan PORT=8001."
            )
        return port

    def refuse(self, text: str) -> None:
        self.stderr.write(text)
        sys.exit(1)

    def ask_stop(self, *_: object) -> None:
        self.stop_asked += 1

    def run_until_asked(
        self, services: list[Service], outputs: selectors.BaseSelector, port: int
    ) -> None:
        greeted = False
        while not self.stop_asked:
            for service in services:
                service.keep_alive(outputs)
            relay(outputs, 0.2)
            if not greeted and services[0].running and answers(port):
                greeted = True
                print(f"Siap: buka http://{HOST}:{port}/ (Ctrl-C untuk berhenti)", flush=True)

    def stop(self, services: list[Service], outputs: selectors.BaseSelector) -> None:
        for service in services:
            service.terminate()
        end = time.monotonic() + PATIENCE
        while any(s.running for s in services) and time.monotonic() < end and self.stop_asked < 2:
            relay(outputs, 0.1)
        for service in services:
            service.signal(signal.SIGKILL)  # who did not listen, and what they left
