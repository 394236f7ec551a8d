"""Step 9: who decides a letter has written no version of it (DOMAIN 2, four eyes).

One case stands at step 9, its letter written by the Kasi PJT. Each test changes who holds which
post and who wrote a version, and asks everybody: the page, the door behind it, and the task list
must give one answer.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client

from kompensasi.cases import actions, inbox, permissions
from kompensasi.cases.models import Case, Ending, Visit
from kompensasi.cases.sweep import sweep
from kompensasi.letters import actions as letters
from kompensasi.letters.models import Letter
from kompensasi.people.models import Appointment, User
from kompensasi.sop.models import Revision
from spm_monitor import actions as orders
from spm_monitor import journal
from spm_monitor.refusals import NotNow, NotYours
from tests.cases.held import (
    STAFF,
    appoint,
    clients,
    held_office,
    nothing_changes,
)
from tests.cases.walking import answers, do_step, open_visit, proposed, step_url, walk
from tests.conftest import MONDAY, TODAY, late_order, person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.once]

NOW = MONDAY + timedelta(hours=2)
APPROVE = {"outcome": "approve"}
RETURN = {"outcome": "return", "note": "Perbaiki kalimat kedua."}
WROTE = "Anda ikut menulis konsep surat ini, jadi pejabat lain yang menilai dan menyetujuinya."
NOBODY = (
    "Langkah 9 menunggu: belum ada Kepala Seksi Pengujian atau Kepala Balai yang tidak ikut menulis"
    " surat ini. Minta administrator menugaskan salah satunya."
)


def not_yours(lane: str) -> str:
    return f"Langkah 9 dikerjakan oleh {lane}. Anda dapat membaca, tetapi tidak mengisi."


@dataclass(frozen=True)
class Office:
    """The cases at step 9 by the reading of the SOP they follow, and everybody's client."""

    reading_a: int
    reading_b: int
    clients: dict[str, Client]


@pytest.fixture(scope="module")
def office(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Office]:
    with held_office(django_db_blocker, tmp_path_factory.mktemp("office")):
        with time_machine.travel(MONDAY, tick=False):
            everybody = clients()
        late_order("UJI-A")
        sweep(MONDAY)
        Revision.objects.filter(code="21-bipa-5-b").update(in_force_from=TODAY - timedelta(days=1))
        late_order("UJI-B")
        sweep(MONDAY)
        for case in Case.objects.all():
            walk(case, 9, MONDAY)
        a, b = (Case.objects.get(order__number=f"UJI-{reading}").pk for reading in "AB")
        yield Office(a, b, everybody)


@pytest.fixture(autouse=True)
def _at_ten(office):
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def case(office) -> Case:
    """The case of reading A: 8 = Kasi PJT, 9 = Kepala Seksi, 10 = Kepala Balai."""
    return Case.objects.get(pk=office.reading_a)


# --- who holds which post, and who wrote -------------------------------------------------------


def leaves(username: str, post: str) -> None:
    """The appointment ended yesterday."""
    ended = Appointment.objects.filter(user__username=username, post__code=post)
    assert ended.update(ends_on=TODAY - timedelta(days=1)) == 1


def writes(username: str) -> None:
    """Wrote a version of the letter in hand, as a (former) Kasi PJT would have."""
    visit = Visit.objects.get(case__order__number="UJI-A", finished_at=None)
    letter = visit.case.letter
    newest = letter.version
    words = {n: getattr(newest, n) for n in ("subject", "addressee", "address", "body")}
    with journal.act():
        letters.write_version(
            letter=letter, words=words, by=person(username),
            capacity=person(username).appointments.first(), now=NOW,
        )  # fmt: skip


def as_the_demo_stands() -> None:
    pass


def the_writer_heads_the_section_too() -> None:
    appoint("kasi.pjt", "kepala_seksi", "uji")


def the_writer_alone_heads_the_section() -> None:
    leaves("kasi.uji", "kepala_seksi")
    appoint("kasi.pjt", "kepala_seksi", "uji")


def the_section_has_no_head() -> None:
    leaves("kasi.uji", "kepala_seksi")


def the_account_of_the_head_is_closed() -> None:
    User.objects.filter(username="kasi.uji").update(is_active=False)


def the_head_wrote_an_earlier_version() -> None:
    writes("kasi.uji")
    writes("kasi.pjt")


def the_head_wrote_and_a_deputy_did_not() -> None:
    writes("kasi.uji")
    appoint("petugas", "kepala_seksi", "uji")


def head_and_deputy_wrote() -> None:
    appoint("petugas", "kepala_seksi", "uji")
    writes("kasi.uji")
    writes("petugas")


def the_head_of_the_balai_heads_the_section_too() -> None:
    leaves("kasi.uji", "kepala_seksi")
    appoint("kepala", "kepala_seksi", "uji", kind=Appointment.Kind.PLT)


def the_head_of_another_section_is_a_deputy_here() -> None:
    leaves("kasi.uji", "kepala_seksi")
    appoint("kasi.kal", "kepala_seksi", "uji")


def no_section_head_and_the_head_of_the_balai_wrote() -> None:
    leaves("kasi.uji", "kepala_seksi")
    writes("kepala")


def no_section_head_the_head_of_the_balai_wrote_a_deputy_did_not() -> None:
    no_section_head_and_the_head_of_the_balai_wrote()
    appoint("petugas", "kepala_balai")


def both_posts_are_vacant() -> None:
    leaves("kasi.uji", "kepala_seksi")
    leaves("kepala", "kepala_balai")


def everybody_wrote() -> None:
    writes("kasi.uji")
    writes("kepala")


Arrange = Callable[[], None]
# Who decides then, by hand from DOMAIN 2; and what some of the others are told.
DECIDES: list[tuple[Arrange, set[str], dict[str, str]]] = [
    (
        as_the_demo_stands,
        {"kasi.uji"},
        {"kasi.pjt": not_yours("Kepala Seksi Pengujian")},
    ),
    (the_writer_heads_the_section_too, {"kasi.uji"}, {"kasi.pjt": WROTE}),
    (
        the_writer_alone_heads_the_section,
        {"kepala"},
        {"kasi.pjt": not_yours("Kepala Balai")},
    ),
    (the_section_has_no_head, {"kepala"}, {"kasi.pjt": not_yours("Kepala Balai")}),
    (the_account_of_the_head_is_closed, {"kepala"}, {}),
    (the_head_wrote_an_earlier_version, {"kepala"}, {"kasi.uji": not_yours("Kepala Balai")}),
    (
        the_head_wrote_and_a_deputy_did_not,
        {"petugas"},
        {"kasi.uji": WROTE, "kepala": not_yours("Kepala Seksi Pengujian")},
    ),
    (head_and_deputy_wrote, {"kepala"}, {"petugas": not_yours("Kepala Balai")}),
    (the_head_of_the_balai_heads_the_section_too, {"kepala"}, {}),
    (
        the_head_of_another_section_is_a_deputy_here,
        {"kasi.kal"},
        {"kepala": not_yours("Kepala Seksi Pengujian")},
    ),
    (
        no_section_head_and_the_head_of_the_balai_wrote,
        set(),
        {"kepala": NOBODY, "auditor": NOBODY, "kasi.pjt": NOBODY, "admin": NOBODY},
    ),
    (
        no_section_head_the_head_of_the_balai_wrote_a_deputy_did_not,
        {"petugas"},
        {"kepala": WROTE},
    ),
    (both_posts_are_vacant, set(), {"pj.uji": NOBODY, "kasi.pjt": NOBODY}),
    (everybody_wrote, set(), {"kasi.uji": NOBODY, "kepala": NOBODY, "pj.uji": NOBODY}),
]
each_situation = pytest.mark.parametrize(
    ("arrange", "deciders", "told"), DECIDES, ids=[a.__name__ for a, _, _ in DECIDES]
)


@each_situation
def test_the_page_takes_a_verdict_from_who_decides_and_from_nobody_else(
    office, case, arrange, deciders, told
):
    arrange()
    url = step_url(case, 9)
    with nothing_changes():
        for username in set(STAFF) - deciders:
            response = office.clients[username].post(url, APPROVE)
            if person(username).is_active:
                assert response.status_code in (403, 404), username
            else:
                assert response["Location"].startswith("/masuk/"), username
        for username, sentence in told.items():
            response = office.clients[username].post(url, RETURN)
            assert response.status_code == 403
            assert sentence in response.content.decode(), username
    for username in deciders:
        for verdict, after in ((APPROVE, 10), (RETURN, 8)):
            with transaction.atomic():
                assert office.clients[username].post(url, verdict).status_code == 302
                assert open_visit(case).step == after
                transaction.set_rollback(True)


@each_situation
def test_the_door_takes_a_verdict_from_who_decides_and_from_nobody_else(
    case, arrange, deciders, told
):
    arrange()
    visit = open_visit(case)

    def decide(username: str) -> Visit | None:
        return actions.finish_step(
            visit=visit, outcome="approve", data={}, by=person(username), now=NOW
        )

    with nothing_changes():
        for username in set(STAFF) - deciders:
            with pytest.raises(NotYours) as refusal:
                decide(username)
            assert refusal.value.sentence == told.get(username, refusal.value.sentence)
    for username in deciders:
        with transaction.atomic():
            assert decide(username).step == 10
            transaction.set_rollback(True)


@each_situation
def test_the_task_list_agrees_with_the_door(case, arrange, deciders, told):
    arrange()
    visit = open_visit(case)

    def sees_it(username: str) -> bool:
        tasks = inbox.tasks_of(person(username), NOW)
        shown = [task.visit for task in (*tasks.late, *tasks.today, *tasks.later)]
        assert tasks.count == len(shown)
        assert shown.count(visit) < 2
        return visit in shown

    may = {name for name in STAFF if permissions.refusal(visit, person(name), NOW) is None}
    assert may == deciders
    assert {name for name in STAFF if sees_it(name)} == deciders


@each_situation
def test_the_dashboard_and_the_case_page_say_the_same(office, case, arrange, deciders, told):
    arrange()
    link = f'href="{step_url(case, 9)}">Langkah 9'
    for username in {"kasi.uji", "kepala", "kasi.pjt", *told} | deciders:
        if not person(username).appointments_on(NOW):
            continue
        assert (link in page(office, username, "/")) == (username in deciders), username
        shown = page(office, username, f"/kasus/{case.pk}/")
        assert ("Kerjakan langkah 9" in shown) == (username in deciders), username
        assert told.get(username, "") in shown


def page(office: Office, username: str, url: str) -> str:
    response = office.clients[username].get(url)
    assert response.status_code == 200, (username, url)
    return response.content.decode()


# --- what follows ------------------------------------------------------------------------------


def test_a_case_that_waits_goes_on_as_soon_as_somebody_is_appointed(office, case):
    both_posts_are_vacant()
    url = step_url(case, 9)
    assert NOBODY in office.clients["kasi.pjt"].post(url, APPROVE).content.decode()
    appoint("petugas", "kepala_balai")
    assert office.clients["petugas"].post(url, APPROVE).status_code == 302
    assert open_visit(case).finished_at is None
    verdict = case.visits.get(row__number=9)
    assert verdict.finished_by == person("petugas")
    assert verdict.finished_capacity == "Plh. Kepala Balai"


def test_an_appointment_that_ends_makes_room_for_the_stand_in_at_midnight(case):
    """The last day counts to 24.00 WIB; from that second the post of step 10 decides."""
    Appointment.objects.filter(user__username="kasi.uji").update(ends_on=TODAY)
    last = NOW.replace(hour=23, minute=59, second=59)
    visit = open_visit(case)
    assert permissions.refusal(visit, person("kasi.uji"), last) is None
    assert permissions.refusal(visit, person("kepala"), last) is not None
    midnight = last + timedelta(seconds=1)
    assert permissions.refusal(visit, person("kasi.uji"), midnight) is not None
    assert permissions.refusal(visit, person("kepala"), midnight) is None


def test_one_person_may_decide_and_sign(office, case):
    the_section_has_no_head()
    kepala = office.clients["kepala"]
    assert kepala.post(step_url(case, 9), APPROVE).status_code == 302
    signed = {"outcome": "sign", "read": "on", "final": "on"}
    assert kepala.post(step_url(case, 10), signed).status_code == 302
    letter = case.letters.get()
    assert letter.signed_by == person("kepala")
    (review,) = letter.version.reviews.all()
    assert (review.by, review.approved) == (person("kepala"), True)
    assert review.sha256 == letter.version.sha256


def answer(username: str, case: Case, **instead: Any) -> None:
    """Answer the open step as a person of one's choosing."""
    visit = open_visit(case)
    client, url = signed_in(username), step_url(case, visit.step)
    opened = client.get(url)
    assert opened.status_code == 200, opened.content.decode()
    body = proposed(opened) | answers(visit, NOW) | instead
    assert client.post(url, body).status_code == 302


def test_who_rewrote_a_returned_draft_has_written_too(case):
    """Each of two writers is out, though neither wrote every version."""
    appoint("kasi.uji", "kasi_pjt")
    answer("kasi.uji", case, outcome="return", note="Saya perbaiki sendiri.")
    answer("kasi.uji", case, body="Permohonan maaf.\n\nDitulis ulang, dengan souvenir.")
    visit = open_visit(case)
    assert visit.step == 9
    assert permissions.letter_writers(visit) == {person("kasi.pjt").pk, person("kasi.uji").pk}
    may = {name for name in STAFF if permissions.refusal(visit, person(name), NOW) is None}
    assert may == {"kepala"}
    versions = case.letters.get().versions.order_by("version")
    assert [v.version for v in versions] == [1, 2]
    assert case.visits.filter(row__number=9).first().note == "Saya perbaiki sendiri."


def test_a_new_letter_has_new_writers(case):
    """Who wrote a letter that became void may decide the one that replaces it."""
    the_head_wrote_an_earlier_version()
    answer("kepala", case)
    answer("kepala", case)
    orders.record_ready(order=case.order, at=NOW, by=person("pj.uji"), now=NOW)
    answer("kasi.pjt", case, outcome="redraft", note="Hasil sudah siap.")
    answer("kasi.pjt", case)
    visit = open_visit(case)
    assert visit.step == 9
    assert Letter.objects.filter(cases=case, voided_at=None).count() == 1
    assert permissions.refusal(visit, person("kasi.uji"), NOW) is None
    assert permissions.refusal(visit, person("kepala"), NOW) == not_yours("Kepala Seksi Pengujian")


def test_returning_a_letter_is_deciding_it_too(case):
    the_writer_heads_the_section_too()
    with nothing_changes(), pytest.raises(NotYours) as refusal:
        actions.finish_step(
            visit=open_visit(case), outcome="return", data={"note": "Ulangi."},
            by=person("kasi.pjt"), now=NOW,
        )  # fmt: skip
    assert refusal.value.sentence == WROTE


def test_a_text_that_nobody_approved_is_not_signed(case):
    """A version written behind step 9's back: the approval is bound to another text."""
    answer("kasi.uji", case)
    writes("kasi.pjt")
    with nothing_changes(), pytest.raises(NotNow) as refusal:
        actions.finish_step(
            visit=open_visit(case), outcome="sign", data={}, by=person("kepala"), now=NOW
        )
    assert refusal.value.sentence.startswith("Teks surat ini belum disetujui.")


def test_the_other_reading_has_four_eyes_as_well(office):
    """Reading B: 8 = PJ Teknis, 9 = Kasi PJT, 10 = Kepala Balai."""
    case = Case.objects.get(pk=office.reading_b)
    visit = open_visit(case)
    assert permissions.letter_writers(visit) == {person("pj.uji").pk}

    def deciders() -> set[str]:
        return {name for name in STAFF if permissions.refusal(visit, person(name), NOW) is None}

    assert deciders() == {"kasi.pjt"}
    appoint("pj.uji", "kasi_pjt")
    assert deciders() == {"kasi.pjt"}
    leaves("kasi.pjt", "kasi_pjt")
    assert deciders() == {"kepala"}
    leaves("kepala", "kepala_balai")
    assert deciders() == set()
    assert permissions.refusal(visit, person("pj.uji"), NOW) == (
        "Langkah 9 menunggu: belum ada Kasi PJT atau Kepala Balai yang tidak ikut menulis surat"
        " ini. Minta administrator menugaskan salah satunya."
    )


def test_the_case_of_the_stand_in_is_walked_to_its_end(case):
    the_section_has_no_head()
    answer("kepala", case)
    at = walk(case, 12, NOW)
    do_step(case, at)
    case.refresh_from_db()
    assert case.ending == Ending.COMPENSATED
