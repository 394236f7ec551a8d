"""Proves at start-up that the step table and a revision of the SOP fit each other."""

import json
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from kompensasi.cases.models import Ending
from kompensasi.cases.procedure import Step
from kompensasi.cases.steps import STEPS

BY_STEPS = frozenset(Ending) - {Ending.CANCELLED, Ending.WITHDRAWN}  # these two come from outside


def prove(rows: Iterable[dict[str, Any]], steps: dict[int, Step] = STEPS) -> list[str]:
    """What is wrong with a revision's rows (number, actor, minutes), a sentence each.

    Every row has a step, every outcome leads to a row or an ending, every row and every ending is
    reached from step 1, every stand-in exists.
    """
    placed = list(enumerate(rows, start=1))
    found = [f"row {place} has no number" for place, row in placed if not row.get("number")]
    rows = [row for _, row in placed if row.get("number")]
    numbers = [row["number"] for row in rows]
    twice = sorted({n for n in numbers if numbers.count(n) > 1})
    found += [f"step {n} stands twice" for n in twice]
    for row in rows:
        if row["number"] not in steps:
            found.append(f"step {row['number']} has no behaviour in cases/steps.py")
        if not row.get("actor"):
            found.append(f"step {row['number']} has no actor")
        if not row.get("minutes"):
            found.append(f"step {row['number']} has no minutes")
    known = {n: steps[n] for n in numbers if n in steps}
    for number, step in known.items():
        for outcome in step.outcomes:
            found += [
                f"step {number}, outcome {outcome.code}: leads to step {target}, which is missing"
                for target in outcome.to
                if not isinstance(target, Ending) and target not in numbers
            ]
        if step.writers_stand_aside and step.writers_stand_aside not in numbers:
            found.append(f"step {number}: its stand-in step {step.writers_stand_aside} is missing")
    reached = _reached(known)
    found += [f"step {n} is never reached" for n in numbers if n in known and n not in reached]
    found += [
        f"ending {ending} is never reached" for ending in sorted(BY_STEPS) if ending not in reached
    ]
    return found


def _reached(steps: dict[int, Step]) -> set[Any]:
    reached: set[Any] = set()
    waiting: list[Any] = [1]
    while waiting:
        place = waiting.pop()
        if place in reached:
            continue
        reached.add(place)
        if place in steps and not isinstance(place, Ending):
            waiting += [target for outcome in steps[place].outcomes for target in outcome.to]
    return reached


@register()
def check_revisions(**_: Any) -> list[CheckMessage]:
    """The revision fixtures against the table; names file and place of what does not fit."""
    messages: list[CheckMessage] = []
    for file in sorted((settings.BASE_DIR / "fixtures").glob("sop_*.json")):
        try:
            rows = [dict(row) for row in json.loads(file.read_text(encoding="utf-8"))["steps"]]
        except (ValueError, KeyError, TypeError) as error:
            messages.append(Error(f"{file.name}: cannot be read ({error})", id="cases.E001"))
            continue
        messages += [Error(f"{file.name}: {wrong}", id="cases.E002") for wrong in prove(rows)]
    return messages
