"""The system check proves the step table and a revision's rows; what does not fit is named."""

import io
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from kompensasi.cases.checks import check_revisions, prove
from kompensasi.cases.models import Ending
from kompensasi.cases.procedure import Outcome, Step
from kompensasi.cases.steps import STEPS

FIXTURES = sorted((django_settings.BASE_DIR / "fixtures").glob("sop_*.json"))
READING_A = "sop_21_bipa_5_a.json"


def rows(name: str = READING_A) -> list[dict[str, Any]]:
    """The rows of a fixture, to be spoiled."""
    text = (django_settings.BASE_DIR / "fixtures" / name).read_text(encoding="utf-8")
    return json.loads(text)["steps"]


def table(**changed: Step) -> dict[int, Step]:
    """The table of behaviours with some steps changed: `step_9=...`."""
    return STEPS | {int(name.removeprefix("step_")): step for name, step in changed.items()}


def outcomes(number: int, *to: int | Ending) -> Step:
    """A step with one outcome, leading to these."""
    return replace(STEPS[number], outcomes=(Outcome(code="on", label="Lanjut", to=to),))


def test_there_are_two_readings_and_both_are_proved():
    assert [path.name for path in FIXTURES] == [READING_A, "sop_21_bipa_5_b.json"]
    for path in FIXTURES:
        assert prove(rows(path.name)) == []
    assert check_revisions() == []


def test_a_revision_with_fewer_steps_is_proved_against_a_table_with_more():
    """HOUSE: a revision in use may have fewer steps than a newer one."""
    thirteen = table(step_13=outcomes(1, 1))
    assert prove(rows(), thirteen) == []


@pytest.mark.parametrize("missing", [n for n in STEPS if n != 1])
def test_a_step_that_others_lead_to_and_that_is_missing_is_named(missing):
    found = prove([row for row in rows() if row["number"] != missing])
    assert any(f"leads to step {missing}, which is missing" in wrong for wrong in found)


def test_a_revision_without_its_first_step_reaches_nothing():
    found = prove([row for row in rows() if row["number"] != 1])
    assert "step 2 is never reached" in found
    assert "ending compensated is never reached" in found


def test_the_outcome_that_leads_nowhere_is_named_with_its_step():
    found = prove(rows(), table(step_4=outcomes(4, 5, 99)))
    assert found == ["step 4, outcome on: leads to step 99, which is missing"]


def test_a_row_without_behaviour_is_named():
    extra = {"number": 13, "actor": "kasi_pjt", "minutes": 10}
    assert prove([*rows(), extra]) == ["step 13 has no behaviour in cases/steps.py"]


@pytest.mark.parametrize("nothing", ["", None])
def test_a_row_without_actor_is_named(nothing):
    spoiled = rows()
    spoiled[6]["actor"] = nothing
    assert prove(spoiled) == ["step 7 has no actor"]
    del spoiled[6]["actor"]
    assert prove(spoiled) == ["step 7 has no actor"]


@pytest.mark.parametrize("nothing", [0, None])
def test_a_row_without_minutes_is_named(nothing):
    spoiled = rows()
    spoiled[11]["minutes"] = nothing
    assert prove(spoiled) == ["step 12 has no minutes"]
    del spoiled[11]["minutes"]
    assert prove(spoiled) == ["step 12 has no minutes"]


def test_a_number_that_stands_twice_is_named_once():
    assert prove([*rows(), rows()[4], rows()[4]]) == ["step 5 stands twice"]


def test_a_row_without_number_is_named_by_its_place():
    spoiled = rows()
    del spoiled[1]["number"]
    found = prove(spoiled)
    assert "row 2 has no number" in found
    assert "step 1, outcome record: leads to step 2, which is missing" in found


def test_a_step_that_nothing_leads_to_is_named():
    """Step 5 may go on to 6 or back to 1; without the way to 6 nobody reports."""
    found = prove(rows(), table(step_5=outcomes(5, 1)))
    assert found[:7] == [f"step {n} is never reached" for n in range(6, 13)]
    assert {"ending compensated is never reached", "ending gift_refused is never reached"} < set(
        found
    )
    assert "ending in_spm is never reached" not in found, "step 3 leads there"


@pytest.mark.parametrize(
    "ending", [Ending.COMPENSATED, Ending.GIFT_REFUSED, Ending.UNDELIVERED, Ending.IN_SPM]
)
def test_an_ending_that_nothing_leads_to_is_named(ending):
    number = 3 if ending == Ending.IN_SPM else 12
    less = tuple(
        replace(outcome, to=tuple(place for place in outcome.to if place != ending))
        for outcome in STEPS[number].outcomes
    )
    found = prove(rows(), STEPS | {number: replace(STEPS[number], outcomes=less)})
    assert found == [f"ending {ending} is never reached"]


def test_endings_from_outside_the_procedure_need_no_way_to_them():
    """An administrator cancels, a customer withdraws: no step leads there."""
    found = prove([])
    assert not any(Ending.CANCELLED in wrong or Ending.WITHDRAWN in wrong for wrong in found)


def test_four_eyes_without_the_step_that_stands_in_are_named():
    found = prove(rows(), table(step_9=replace(STEPS[9], writers_stand_aside=77)))
    assert found == ["step 9: its stand-in step 77 is missing"]


# --- as `manage.py check` says it --------------------------------------------------------------


@pytest.fixture
def fixtures(settings, tmp_path) -> Path:
    """A copy of the fixtures that a test may spoil; the product reads it instead of its own."""
    copy = tmp_path / "office" / "fixtures"
    shutil.copytree(django_settings.BASE_DIR / "fixtures", copy)
    settings.BASE_DIR = copy.parent
    return copy


def complaints() -> str:
    """What `manage.py check` prints as it fails."""
    with pytest.raises(SystemCheckError) as failure:
        call_command("check", stdout=io.StringIO(), stderr=io.StringIO())
    return str(failure.value)


def spoil(path: Path, **changes: Any) -> None:
    data = json.loads(path.read_text(encoding="utf-8"))
    for row in data["steps"]:
        if row["number"] == 8:
            row.update(changes)
    path.write_text(json.dumps(data), encoding="utf-8")


def test_whole_fixtures_pass(fixtures):
    said = io.StringIO()
    call_command("check", stdout=said)
    assert "no issues" in said.getvalue()


@pytest.mark.parametrize("name", [path.name for path in FIXTURES])
def test_a_spoiled_row_makes_the_check_fail_with_file_and_place(fixtures, name):
    spoil(fixtures / name, actor="", minutes=0)
    said = complaints()
    assert f"(cases.E002) {name}: step 8 has no actor" in said
    assert f"(cases.E002) {name}: step 8 has no minutes" in said
    assert said.count("cases.E00") == 2, "the other file is whole"


def test_a_fixture_that_is_no_json_is_named_with_its_line(fixtures):
    path = fixtures / READING_A
    whole = path.read_text(encoding="utf-8")
    half = whole[: whole.index('"number": 5')]
    path.write_text(half, encoding="utf-8")
    said = complaints()
    assert f"(cases.E001) {READING_A}: cannot be read" in said
    assert f"line {half.count(chr(10)) + 1} " in said


@pytest.mark.parametrize(
    "content", ["{}", "[]", "null", '{"steps": null}', '{"steps": [1]}', '{"steps": {"1": {}}}']
)
def test_a_fixture_of_another_shape_is_named_not_a_crash(fixtures, content):
    (fixtures / READING_A).write_text(content, encoding="utf-8")
    assert f"(cases.E001) {READING_A}: cannot be read" in complaints()


def test_a_third_reading_is_proved_like_the_first_two(fixtures):
    shutil.copy(fixtures / READING_A, fixtures / "sop_22.json")
    spoil(fixtures / "sop_22.json", number=88)
    assert "sop_22.json: step 7, outcome instruct: leads to step 8, which is missing" in (
        complaints()
    )
