"""Databases of several sizes on one PostgreSQL, each a copy of the office's empty one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from kompensasi.demo.people import seed_people
from spm_monitor.workdays import to_wib
from tests.bench import seed

EMPTY: str = settings.DATABASES["default"]["NAME"]


def found_office(now: Any) -> None:
    """Tables, base data, demo people, static files."""
    call_command("setup", verbosity=0, stdout=open(os.devnull, "w"))  # noqa: SIM115
    seed_people(to_wib(now).date())


def make(name: str, orders: int, now: Any) -> None:
    """A database of so many orders, and a tenth as many cases (of a million, a hundredth)."""
    use(EMPTY)
    connection.close()
    with _server() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{EMPTY}"')
    use(name)
    seed.fill(orders, now, late_every=100 if orders > 100_000 else 10)


def use(name: str) -> None:
    """Let this process work on that database from now on."""
    connection.close()
    connection.settings_dict["NAME"] = name


def url_of(name: str) -> str:
    """What DATABASE_URL says for it."""
    return os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{name}"


def settled() -> None:
    """Statistics true and dead rows gone, as autovacuum keeps them."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


@contextmanager
def _server() -> Iterator[Any]:
    config = connection.settings_dict
    server = psycopg2.connect(host=config["HOST"], user=config["USER"], dbname="postgres")
    server.autocommit = True
    try:
        with server.cursor() as cursor:
            yield cursor
    finally:
        server.close()
