"""Who is told that a step waits for them, in which words, and what it costs."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kompensasi.cases import notifying, visits
from kompensasi.cases.models import Case, Visit
from kompensasi.cases.permissions import capacity_to_finish
from kompensasi.cases.sweep import sweep
from kompensasi.notices import tasks
from kompensasi.notices.models import Notice
from kompensasi.people.models import Appointment, User
from spm_monitor.refusals import NotNow, NotYours
from tests.cases.test_sweep import many
from tests.cases.walking import do_step, open_visit, walk
from tests.conftest import MONDAY, late_order, person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _mail(settings):
    """Mail is on, and everybody has an address."""
    settings.EMAIL_HOST = "smtp.example"
    settings.PUBLIC_URL = "https://kompensasi.example"
    for user in User.objects.all():
        user.email = f"{user.username}@balai.example"
        user.save()


def case_at(step: int | None) -> tuple[Case, Visit]:
    sweep(MONDAY)
    case = Case.objects.get()
    walk(case, step, MONDAY)
    return case, open_visit(case)


def told(visit: Visit) -> set[str]:
    keys = f"visit:{visit.pk}:"
    notices = Notice.objects.filter(key__startswith=keys).select_related("user")
    assert all(n.key == f"{keys}{n.user.pk}" for n in notices)
    return {n.user.username for n in notices}


@pytest.mark.parametrize("step", range(1, 12))
def test_those_who_may_finish_a_step_are_told_and_nobody_else(mug, step):
    ready = {"ready_at": MONDAY - timedelta(days=1)} if step == 3 else {}
    late_order(
        phone="081234567890", email="mutu@pelanggan.example", contact_name="Ibu Sari", **ready
    )
    case, visit = case_at(step)

    def may_finish(user: User) -> bool:
        try:
            return bool(capacity_to_finish(visit, user, visit.opens_at))
        except NotNow:
            return True
        except NotYours:
            return False

    allowed = {user.username for user in User.objects.all() if may_finish(user)}
    assert allowed
    assert told(visit) == allowed
    notice = Notice.objects.filter(key__startswith=f"visit:{visit.pk}:").first()
    assert notice.subject == f"Langkah {step} menunggu Anda: {case.number}"
    assert f"https://kompensasi.example/kasus/{case.pk}/langkah/{step}/" in notice.body
    assert "Tenggat langkah: Senin, 23 November 2026" in notice.body
    for private in ("081234567890", "mutu@pelanggan.example", "Ibu Sari", case.order.customer.name):
        assert private not in notice.subject + notice.body


def test_the_customers_step_tells_nobody(mug):
    late_order()
    _, visit = case_at(12)
    assert told(visit) == set()


def test_who_wrote_the_letter_is_not_told_to_approve_it(mug):
    late_order()
    case, visit = case_at(8)
    own = visit.case.revision.steps.get(number=9).actor
    other = Appointment.objects.filter(post=own, section=case.order.section).get()
    Appointment.objects.create(
        user=person("kasi.pjt"), post=own, section=case.order.section, kind=2,
        order_number="SP-2", order_date=MONDAY.date(), starts_on=MONDAY.date(),
    )  # fmt: skip
    do_step(case, visit.opens_at)
    assert told(open_visit(case)) == {other.user.username}


def test_a_closed_account_and_an_expired_appointment_are_told_nothing():
    User.objects.filter(username="kasi.pjt").update(is_active=False)
    late_order()
    _, visit = case_at(1)
    assert told(visit) == set()
    assert not Notice.objects.filter(user__username="plh.kepala").exists()


def test_a_return_to_monitoring_is_told_when_it_opens():
    late_order()
    sweep(MONDAY)
    case = Case.objects.get()
    walk(case, 2, MONDAY)
    visit = open_visit(case)
    visits.close_for_system(case, "test", "", capacity="Sistem", by=None, now=MONDAY)
    visit = visits.enter_step(case, 1, MONDAY)
    notice = Notice.objects.get(key__startswith=f"visit:{visit.pk}:")
    assert notice.next_try_at == visit.opens_at > MONDAY + timedelta(hours=12)


def test_a_sweep_of_many_is_one_notice_a_person():
    many(24)
    sweep(MONDAY)
    (notice,) = Notice.objects.all()
    assert notice.user == person("kasi.pjt")
    assert notice.subject == "24 kasus menunggu Anda di langkah 1"
    assert "https://kompensasi.example/\n" in notice.body


def test_a_sweep_in_several_batches_loses_no_case(monkeypatch):
    monkeypatch.setattr("kompensasi.cases.sweep.BATCH", 10)
    many(24)
    sweep(MONDAY)
    subjects = [n.subject for n in Notice.objects.order_by("pk")]
    assert [int(s.split()[0]) for s in subjects] == [10, 10, 4]


def test_telling_costs_the_same_for_many_visits():
    many(40)
    sweep(MONDAY)
    visits = list(Visit.objects.select_related("row__actor", "case__order"))

    def queries(count: int) -> int:
        Notice.objects.all().delete()
        with CaptureQueriesContext(connection) as caught:
            notifying.tell_holders(visits[:count], MONDAY)
        assert Notice.objects.count() == 1
        return len(caught)

    assert queries(2) == queries(40) == 2


def test_where_mail_is_off_it_costs_nothing(settings, django_assert_num_queries):
    late_order()
    _, visit = case_at(1)
    settings.EMAIL_HOST = ""
    with django_assert_num_queries(0):
        notifying.tell_holders([visit], MONDAY)


def test_no_request_waits_for_the_broker(monkeypatch):
    """FAULTS 7, B6, B7: a broker that hangs must not hang who finishes a step."""

    class Hung(Exception):
        """Somebody talked to the broker."""

    def hangs(*_: object, **__: object) -> None:
        raise Hung

    monkeypatch.setattr("kombu.connection.Connection.default_channel", property(hangs))
    monkeypatch.setattr("kombu.connection.Connection.channel", hangs)
    late_order()
    case, visit = case_at(2)
    assert do_step(case, visit.opens_at).status_code == 302
    assert told(open_visit(case))
    with pytest.raises(Hung):
        tasks.send.delay()
