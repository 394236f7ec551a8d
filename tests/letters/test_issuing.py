"""Many letters issued at once through the act of step 10: no gap, no double, nothing half done.

(FAULTS A5 to A7, C9.) Letters are real PDFs but in the longest race, and each number is read back
from its file.
"""

import re
import subprocess
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from kompensasi.cases import actions
from kompensasi.cases.models import CaseLetter, Visit
from kompensasi.cases.sweep import sweep
from kompensasi.letters import actions as letters
from kompensasi.letters import numbering, patterns, pdf
from kompensasi.letters.models import Letter, Letterhead, LetterReview, LetterVersion, Variant
from kompensasi.people.models import Appointment
from spm_monitor import files, journal
from spm_monitor.models import Customer, Order, Sequence, Service
from tests.conftest import MONDAY, day, person
from tests.racing import Act, Racer, errors, race, without_unique

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.process]

DUE = MONDAY - timedelta(days=5)
ESTIMATE = MONDAY + timedelta(days=90)  # beyond the year's end
SLIP = b"%PDF-1.4\n% "
NUMBER = re.compile(r"Nomor\s*:\s*(B/(\d+)/\S+)")
SIGNERS = 4


def capacity(username: str) -> Appointment:
    return person(username).appointments_on(MONDAY)[0]


def letters_to_sign(count: int) -> list[int]:
    """The open visits of so many cases at step 10, as rows: each has an approved letter."""
    service = Service.objects.select_related("section").get(code="UJI-ANEKA")
    customer = Customer.objects.create(name="PT Lomba")
    Order.objects.bulk_create(
        Order(
            number=f"TERBIT-{n:04d}", customer=customer, service=service, section=service.section,
            due_at=DUE, estimate_at=ESTIMATE, received_at=DUE - timedelta(days=30),
        )
        for n in range(count)
    )  # fmt: skip
    assert sweep(MONDAY).opened == count
    _write_letters(customer, service, count)
    first = list(Visit.objects.select_related("case__revision").order_by("pk"))
    Visit.objects.update(finished_at=MONDAY, outcome="record", finished_capacity="Kasi PJT")
    row = first[0].case.revision.steps.get(number=10)
    visits = Visit.objects.bulk_create(
        Visit(case=visit.case, row=row, opens_at=MONDAY, due_at=MONDAY + timedelta(minutes=15))
        for visit in first
    )
    CaseLetter.objects.bulk_create(
        CaseLetter(
            case=visit.case, letter=letter, variant=Variant.EXPECTED, due_at=DUE, done_at=ESTIMATE
        )
        for visit, letter in zip(first, Letter.objects.order_by("pk"), strict=True)
    )
    return [visit.pk for visit in visits]


def _write_letters(customer: Customer, service: Service, count: int) -> None:
    written = Letter.objects.bulk_create(
        Letter(customer=customer, section=service.section, created_at=MONDAY) for _ in range(count)
    )
    author = {"written_by": person("kasi.pjt"), "written_as": capacity("kasi.pjt")}
    versions = [
        LetterVersion(
            letter=letter, version=1, subject="Permohonan Maaf", addressee="Pimpinan PT Lomba",
            body="Kami memohon maaf.\n\nTerima kasih.", written_at=MONDAY, **author,
        )
        for letter in written
    ]  # fmt: skip
    for version in versions:
        version.sha256 = letters.text_hash(version)
    versions = LetterVersion.objects.bulk_create(versions)
    LetterReview.objects.bulk_create(
        LetterReview(version=v, sha256=v.sha256, approved=True, by=person("kasi.uji"), at=MONDAY)
        for v in versions
    )


def signs(visits: list[int], lane: int, at: datetime = MONDAY) -> Racer:
    """Signs every fourth letter, each as a page does: reads the visit, then acts."""
    kepala = person("kepala")

    def racer(number: int) -> Act:
        visit = Visit.objects.select_related("case__order").get(pk=visits[number * SIGNERS + lane])
        return lambda: str(
            actions.finish_step(
                visit=visit, outcome="sign", data={"read": True, "final": True}, by=kepala, now=at
            )
        )

    return racer


def issue(visits: list[int], *, patience: float = 60) -> list:
    """All letters signed by four processes; the tries."""
    lanes = [signs(visits, lane) for lane in range(SIGNERS)]
    return race(*lanes, rounds=len(visits) // SIGNERS, patience=patience)


def read_back(letter: Letter) -> tuple[str, int]:
    """Number and sequence as they stand in the kept file, whose hash must be the row's."""
    content = files.read(letter.pdf, letter.pdf_sha256)
    assert content.rstrip().endswith(b"%%EOF")
    if content.startswith(SLIP):
        number, sequence = NUMBER.search(content.decode()).groups()
        return number, int(sequence)
    run = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True
    )
    number, sequence = NUMBER.search(run.stdout.decode()).groups()
    return number, int(sequence)


def kept_files(settings) -> set[str]:
    folder = Path(settings.MEDIA_ROOT) / "surat"
    return {f"surat/{path.name}" for path in folder.iterdir()} if folder.exists() else set()


# --- 800 letters (A5) -------------------------------------------------------------------------
def slip(sheet: pdf.Sheet) -> bytes:
    """In place of a typeset letter: its number is what the race is about, and comes sooner."""
    return SLIP + f"Nomor : {sheet.number}\n%%EOF\n".encode()


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("count", "typeset"),
    [(80, True), pytest.param(800, False, marks=pytest.mark.postgres_only)],
)
def test_letters_issued_by_four_processes_have_each_its_number(
    settings, monkeypatch, count, typeset
):
    if not typeset:
        monkeypatch.setattr(pdf, "render", slip)
    rounds = issue(letters_to_sign(count), patience=480)

    assert errors(rounds) == []
    issued = list(Letter.objects.in_register())
    printed = [read_back(letter) for letter in issued]
    assert [number for number, _ in printed] == [letter.number for letter in issued]
    assert sorted(sequence for _, sequence in printed) == list(range(1, count + 1))
    assert kept_files(settings) == {letter.pdf for letter in issued}
    assert Visit.objects.filter(finished_at__isnull=True, row__number=11).count() == count
    assert journal.first_broken() is None


@pytest.mark.postgres_only  # SQLite's writers wait for each other before they read
def test_control_highest_plus_one_gives_doubles(monkeypatch):
    def highest_plus_one(letter: Letter, letterhead: Letterhead, on: datetime) -> str:
        highest = Letter.objects.in_register().count()
        time.sleep(0.05)  # for another to read the same
        return patterns.number_text(letterhead, highest + 1, on)

    visits = letters_to_sign(40)
    monkeypatch.setattr(numbering, "take_number", highest_plus_one)
    with without_unique(Letter, "number"):
        issue(visits)
        given = Counter(Letter.objects.in_register().values_list("number", flat=True))
        assert max(given.values()) > 1


# --- the year's end (A6, C9) ------------------------------------------------------------------
@pytest.mark.parametrize(("start", "first"), [(1, 1), (41, 41)])
def test_at_the_years_end_each_year_has_its_own_numbers(start, first):
    Letterhead.objects.update(first_number=start, first_number_year=2027)
    visits = letters_to_sign(40)
    before, after = (
        datetime.fromisoformat(at) for at in ("2026-12-31T16:59:58Z", "2026-12-31T17:00:01Z")
    )
    lanes = [signs(visits, lane, at) for lane, at in enumerate((before, after, before, after))]

    assert errors(race(*lanes, rounds=10)) == []

    for year, dated, begin in ((2026, "2026-12-31", 1), (2027, "2027-01-01", first)):
        mine = Letter.objects.filter(dated=day(dated))
        printed = [read_back(letter) for letter in mine]
        assert sorted(n for _, n in printed) == list(range(begin, begin + 20))
        assert {number.rpartition("/")[2] for number, _ in printed} == {str(year)}


# --- a failure after the number was taken (A7) ------------------------------------------------
def test_a_number_whose_signing_fails_goes_to_the_next_letter(monkeypatch, settings):
    visits = letters_to_sign(40)
    record = journal.record

    def stops_at_every_fifth(verb, subject, **facts):
        if verb == "letter.signed" and subject.pk % 5 == 0:
            raise RuntimeError("stopped after number and file")
        return record(verb, subject, **facts)

    with monkeypatch.context() as patch:
        patch.setattr(journal, "record", stops_at_every_fifth)
        rounds = issue(visits)
    assert len(errors(rounds)) == 8
    issued = Letter.objects.in_register()
    assert sorted(read_back(letter)[1] for letter in issued) == list(range(1, 33))
    assert kept_files(settings) == {letter.pdf for letter in issued}

    left = list(Visit.objects.filter(finished_at=None, row__number=10).values_list("pk", flat=True))
    assert errors(issue(left)) == []
    assert sorted(read_back(letter)[1] for letter in issued.all()) == list(range(1, 41))


# --- the clerk types what the counter is about to give -----------------------------------------
def types_the_next_number(spare: list[int]) -> Racer:
    """In round n the clerk types, for another letter, the number that the counter gives next."""
    clerk = person("agenda")

    def racer(number: int) -> Act:
        last = Sequence.objects.filter(key="letter:2026").values_list("last", flat=True).first()
        letterhead = Letterhead.objects.on(MONDAY.date())
        text = patterns.number_text(letterhead, (last or 0) + 1, MONDAY.date())
        letter = Letter.objects.get(pk=spare[number])
        return lambda: letters.type_number(letter=letter, number=text, by=clerk, now=MONDAY)

    return racer


def test_typed_and_counted_numbers_never_meet():
    visits = letters_to_sign(60)
    to_sign, spare = visits[:30], Letter.objects.order_by("pk").values_list("pk", flat=True)[30:]
    lane = signs([visit for visit in to_sign for _ in range(SIGNERS)], 0)

    rounds = race(lane, types_the_next_number(list(spare)), rounds=30)

    assert [signed.error for signed, _ in rounds] == [""] * 30
    assert {typed.error for _, typed in rounds} <= {"", "BadInput"}
    signed = [read_back(letter)[0] for letter in Letter.objects.in_register()]
    typed = Letter.objects.exclude(typed_number="").values_list("typed_number", flat=True)
    assert len(typed) == sum(not t.error for _, t in rounds)
    assert len({*signed, *typed}) == len(signed) + len(typed)
    counter = Sequence.objects.get(key="letter:2026").last
    assert {patterns.number_text(Letterhead.objects.on(MONDAY.date()), n, MONDAY.date())
            for n in range(1, counter + 1)} <= {*signed, *typed}  # fmt: skip
