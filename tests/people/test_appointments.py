"""What a person may do follows from the appointments in force, at that instant, in that section."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import RequestFactory

from kompensasi.cases.inbox import may_approve
from kompensasi.context import page
from kompensasi.people.models import Appointment, Post, PostTitle, User
from kompensasi.sop.models import Revision, RevisionStep
from spm_monitor.models import Section
from spm_monitor.wording import name_id
from spm_monitor.workdays import WIB
from tests.conftest import MONDAY, make_order, person

pytestmark = pytest.mark.django_db
Kind = Appointment.Kind
SIGN = "letters.see_register"  # a right of the head, for the whole balai
READY = "spm_monitor.record_ready"
SECOND = timedelta(seconds=1)


def appoint(user: User, post: str, *, section: str = "", **facts) -> Appointment:
    """An appointment as a row."""
    return Appointment.objects.create(
        user=user,
        post=Post.objects.get(code=post),
        section=Section.objects.get(code=section) if section else None,
        **{
            "order_number": "SP-1",
            "order_date": date(2026, 11, 1),
            "starts_on": date(2026, 11, 1),
            **facts,
        },
    )


@pytest.fixture
def rina() -> User:
    return User.objects.create_user("rina", full_name="Rina")


def wib(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=WIB)


# --- from when, until when --------------------------------------------------------------------


def test_a_person_without_an_appointment_has_no_right(rina):
    assert rina.appointments_on(MONDAY) == []
    assert not rina.has_perm("sop.view_revision")
    assert not rina.is_staff
    assert rina.sections_for(READY, MONDAY) == set()


def test_an_appointment_counts_from_midnight_wib_to_24_00_wib_of_its_last_day(rina):
    appoint(
        rina,
        "kepala_balai",
        kind=Kind.PLH,
        starts_on=date(2026, 11, 20),
        ends_on=date(2026, 11, 23),
    )

    begins, ends = wib(2026, 11, 20), wib(2026, 11, 24)
    assert rina.capacity_for(SIGN, None, begins - SECOND) is None
    assert rina.capacity_for(SIGN, None, begins) is not None
    assert rina.capacity_for(SIGN, None, ends - timedelta(microseconds=1)) is not None
    assert rina.capacity_for(SIGN, None, ends) is None


@pytest.mark.parametrize(
    ("instant", "held"),
    [("2026-11-23T16:59:59+00:00", True), ("2026-11-23T17:00:00+00:00", False)],
)
def test_the_day_ends_in_palembang_not_in_greenwich(rina, instant, held):
    appoint(rina, "kepala_balai", kind=Kind.PLH, ends_on=date(2026, 11, 23))

    with time_machine.travel(datetime.fromisoformat(instant), tick=False):
        assert rina.has_perm(SIGN) is held


def test_an_expired_appointment_gives_no_right_at_all():
    plh = person("plh.kepala")

    with time_machine.travel(MONDAY):
        held = {p for a in plh.appointments.all() for p in a.post.permission_names}
        assert held
        assert not any(plh.has_perm(right) for right in held)
        assert not any(plh.has_module_perms(right.partition(".")[0]) for right in held)


def test_a_right_ends_for_a_person_who_is_signed_in(client, rina):
    appoint(rina, "kepala_balai", kind=Kind.PLH, ends_on=date(2026, 11, 23))
    with time_machine.travel(wib(2026, 11, 23, 23, 59, 50)) as clock:
        client.force_login(rina)
        assert client.get("/surat/").status_code == 200

        clock.shift(10)

        assert client.get("/surat/").status_code == 403


def test_the_holder_keeps_his_rights_while_a_plh_acts(rina):
    appoint(rina, "kepala_balai", kind=Kind.PLH)

    assert person("kepala").capacity_for(SIGN, None, MONDAY) is not None
    assert rina.capacity_for(SIGN, None, MONDAY).kind == Kind.PLH


def test_a_closed_account_holds_nothing(rina):
    appoint(rina, "kepala_balai")
    rina.is_active = False

    assert rina.appointments_on(MONDAY) == []
    assert not rina.has_perm(SIGN)
    assert not rina.has_module_perms("letters")


def test_one_person_may_hold_several_posts_and_acts_by_the_one_that_allows_it(rina):
    appoint(rina, "pj_teknis", section="kal")
    appoint(rina, "kepala_balai", kind=Kind.PLH)

    assert rina.capacity_for(SIGN, None, MONDAY).post.code == "kepala_balai"
    assert rina.capacity_for(READY, None, MONDAY).post.code == "pj_teknis"
    assert [str(a) for a in rina.appointments_on(MONDAY)] == [
        "Penanggung Jawab Teknis Kalibrasi",
        "Plh. Kepala Balai",
    ]


# --- where ------------------------------------------------------------------------------------


def test_a_right_of_a_section_ends_at_the_section():
    uji, kal = (Section.objects.get(code=code) for code in ("uji", "kal"))
    analyst = person("pj.uji")

    assert analyst.capacity_for(READY, uji.pk, MONDAY) is not None
    assert analyst.capacity_for(READY, kal.pk, MONDAY) is None
    assert analyst.sections_for(READY, MONDAY) == {uji.pk}


def test_a_post_of_the_whole_balai_reaches_every_section():
    kal = Section.objects.get(code="kal")

    assert person("kasi.pjt").capacity_for(READY, kal.pk, MONDAY) is not None
    assert person("kasi.pjt").sections_for(READY, MONDAY) is None


def test_django_s_question_about_an_object_asks_for_its_section():
    own, other = make_order("UJI-9"), make_order("KAL-9", service="KAL")

    assert person("pj.uji").has_perm(READY, own)
    assert not person("pj.uji").has_perm(READY, other)
    assert person("pj.uji").has_perms([READY, "spm_monitor.view_order"], own)
    assert not person("pj.uji").has_perms([READY, SIGN], own)


# --- no other way -----------------------------------------------------------------------------


def test_there_is_no_superuser(rina):
    names = {field.name for field in User._meta.get_fields()}
    assert not names & {"is_superuser", "is_staff", "groups", "user_permissions"}
    assert not hasattr(User.objects, "create_superuser")

    rina.is_superuser = True  # as some other code might try

    assert not rina.has_perm("people.administer")
    assert not rina.is_staff


def test_only_the_administrator_s_post_administers():
    with time_machine.travel(MONDAY):
        holders = [user.username for user in User.objects.all() if user.is_staff]
    assert holders == ["admin"]


# --- what an office cannot have ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "field", "sentence"),
    [
        ({"post": "pelanggan"}, "post", "Jabatan ini di luar kantor dan tidak ditugaskan."),
        ({"post": "pj_teknis"}, "section", "Pilih seksi untuk jabatan ini."),
        (
            {"post": "petugas", "section": "uji"},
            "section",
            "Jabatan ini berlaku untuk seluruh balai.",
        ),
        (
            {"post": "kepala_balai"},
            "post",
            "Jabatan ini sudah memiliki pemegang definitif pada masa itu: Kepala Balai (contoh),"
            " sejak 1 Januari 2010. Akhiri dahulu penugasannya, atau pilih Plt. atau Plh.",
        ),
        (
            {"post": "kepala_seksi", "section": "kal"},
            "post",
            "Jabatan ini sudah memiliki pemegang definitif pada masa itu:"
            " Kepala Seksi Kalibrasi (contoh), sejak 1 Januari 2010."
            " Akhiri dahulu penugasannya, atau pilih Plt. atau Plh.",
        ),
    ],
)
def test_an_impossible_appointment_is_refused_in_words(rina, facts, field, sentence):
    section = facts.get("section")
    appointment = Appointment(
        user=rina,
        post=Post.objects.get(code=facts["post"]),
        section=Section.objects.get(code=section) if section else None,
        order_number="SP-1",
        order_date=MONDAY.date(),
        starts_on=MONDAY.date(),
    )
    with pytest.raises(ValidationError) as refusal:
        appointment.full_clean()

    assert refusal.value.message_dict == {field: [sentence]}


@pytest.mark.parametrize("kind", [Kind.PLT, Kind.PLH])
def test_beside_a_definitive_holder_others_may_act(rina, kind):
    appoint(rina, "kepala_balai", kind=kind).full_clean()


def test_several_technicians_of_one_section_may_be_appointed(rina):
    appoint(rina, "pj_teknis", section="uji").full_clean()


def test_a_head_may_follow_a_head(rina):
    Appointment.objects.filter(user=person("kepala")).update(ends_on=date(2026, 10, 31))

    appoint(rina, "kepala_balai").full_clean()


def test_an_appointment_cannot_end_before_it_begins(rina):
    with pytest.raises(IntegrityError), transaction.atomic():
        appoint(rina, "petugas", ends_on=date(2026, 10, 31))


def test_a_title_is_the_one_of_its_day(rina):
    post = Post.objects.get(code="kepala_seksi")
    PostTitle.objects.create(post=post, title="Ketua Tim", valid_from=date(2022, 1, 1))
    appointment = appoint(rina, "kepala_seksi", section="kal", kind=Kind.PLT)

    assert appointment.title(date(2021, 12, 31)) == "Plt. Kepala Seksi Kalibrasi"
    assert appointment.title(date(2022, 1, 1)) == "Plt. Ketua Tim Kalibrasi"


# --- what stands around a page ----------------------------------------------------------------

ALL = [
    "Tugas saya", "Pesanan", "Monitoring SPM", "Kasus kompensasi", "Persetujuan", "Surat",
    "Souvenir", "Laporan", "SOP",
]  # fmt: skip


def ways(username: str) -> list[str]:
    """What the navigation offers a person."""
    return [item.label for item in around(username)["navigation"]]


def around(username: str, path: str = "/") -> dict:
    request = RequestFactory().get(path)
    request.user = person(username) if username else AnonymousUser()
    return page(request)


@pytest.mark.parametrize(
    ("username", "missing"),
    [
        ("kepala", set()),
        ("kasi.pjt", {"Persetujuan"}),
        ("petugas", {"Persetujuan"}),
        ("auditor", {"Persetujuan"}),
        ("pj.uji", {"Persetujuan", "Surat", "Souvenir"}),
        ("kasi.uji", {"Persetujuan", "Surat", "Souvenir"}),
        ("agenda", {"Persetujuan", "Souvenir"}),
        ("plh.kepala", {*ALL} - {"Tugas saya", "SOP"}),
    ],
)
def test_the_navigation_offers_what_one_may_open(username, missing):
    with time_machine.travel(MONDAY):
        assert ways(username) == [label for label in ALL if label not in missing]


def test_the_navigation_leads_nowhere_that_refuses(client):
    with time_machine.travel(MONDAY):
        for username in ("kepala", "petugas", "agenda", "auditor", "pj.kal", "plh.kepala"):
            client.force_login(person(username))
            for item in around(username)["navigation"]:
                assert client.get(item.url).status_code == 200, (username, item.url)


def test_only_the_administrator_is_led_to_the_settings():
    with time_machine.travel(MONDAY):
        assert "Pengaturan" in ways("admin")
        assert "Persetujuan" not in ways("admin")


def test_the_page_one_is_on_is_marked():
    for path, label in (("/", "Tugas saya"), ("/kasus/7/langkah/3/", "Kasus kompensasi")):
        marked = [item.label for item in around("kepala", path)["navigation"] if item.current]
        assert marked == [label]


def test_the_page_says_as_what_one_acts_and_until_when(rina):
    appoint(rina, "kepala_balai", kind=Kind.PLH, ends_on=date(2026, 11, 28))
    with time_machine.travel(MONDAY):
        assert around("rina")["capacities"] == ["Plh. Kepala Balai s.d. 28 Nov 2026"]
        assert around("kasi.uji")["capacities"] == ["Kepala Seksi Pengujian"]


def test_a_stranger_sees_the_office_and_no_way_in():
    context = around("")

    assert context["balai_name"] == "BALAI STANDARDISASI DAN PELAYANAN JASA INDUSTRI PALEMBANG"
    assert "(0711) 412482" in context["balai_contact"]
    assert context["navigation"] == context["capacities"] == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("BALAI RISET DAN STANDARDISASI INDUSTRI", "Balai Riset dan Standardisasi Industri"),
        ("BSPJI PALEMBANG (UPTD II)", "BSPJI Palembang (UPTD II)"),
        ("Balai Besar (BBSPJI) di Medan", "Balai Besar (BBSPJI) di Medan"),
    ],
)
def test_a_page_shows_the_name_in_ordinary_letters(name, shown):
    assert name_id(name) == shown


def test_the_office_has_the_name_of_its_day():
    with time_machine.travel(datetime(2021, 6, 1, tzinfo=WIB)):
        assert around("")["balai_name"].startswith("BALAI RISET DAN STANDARDISASI")


def test_what_stands_around_costs_one_query(django_assert_num_queries):
    request = RequestFactory().get("/")
    request.user = person("kepala")
    request.user.appointments_on(MONDAY)  # kept on the person

    with django_assert_num_queries(1):
        page(request)


def test_who_approves_is_the_word_of_the_revision_in_force():
    assert may_approve(person("kepala"), MONDAY)
    assert not may_approve(person("kasi.pjt"), MONDAY)

    in_force = Revision.in_force(MONDAY.date())
    RevisionStep.objects.filter(revision=in_force, number=10).update(
        actor=Post.objects.get(code="kasi_pjt")
    )

    assert may_approve(person("kasi.pjt"), MONDAY)
    assert may_approve(person("kepala"), MONDAY)  # still instructs, at 7
    assert not may_approve(person("kepala"), datetime(2009, 1, 1, tzinfo=WIB))  # no SOP then
