"""Reads the environment, and explains what is wrong with it in one sentence."""

import os
import secrets
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from environ import Env

BROKERS = ("filesystem", "redis", "rediss", "redis+socket")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def folder(path: str) -> Path:
    """The data folder, made when missing; a folder that cannot be written is refused here."""
    place = Path(path).expanduser().resolve()
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"DATA_DIR={path} cannot be made ({error.strerror}). Name a folder we may write to."
        ) from error
    if not os.access(place, os.W_OK):
        raise ImproperlyConfigured(f"DATA_DIR={path} cannot be written. Name another folder.")
    return place


def given(name: str, *, may_be_empty: bool = False) -> str:
    """What was given as NAME, or in the file that NAME_FILE names; "" when nothing was.

    The file keeps a secret out of the environment, which other programs can print.
    may_be_empty: an empty file says that there is none.
    """
    value, path = os.environ.get(name, ""), os.environ.get(f"{name}_FILE", "")
    if not path:
        return value
    if value:
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both set: keep one of them.")
    told = f"{name}_FILE={path}"
    try:
        content = Path(path).read_text(encoding="utf-8-sig").rstrip("\n")  # as Windows saves it
    except OSError as error:
        raise ImproperlyConfigured(f"{told} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise ImproperlyConfigured(f"{told} is not text.") from error
    if "\n" in content:
        raise ImproperlyConfigured(f"{told} holds several lines: the secret is the only one.")
    if not content.strip() and not may_be_empty:
        raise ImproperlyConfigured(f"{told} is empty: put the secret into it.")
    return content.strip()


def secret(name: str, place: Path) -> str:
    """A secret that was given, else one from a file in the data folder, made at first use."""
    value = given(name)
    if value:
        if len(value) < 32:
            raise ImproperlyConfigured(f"{name} is too short: use 32 characters or more.")
        return value
    file = secret_file(name, place)
    try:
        with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as new:
            new.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return file.read_text().strip()


def secret_file(name: str, place: Path) -> Path:
    """Where a secret that nobody gave is kept."""
    return place / f"{name.lower()}.txt"


def database(url: str, password: str = "") -> dict[str, Any]:
    """Django's settings of the database named by an URL: SQLite or PostgreSQL.

    password: that of PostgreSQL, where the URL has none.

    SQLite gets what it needs to have several writers: WAL, and transactions that take the
    write lock when they begin. Django's default loses writes with "database is locked".
    """
    config = Env.db_url_config(url)
    engine = config.get("ENGINE", "")
    if not engine.endswith(("sqlite3", "postgresql")):
        raise ImproperlyConfigured(
            "DATABASE_URL is neither sqlite:///FILE nor postgres://USER:PASSWORD@HOST/NAME."
        )
    if password:
        if not engine.endswith("postgresql") or config.get("PASSWORD"):
            raise _second_password("DATABASE", "PostgreSQL")
        config["PASSWORD"] = password
    if engine.endswith("sqlite3"):
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
        }
        # A file, because an in-memory test database cannot be shared by threads or processes.
        config["TEST"] = {"NAME": str(Path(config["NAME"]).with_name("test.sqlite3"))}
    else:
        config["CONN_MAX_AGE"] = 60
        config["CONN_HEALTH_CHECKS"] = True
        # Our queries are short; compiling one took PostgreSQL 1.5 s where statistics were missing.
        config.setdefault("OPTIONS", {})["options"] = "-c jit=off"
        config["OPTIONS"].setdefault("connect_timeout", 5)  # seconds; then people are told
    return config


def _second_password(name: str, server: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(
        f"{name}_PASSWORD is for a {name}_URL that names {server} and has no password itself."
    )


def broker(url: str, password: str = "") -> str:
    """The broker's URL with the password that was given apart from it."""
    parts = urlsplit(url)
    if parts.scheme not in BROKERS:
        raise ImproperlyConfigured(f"BROKER_URL begins with none of {', '.join(BROKERS)}.")
    if parts.scheme in ("redis", "rediss") and not parts.hostname:
        raise ImproperlyConfigured("BROKER_URL names no host: write it like redis://broker:6379/0.")
    if not password:
        return url
    if parts.scheme not in ("redis", "rediss") or parts.password:
        raise _second_password("BROKER", "Redis or Valkey")
    server = parts.netloc.rpartition("@")[2]
    login = f"{parts.username or ''}:{quote(password, safe='')}"
    return parts._replace(netloc=f"{login}@{server}").geturl()


def broker_options(url: str, place: Path) -> dict[str, Any]:
    """Celery's transport options: folders for the embedded broker, time limits for Redis."""
    if urlsplit(url).scheme == "filesystem":
        folders = {n: place / "broker" / n for n in ("queue", "processed", "control")}
        for path in folders.values():
            path.mkdir(parents=True, exist_ok=True)
        return {
            "data_folder_in": str(folders["queue"]),
            "data_folder_out": str(folders["queue"]),
            "processed_folder": str(folders["processed"]),
            "control_folder": str(folders["control"]),
            "polling_interval": 0.2,
        }
    return {
        # Longer than any task may run (CELERY_TASK_TIME_LIMIT), so that none runs twice at once.
        "visibility_timeout": 300,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_timeout": 2,
        "socket_connect_timeout": 2,
    }


def public_url(default: str) -> str:
    """The address under which people reach the product: scheme and name, and a port if any."""
    text = os.environ.get("PUBLIC_URL", "").strip()
    if not text:
        return default
    if text.count("://") > 1:
        raise ImproperlyConfigured(
            f"PUBLIC_URL={text} begins twice. ADDRESS in .env is a bare name or IP address, like"
            " 192.168.1.10, without https://."
        )
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https"):
        raise ImproperlyConfigured(f"PUBLIC_URL={text} begins with neither https:// nor http://.")
    if not parts.hostname or not _has_a_port_or_none(parts):
        raise ImproperlyConfigured(f"PUBLIC_URL={text} names no host, or a port that is none.")
    if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ImproperlyConfigured(
            f"PUBLIC_URL={text} has more than scheme and name: write it like"
            f" {parts.scheme}://{parts.hostname}."
        )
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _has_a_port_or_none(parts: SplitResult) -> bool:
    try:
        return parts.port != 0
    except ValueError:
        return False


def hosts(url: str) -> list[str]:
    """Names that requests may carry: those given, that of the public address, and loopback."""
    named = [name.strip() for name in os.environ.get("ALLOWED_HOSTS", "").split(",")]
    host = urlsplit(url).hostname or ""
    default = (f"[{host}]" if ":" in host else host, *LOOPBACK)
    return list(dict.fromkeys([*(name for name in named if name), *default]))


def day(name: str) -> date | None:
    """A date from the environment (`YYYY-MM-DD`), None when unset."""
    text = os.environ.get(name, "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}={text} is not a date like 2026-01-31.") from error


def number(name: str, default: int) -> int:
    """A whole number of at least 1 from the environment, the default when unset."""
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    if not text.isdecimal() or int(text) < 1:
        raise ImproperlyConfigured(f"{name}={text} is not a whole number of at least 1.")
    return int(text)


def log_level() -> str:
    """How much the log tells."""
    text = os.environ.get("LOG_LEVEL", "").strip().upper() or "INFO"
    if text not in LOG_LEVELS:
        raise ImproperlyConfigured(f"LOG_LEVEL={text} is none of {', '.join(LOG_LEVELS)}.")
    return text


def switch(name: str) -> bool:
    """An on/off setting: 1 or 0, unset means off."""
    text = os.environ.get(name, "").strip()
    if text not in ("", "0", "1"):
        raise ImproperlyConfigured(f"{name}={text} is neither 1 nor 0.")
    return text == "1"
