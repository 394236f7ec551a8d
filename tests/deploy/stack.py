"""The services of docker-compose.yml as processes, where no Docker is.

Their real commands, environment, secrets and health checks. What differs from containers: names of
services become loopback addresses with ports of our own, paths of the containers become folders
below a temporary one, Debian's redis-server stands in for its fork Valkey, and PostgreSQL is made
ready as the entry point of its image does it.
"""

import contextlib
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

from tests.deploy import compose
from tests.servers import Server, postgres, tied

ADDRESS = "127.0.0.2"  # not the one the proxy is reached by, as behind Docker's ports
PATIENCE = 90
PORTS = ("db", "broker", "web", "https", "http", "admin")


class Stack(contextlib.ExitStack):
    """One deployment in a folder: what `docker compose` would do with it."""

    def __init__(self, folder: Path, more: str = "") -> None:
        super().__init__()
        self.folder = folder
        example = compose.environment_file((compose.ROOT / ".env.example").read_text())
        self.dotenv = example | {"ADDRESS": ADDRESS} | compose.environment_file(more)
        self.services = compose.services(self.dotenv)
        self.ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        self.image = make_image(folder / "image")
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.database: Server | None = None
        self.callback(self.stop_all)

    @property
    def url(self) -> str:
        """How people reach it."""
        return f"https://{ADDRESS}:{self.ports['https']}"

    def secret(self, name: str) -> str:
        """The content of a secret's file."""
        return (self.folder / "secrets" / name).read_text().rstrip("\n")

    def volume(self, service: str, path: str) -> Path:
        """The folder that stands for a volume or folder mounted at a path."""
        source = compose.mounts(self.services[service])[path]
        place = self.folder / source if source.startswith(".") else self.folder / "volumes" / source
        place.mkdir(parents=True, exist_ok=True)
        return place

    # --- what a container would see -----------------------------------------------------------
    def here(self, service: str, text: str) -> str:
        """A text of the service with addresses and paths of this machine."""
        ports = self.ports
        for there, port in (
            ("@db:5432", f"@127.0.0.1:{ports['db']}"),
            ("broker:6379", f"127.0.0.1:{ports['broker']}"),
            ("web:8000", f"127.0.0.1:{ports['web']}"),
            ("0.0.0.0:8000", f"127.0.0.1:{ports['web']}"),
            ("127.0.0.1:8000", f"127.0.0.1:{ports['web']}"),
            ("127.0.0.1:2019", f"127.0.0.1:{ports['admin']}"),
            (f"https://{ADDRESS}", self.url),
            ("/run/secrets", str(self.folder / "secrets")),
        ):
            text = text.replace(there, port)
        text = re.sub(r"\b5432\b", str(ports["db"]), text)
        text = re.sub(r"\b6379\b", str(ports["broker"]), text)
        text = text.replace("valkey-server -", "redis-server - --bind 127.0.0.1")
        text = text.replace("valkey-cli", "redis-cli")
        # Three more lines for Caddy, since others may use the usual ports here.
        text = text.replace(
            "  skip_install_trust\n",
            f"  skip_install_trust\n  admin 127.0.0.1:{ports['admin']}\n"
            f"  http_port {ports['http']}\n  default_bind 127.0.0.1\n",
        )
        for path in compose.mounts(self.services[service]):
            place = str(self.volume(service, path))
            text = re.sub(rf"(?<![\w./-]){re.escape(path)}\b", place, text)
        return text

    def environment(self, service: str) -> dict[str, str]:
        """What the container's processes would have: its image's, .env, its own."""
        described = self.services[service]
        given: dict[str, str] = {}
        if described["image"] == compose.OURS:
            given |= {"PATH": f"{self.image}/.venv/bin:{os.environ['PATH']}"}
            given |= self.dotenv if described["env_file"] == ".env" else {}
        given |= described.get("environment", {})
        return {
            "PATH": os.environ["PATH"], "HOME": str(self.folder), "LANG": "C.UTF-8",
            **{name: self.here(service, value) for name, value in given.items()},
        }  # fmt: skip

    def _place(self, service: str) -> dict[str, Any]:
        ours = self.services[service]["image"] == compose.OURS
        return {"cwd": self.image if ours else self.folder, "env": self.environment(service)}

    # --- docker compose up, run, exec, stop -----------------------------------------------------
    def start(self, *names: str) -> None:
        """Start services in this order, each in a session of its own."""
        for name in names:
            if name == "db":
                self._start_database()
                continue
            command = [self.here(name, word) for word in compose.words(self._command(name))]
            with self.log_file(name).open("ab") as log:
                self.running[name] = subprocess.Popen(
                    tied(command), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    start_new_session=True, **self._place(name),
                )  # fmt: skip

    def _restart_ended(self) -> None:
        """As `restart` says: Celery's worker may end when its broker goes while it holds a message
        (kombu asks a closed connection for its host)."""
        for name, process in list(self.running.items()):
            if process.poll() is not None and self.services[name]["restart"] == "unless-stopped":
                self.start(name)

    def _command(self, name: str) -> Any:
        return self.services[name]["command"]

    def _start_database(self) -> None:
        if self.database is None:
            wanted = self.services["db"]["environment"]
            secret = Path(self.here("db", wanted["POSTGRES_PASSWORD_FILE"]))
            self.database = self.enter_context(
                postgres(
                    port=self.ports["db"], password=secret.read_text().rstrip("\n"),
                    initdb=wanted["POSTGRES_INITDB_ARGS"].split(),
                )
            )  # fmt: skip
        else:
            self.database.start()

    def run(self, service: str, *command: str, ends_with: int = 0, **more: str) -> str:
        """What a command said, run as in the service's container (its own when none is given)."""
        asked = command or tuple(compose.words(self._command(service)))
        place = self._place(service)
        place["env"] |= more
        done = subprocess.run(
            tied([self.here(service, word) for word in asked]),
            capture_output=True, text=True, check=False, **place,
        )  # fmt: skip
        said = done.stdout + done.stderr
        with self.log_file(service).open("a") as log:
            log.write(done.stderr)  # what is printed goes to a terminal, not into a log
        assert done.returncode == ends_with, f"{asked} ended with {done.returncode}: {said}"
        return said

    def well(self, service: str) -> bool:
        """Does the service's own health check pass?"""
        command = compose.health_command(self.services[service])
        checked = subprocess.run(
            [self.here(service, word) for word in command],
            capture_output=True, check=False, timeout=60, **self._place(service),
        )  # fmt: skip
        return checked.returncode == 0

    def stop(self, name: str) -> None:
        """SIGTERM to the service alone, as `init: true` passes it on; what is left is killed."""
        if name == "db":
            self.database.stop()
            return
        process = self.running.pop(name)
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE)
        self._end(process)

    def stop_all(self) -> None:
        """Whatever runs."""
        while self.running:
            self._end(self.running.popitem()[1])

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    # --- looking at it --------------------------------------------------------------------------
    def log_file(self, service: str) -> Path:
        """Where `docker compose logs` would read."""
        return self.folder / f"{service}.log"

    def logs(self) -> str:
        """Everything that was logged."""
        texts = [f"--- {p.stem}\n{p.read_text(errors='replace')}" for p in self.log_files()]
        return "\n".join(texts)

    def log_files(self) -> list[Path]:
        """The logs of all services."""
        database = [self.database.folder / "log"] if self.database else []
        return [*sorted(self.folder.glob("*.log")), *database]

    def until(self, true: Any, what: str, seconds: float = PATIENCE) -> Any:
        """Wait for something to be true; fails with all the logs."""
        end = time.monotonic() + seconds
        while not (value := true()):
            self._restart_ended()
            assert time.monotonic() < end, f"not within {seconds} s: {what}\n{self.logs()}"
            time.sleep(0.2)
        return value

    def processes(self) -> dict[int, str]:
        """Every process of the running services: its words and its environment."""
        found = {}
        sessions = {process.pid for process in self.running.values()}
        sessions |= {self.database.process.pid} if self.database else set()
        for path in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it ended meanwhile
                if os.getsid(int(path.name)) in sessions:
                    words = (path / "cmdline").read_bytes() + (path / "environ").read_bytes()
                    found[int(path.name)] = words.replace(b"\0", b" ").decode(errors="replace")
        return found


def make_image(place: Path) -> Path:
    """A folder that holds what the Dockerfile copies and nothing else, with this .venv."""
    for source, target in compose.copied().items():
        there = place / target
        there.parent.mkdir(parents=True, exist_ok=True)
        if (compose.ROOT / source).is_dir():
            shutil.copytree(
                compose.ROOT / source, there, ignore=shutil.ignore_patterns("__pycache__")
            )
        else:
            shutil.copy(compose.ROOT / source, there)
    (place / ".venv").symlink_to(compose.ROOT / ".venv")
    return place


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody uses now, and none that the kernel lends to a client.

    A client that asks in vain for a stopped service could be lent the very port, and keep it.
    """
    found: list[int] = []
    for port in random.sample(range(20_000, 30_000), 1000):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            found.append(port)
        if len(found) == count:
            return found
    raise RuntimeError("no free ports")
