"""Throw-away PostgreSQL and Redis, and a clean place to run a command in.

    python -m tests.servers [--postgres] [--redis] COMMAND...

runs the command with an empty DATA_DIR of its own and with none of the caller's settings:
on SQLite and the embedded broker, or on the servers named. It ends with the command's exit
code, and the servers end with it, even when it is killed.

The servers are Debian's packages on Unix sockets, started in under a second, as root or not.
"""

import argparse
import contextlib
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

PATIENCE = 30  # seconds a server may take to start or stop
SETTINGS = re.findall(
    r"^(\w+)=", (Path(__file__).parent.parent / ".env.example").read_text(), re.MULTILINE
)


def tied(command: list[str], stop_with: signal.Signals = signal.SIGTERM) -> list[str]:
    """The command, told to stop when the thread that starts it ends, however that ends."""
    return ["setpriv", "--pdeathsig", stop_with.name.removeprefix("SIG"), *command]


class Server:
    """A server that a test may also stop, start again, or hang with `pause` and `resume`.

    PostgreSQL hangs for new connections only: its open ones have processes of their own.
    """

    def __init__(
        self,
        url: str,
        command: list[str],
        *,
        ready: Callable[[], bool],
        folder: Path,
        stop_with: signal.Signals = signal.SIGTERM,
        **popen: Any,
    ) -> None:
        self.url = url
        self.folder = folder
        self._command = tied(command, stop_with)
        self._ready = ready
        self._stop_with = stop_with
        self._popen = popen
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        log = self.folder / "log"
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                self._command,
                cwd=self.folder,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C is for the tests; we stop when they have
                **self._popen,
            )
        end = time.monotonic() + PATIENCE
        while not self._ready():
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{self._command} does not start:\n{log.read_text()}")
            time.sleep(0.02)

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.send_signal(signal.SIGCONT)
        self.process.send_signal(self._stop_with)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def pause(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGCONT)


@contextlib.contextmanager
def postgres(
    *, port: int = 0, password: str = "", initdb: Sequence[str] = ("-E", "UTF8")
) -> Iterator[Server]:
    """PostgreSQL with an empty database `spm`; `url` is made for DATABASE_URL.

    With a port it listens on loopback too, and asks there for the password.
    """
    programs = _postgres_programs()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
    environment["LC_ALL"] = "C.UTF-8"
    options: dict[str, Any] = {"env": environment}
    within = None
    if os.geteuid() == 0:  # PostgreSQL refuses root: its own user, and a folder that one can reach
        owner = pwd.getpwnam("postgres")
        options |= {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        within = owner.pw_dir
    with _folder(within) as folder:
        if os.geteuid() == 0:
            os.chown(folder, owner.pw_uid, owner.pw_gid)

        def call(program: str, *args: str) -> bool:
            command = [str(programs / program), *args]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, **options)
            if done.returncode and program != "pg_isready":
                raise RuntimeError(f"{program}: {done.stderr}")
            return done.returncode == 0

        data = str(folder / "data")
        place = ("-h", str(folder), "-p", str(port or 5432))
        (folder / "password").write_text(password or "none")
        call(
            *("initdb", "-D", data, "-U", "spm", "--no-sync", *initdb),
            *("--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={folder}/password"),
        )
        server = Server(
            f"postgres://spm@/{folder}/spm",
            [
                *(str(programs / "postgres"), "-D", data, "-k", str(folder)),
                *(("-p", str(port)) if port else ()),
                *("-c", f"listen_addresses={'127.0.0.1' if port else ''}"),
                *("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off"),
                # Statistics of a table that a test had just emptied made another test's query take
                # minutes: without any, each run plans alike.
                *("-c", "autovacuum=off"),
            ],
            ready=lambda: call("pg_isready", "-q", *place),
            folder=folder,
            stop_with=signal.SIGQUIT,  # at once: nothing here is worth a checkpoint
            **options,
        )
        try:
            server.start()
            call("createdb", *place, "-U", "spm", "spm")
            yield server
        finally:
            server.stop()


@contextlib.contextmanager
def redis() -> Iterator[Server]:
    """Redis without persistence; `url` is made for BROKER_URL."""
    with _folder() as folder:
        path = folder / "redis.sock"
        server = Server(
            f"redis+socket://{path}",
            [
                *("redis-server", "--port", "0", "--unixsocket", str(path)),
                *("--save", "", "--appendonly", "no"),
            ],
            ready=path.is_socket,
            folder=folder,
        )
        try:
            server.start()
            yield server
        finally:
            server.stop()


@contextlib.contextmanager
def _folder(within: str | None = None) -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="spm-", dir=within))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _postgres_programs() -> Path:
    """Debian keeps a folder for each version; the newest."""
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    try:
        newest = max(found, key=lambda p: int(re.sub(r"\D", "", p.parent.parent.name)))
    except ValueError:
        raise RuntimeError("PostgreSQL is missing: apt-get install postgresql") from None
    return newest.parent


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.servers")
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--redis", action="store_true")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if not options.command:
        parser.error("which command?")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with contextlib.ExitStack() as stack:
        environment = {k: v for k, v in os.environ.items() if k not in {*SETTINGS, "DEMO", "DEBUG"}}
        environment["DATA_DIR"] = str(stack.enter_context(_folder()))
        if options.postgres:
            environment["DATABASE_URL"] = stack.enter_context(postgres()).url
        if options.redis:
            environment["BROKER_URL"] = stack.enter_context(redis()).url
        child = subprocess.Popen(tied(options.command), env=environment)
        try:
            while True:
                try:
                    return child.wait()
                except KeyboardInterrupt:
                    continue  # the command got it too: let it end in its own way
        finally:
            child.terminate()
            child.wait()


if __name__ == "__main__":
    sys.exit(main())
