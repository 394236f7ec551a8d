"""Races between processes: all start a round at the same instant, and none may hang.

Processes, not threads: threads share Django's connections and hide what two web workers do.
They are forked, so they see the test's database and what the test replaced. Give the test
`django_db(transaction=True)`: what a race reads must be committed.
"""

import multiprocessing
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from typing import Any

from django.core.management import call_command
from django.db import connection, connections, models

PATIENCE = 60  # seconds a whole race may take

FORK = multiprocessing.get_context("fork")

Act = Callable[[], Any]
Racer = Callable[[int], Act]
"""Reads in round n what a page would have read before, and returns what is done at the signal."""


@dataclass(frozen=True, kw_only=True)
class Try:
    """How one racer fared in one round."""

    value: Any = None
    """What the act returned; must be plain, since it comes from another process."""
    error: str = ""
    """The class of the exception, "" when there was none."""
    text: str = ""
    seconds: float = 0.0


def race(*racers: Racer, rounds: int, patience: float = PATIENCE) -> list[list[Try]]:
    """The tries by round, in the order of the racers. Fails when a racer hangs or dies."""
    connections.close_all()  # a connection is of no use to a child, and a danger
    barrier = FORK.Barrier(len(racers))
    ends = [FORK.Pipe(duplex=False) for _ in racers]
    children = [
        FORK.Process(target=_run, args=(racer, rounds, barrier, sender), daemon=True)
        for racer, (_, sender) in zip(racers, ends, strict=True)
    ]
    with warnings.catch_warnings():
        # Newer Pythons warn of forking beside threads; ours (xdist's) do nothing in a child.
        warnings.simplefilter("ignore", DeprecationWarning)
        for child in children:
            child.start()
    end = time.monotonic() + patience
    try:
        tries = []
        for receiver, _ in ends:
            if not receiver.poll(max(0.0, end - time.monotonic())):
                raise AssertionError(f"a racer hangs or died within {patience} seconds")
            tries.append(receiver.recv())
    finally:
        for child in children:
            child.join(5)
            if child.is_alive():
                child.kill()
                child.join()
        for receiver, sender in ends:
            receiver.close()
            sender.close()
    return [list(of_round) for of_round in zip(*tries, strict=True)]


def _run(racer: Racer, rounds: int, barrier: Barrier, sender: Connection) -> None:
    tries = [_try(racer, number, barrier) for number in range(rounds)]
    connections.close_all()
    sender.send(tries)


def _try(racer: Racer, number: int, barrier: Barrier) -> Try:
    try:
        act = racer(number)
    except Exception:
        barrier.abort()  # a fault of the test: nobody waits for us
        raise
    barrier.wait(PATIENCE)
    begin = time.perf_counter()
    try:
        value = act()
    except Exception as error:  # told to the test, which knows what was to come
        fared = Try(
            error=type(error).__name__, text=str(error), seconds=time.perf_counter() - begin
        )
    else:
        fared = Try(value=value, seconds=time.perf_counter() - begin)
    return fared


def errors(rounds: list[list[Try]]) -> list[str]:
    """Every exception of a race, with its text."""
    return [f"{t.error}: {t.text}" for tries in rounds for t in tries if t.error]


def slowest(rounds: list[list[Try]], share: float = 1.0) -> float:
    """Seconds within which this share of all tries was done."""
    ordered = sorted(t.seconds for tries in rounds for t in tries)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


# --- negative controls ------------------------------------------------------------------------
@contextmanager
def without_constraint(model: type[models.Model], name: str) -> Iterator[None]:
    """The table without one of its constraints. Empties the database afterwards: what the missing
    constraint let in would not let it back."""
    constraint = next(c for c in model._meta.constraints if c.name == name)
    whole = model._meta.constraints
    # SQLite makes the table anew, from what the model says.
    model._meta.constraints = [c for c in whole if c is not constraint]
    with connection.schema_editor() as editor:
        editor.remove_constraint(model, constraint)
    try:
        yield
    finally:
        call_command("flush", verbosity=0, interactive=False)
        model._meta.constraints = whole
        with connection.schema_editor() as editor:
            editor.add_constraint(model, constraint)


@contextmanager
def without_unique(model: type[models.Model], name: str) -> Iterator[None]:
    """The same for a field that is unique by itself."""
    field: Any = model._meta.get_field(name)
    loose = copy(field)
    loose._unique = False
    loose.__dict__.pop("unique", None)  # cached, where somebody asked before
    with connection.schema_editor() as editor:
        editor.alter_field(model, field, loose)
    try:
        yield
    finally:
        call_command("flush", verbosity=0, interactive=False)
        with connection.schema_editor() as editor:
            editor.alter_field(model, loose, field)
