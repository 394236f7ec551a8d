"""The journal: what an act leaves behind, and that nobody changes it unnoticed (FAULTS D26)."""

import io
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from spm_monitor import journal
from spm_monitor.models import Customer, JournalEntry, JournalHead, Section
from spm_monitor.workdays import WIB
from tests.conftest import MONDAY, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def section() -> Section:
    return Section.objects.first()


def note(section: Section, verb: str = "test.done", **rest) -> None:
    journal.record(verb, section, **{"by": None, "now": MONDAY} | rest)


def written() -> list[str]:
    return [entry.verb for entry in JournalEntry.objects.all()]


# --- acts -------------------------------------------------------------------------------------
def test_a_record_outside_an_act_is_refused(section):
    with pytest.raises(RuntimeError, match=r"inside journal\.act"):
        note(section)
    assert written() == []


def test_entries_are_written_when_the_act_ends_and_not_before(section):
    with journal.act():
        note(section)
        assert written() == []
    assert written() == ["test.done"]


def test_an_act_inside_an_act_joins_it(section):
    with journal.act():
        note(section, "outer.begin")
        with journal.act():
            note(section, "inner")
        assert written() == []
        note(section, "outer.end")
    assert written() == ["outer.begin", "inner", "outer.end"]


def test_an_act_that_fails_leaves_neither_its_work_nor_its_entries(section):
    with suppress(ZeroDivisionError), journal.act():
        Section.objects.filter(pk=section.pk).update(name="Lain")
        note(section)
        with journal.act():
            note(section, "inner")
        1 / 0  # noqa: B018
    assert written() == []
    assert not Section.objects.filter(name="Lain").exists()
    with journal.act():  # and it is over: the next act is one of its own
        note(section, "next")
    assert list(JournalEntry.objects.values_list("seq", "verb")) == [(1, "next")]


def test_a_failed_act_leaves_no_gap(section):
    with journal.act():
        note(section)
    with suppress(ZeroDivisionError), journal.act():
        note(section)
        1 / 0  # noqa: B018
    with journal.act():
        note(section)
    assert list(JournalEntry.objects.values_list("seq", flat=True)) == [1, 2]
    assert journal.first_broken() is None


def test_an_act_without_entries_does_not_touch_the_chain():
    with (
        CaptureQueriesContext(
            connection,
        ) as queries,
        journal.act(),
    ):
        pass
    assert not [q for q in queries if "journal" in q["sql"]]


def test_entries_are_appended_last_and_in_one_go(section):
    with CaptureQueriesContext(connection) as queries, journal.act():
        for _ in range(300):
            note(section)
        Section.objects.filter(pk=section.pk).update(name="Lain")
    statements = [q["sql"] for q in queries if "SAVEPOINT" not in q["sql"]]
    ours = [number for number, sql in enumerate(statements) if "_journal" in sql]
    assert min(ours) == 1  # after the section's update, which stands first
    assert len(ours) == len(statements) - 1 <= 12  # SQLite takes 999 values a statement
    assert JournalEntry.objects.count() == 300
    assert journal.first_broken() is None


# --- what an entry says -----------------------------------------------------------------------
def test_an_entry_says_who_as_what_when_what_and_from_where(section):
    kasi = person("kasi.pjt")
    capacity = kasi.appointments_on(MONDAY)[0]
    token = journal.origin.set("10.0.0.7")
    try:
        with journal.act():
            note(
                section, by=kasi, capacity=capacity, note="salah ketik",
                before={"name": "A"}, after={"name": "B"},
            )  # fmt: skip
    finally:
        journal.origin.reset(token)
    entry = JournalEntry.objects.get()
    assert (entry.actor, entry.capacity, entry.appointment) == (kasi, "Plt. Kasi PJT", capacity.pk)
    assert (entry.at, entry.address, entry.note) == (MONDAY, "10.0.0.7", "salah ketik")
    assert (entry.subject, entry.subject_id) == ("spm_monitor.section", section.pk)
    assert (entry.before, entry.after) == ({"name": "A"}, {"name": "B"})
    assert (entry.previous, JournalHead.objects.get().digest) == (journal.GENESIS, entry.digest)


def test_without_a_person_it_is_the_system_or_who_is_named(section):
    with journal.act():
        note(section)
        note(section, capacity="Pelanggan")
    system, customer = JournalEntry.objects.all()
    assert (system.actor, system.capacity, system.appointment) == (None, "Sistem", None)
    assert (customer.actor, customer.capacity, customer.appointment) == (None, "Pelanggan", None)
    assert system.address == ""  # no request


def test_values_are_kept_as_json_and_equal_instants_as_equal_texts(section):
    wib = datetime(2026, 11, 23, 8, 0, tzinfo=WIB)
    facts = {
        "wib": wib, "utc": wib.astimezone(UTC), "day": date(2026, 1, 2), "row": section,
        "price": Decimal("1.50"), "none": None, "yes": True, "text": "é “x”",
    }  # fmt: skip
    with journal.act():
        note(section, after=facts)
    kept = JournalEntry.objects.get().after
    assert kept["wib"] == kept["utc"] == "2026-11-23T01:00:00+00:00"
    assert (kept["day"], kept["row"], kept["price"]) == ("2026-01-02", section.pk, "1.50")
    assert (kept["none"], kept["yes"], kept["text"]) == (None, True, "é “x”")
    assert journal.first_broken() is None


# --- tampering: each names the first entry that does not fit ----------------------------------
LENGTH = 8
Tamper = Callable[[], object]


@pytest.fixture
def chain(section) -> None:
    """Eight entries, by four acts, all proved."""
    kasi = person("kasi.pjt")
    for number in range(0, LENGTH, 2):
        with journal.act():
            for text in (f"{number}", f"{number + 1}"):
                note(section, by=kasi, after={"text": text}, note=text)
    assert journal.first_broken() is None


def entries(first: int = 1, last: int = LENGTH):
    return JournalEntry.objects.filter(seq__range=(first, last))


def one(seq: int) -> JournalEntry:
    return JournalEntry.objects.get(seq=seq)


def shift(first: int, by: int) -> None:
    """Renumber what stands from `first` on."""
    for entry in JournalEntry.objects.filter(seq__gte=first).order_by("seq" if by < 0 else "-seq"):
        JournalEntry.objects.filter(pk=entry.pk).update(seq=F("seq") + by)


def move_head(by: int) -> None:
    JournalHead.objects.update(seq=F("seq") + by)


def delete_and_renumber(seq: int) -> None:
    entries(seq, seq).delete()
    shift(seq, -1)
    move_head(-1)


def cut_tail_and_head(first: int) -> None:
    entries(first).delete()
    JournalHead.objects.all().delete()


def insert(seq: int) -> None:
    """A forged entry, with the right neighbour before it but a digest of no key."""
    shift(seq, 1)
    forged = one(seq - 1)
    forged.pk, forged.seq, forged.previous = None, seq, forged.digest
    forged.note, forged.digest = "palsu", "f" * 64
    forged.save(force_insert=True)
    move_head(1)


def duplicate(seq: int) -> None:
    """The same entry a second time, behind itself."""
    shift(seq + 1, 1)
    twin = one(seq)
    twin.pk, twin.seq = None, seq + 1
    twin.save(force_insert=True)
    move_head(1)


def swap(first: int, second: int) -> None:
    """Two entries change places, seals and all."""
    one_pk, other_pk = one(first).pk, one(second).pk
    JournalEntry.objects.filter(pk=one_pk).update(seq=99)
    JournalEntry.objects.filter(pk=other_pk).update(seq=first)
    JournalEntry.objects.filter(pk=one_pk).update(seq=second)


def rewrite(first: int) -> None:
    """A changed note, and every seal from there on made new with the key that is set."""
    entries(first, first).update(note="lain")
    previous = one(first).previous
    for entry in entries(first):
        entry.previous = previous
        entry.digest = previous = entry.seal()
        entry.save()
    JournalHead.objects.update(digest=previous)


TAMPERS: list[tuple[str, Tamper, int]] = [
    ("edited", lambda: entries(4, 4).update(note="lain"), 4),
    ("deleted in the middle", lambda: entries(4, 4).delete(), 4),
    ("deleted at the beginning", lambda: entries(1, 1).delete(), 1),
    ("deleted, the rest renumbered", lambda: delete_and_renumber(4), 4),
    ("tail cut", lambda: entries(LENGTH).delete(), LENGTH),
    ("longer tail cut", lambda: entries(6).delete(), 6),
    ("tail and head cut", lambda: cut_tail_and_head(6), 6),
    ("everything deleted", lambda: entries().delete(), 1),
    ("head lost", lambda: JournalHead.objects.all().delete(), LENGTH + 1),
    ("head turned back", lambda: move_head(-3), 5),
    ("head forged", lambda: JournalHead.objects.update(digest="f" * 64), LENGTH),
    ("inserted", lambda: insert(5), 5),
    ("inserted at the end", lambda: insert(LENGTH + 1), LENGTH + 1),
    ("swapped", lambda: swap(3, 6), 3),
    ("duplicated", lambda: duplicate(4), 5),
    ("duplicated at the end", lambda: duplicate(LENGTH), LENGTH + 1),
]
TAMPER_NAMES = [name for name, _, _ in TAMPERS]


@pytest.mark.parametrize(
    ("tamper", "first_bad"), [(t, bad) for _, t, bad in TAMPERS], ids=TAMPER_NAMES
)
def test_tampering_is_found_at_its_first_entry(chain, tamper, first_bad):
    tamper()
    assert journal.first_broken() == first_bad


@pytest.mark.parametrize(
    "changed",
    [
        {"at": MONDAY + timedelta(microseconds=1)},
        {"actor": None},
        {"capacity": "Kepala Balai"},
        {"appointment": 77},
        {"address": "10.0.0.8"},
        {"verb": "test.undone"},
        {"subject": "spm_monitor.order"},
        {"subject_id": 77},
        {"before": {"text": "x"}},
        {"after": {}},
        {"note": ""},
        {"previous": "f" * 64},
        {"digest": "f" * 64},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_every_column_is_sealed(chain, changed):
    entries(4, 4).update(**changed)
    assert journal.first_broken() == 4


@pytest.mark.parametrize("first", [1, 4, LENGTH])
def test_a_chain_rewritten_with_another_key_is_found(chain, settings, first):
    key, settings.JOURNAL_KEY = settings.JOURNAL_KEY, "x" * 40
    rewrite(first)
    settings.JOURNAL_KEY = key
    assert journal.first_broken() == first


def test_control_with_the_key_a_rewritten_chain_passes(chain):
    rewrite(4)
    assert journal.first_broken() is None


def test_control_without_the_seal_an_edit_passes(chain, monkeypatch):
    monkeypatch.setattr(JournalEntry, "seal", lambda entry: entry.digest)
    entries(4, 4).update(note="lain")
    assert journal.first_broken() is None


@pytest.mark.parametrize(
    "tamper",
    [lambda: entries(4, 4).delete(), lambda: entries(6).delete()],
    ids=["middle", "tail"],
)
def test_control_seals_alone_do_not_notice_what_is_missing(chain, tamper):
    tamper()
    assert all(entry.digest == entry.seal() for entry in JournalEntry.objects.all())


# --- the command ------------------------------------------------------------------------------
def verified() -> str:
    out = io.StringIO()
    call_command("verify_journal", stdout=out)
    return out.getvalue()


def test_the_command_says_how_far_the_chain_is_sound(chain):
    assert verified() == "Rantai sah s.d. urut 8\n"


def test_an_empty_chain_is_sound():
    assert verified() == "Rantai sah s.d. urut 0\n"


def test_the_command_names_the_first_broken_entry_and_exits_with_1(chain, section):
    entries(4, 4).update(note="lain")
    with pytest.raises(CommandError) as refusal:
        verified()
    assert str(refusal.value) == (
        f"Rantai putus pada urut 4: test.done, spm_monitor.section {section.pk}."
    )
    assert refusal.value.returncode == 1


def test_the_command_names_an_entry_that_is_gone(chain):
    entries(6).delete()
    with pytest.raises(CommandError, match=r"^Rantai putus pada urut 6: hilang\.$"):
        verified()


@pytest.mark.django_db
@pytest.mark.parametrize(("one", "two"), [(1, True), (False, 0), (1, 1.0)])
def test_what_is_equal_in_python_and_not_in_json_stays_apart(one, two):
    """Each entry is sealed with its own text: stored as another's, the chain would be broken."""
    subjects = [Customer.objects.create(name=name) for name in "AB"]
    with journal.act():
        for subject, value in zip(subjects, (one, two), strict=True):
            journal.record("x", subject, by=None, now=MONDAY, after={"n": value})
    assert journal.first_broken() is None


@pytest.mark.django_db
def test_nobody_with_an_account_acts_as_the_system():
    with pytest.raises(ValueError, match="no account"), journal.act():
        journal.record("x", Customer.objects.create(name="A"), by=AnonymousUser(), now=MONDAY)
