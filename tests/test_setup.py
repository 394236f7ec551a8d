"""`manage.py setup`: a new office gets its base data; what the office did to it stays."""

import os
import string
import time
from datetime import date, datetime, timedelta

import holidays
import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.core.serializers import serialize
from django.db import OperationalError

from kompensasi import base_data
from kompensasi.letters.models import Letterhead, LetterTemplate, Variant
from kompensasi.people.models import Post
from kompensasi.sop.models import Revision
from kompensasi.souvenirs.models import SouvenirClass
from spm_monitor import journal
from spm_monitor.clock import load_calendar
from spm_monitor.models import (
    Holiday,
    ObstacleCause,
    OfficeHours,
    Section,
    Service,
    SpmStandard,
)
from spm_monitor.workdays import WIB

OURS = ("spm_monitor", "people", "sop", "letters", "souvenirs")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _base_data(db):
    base_data.load()


def everything() -> str:
    """Every row of our tables, links between them included, as text."""
    models = [model for app in OURS for model in apps.get_app_config(app).get_models()]
    rows = [row for model in models for row in model._default_manager.order_by("pk")]
    return serialize("json", rows)


# --- a second run -----------------------------------------------------------------------------
def test_a_second_load_changes_nothing():
    before = everything()
    assert base_data.load() == []
    assert everything() == before


def test_edited_rows_survive():
    Service.objects.filter(code="KAL").update(name="Kalibrasi Alat Ukur")
    SpmStandard.objects.filter(service__code="KAL").update(days=3)
    Post.objects.get(code="agenda").permissions.clear()
    ObstacleCause.objects.filter(code="bencana").update(sentence="banjir")
    Letterhead.objects.update(contact="Telp. 1")
    LetterTemplate.objects.update(body="Isi lain")
    Revision.objects.filter(code="21-bipa-5-a").update(remarks="")
    SouvenirClass.objects.update(name="Cangkir")
    OfficeHours.objects.exclude(valid_from=None).update(name="Jam kantor")
    before = everything()
    assert base_data.load() == []
    assert everything() == before


def test_deleted_and_renamed_rows_do_not_come_back():
    SpmStandard.objects.filter(service__code="SERT-HIJAU").delete()
    Service.objects.filter(code="SERT-HIJAU").delete()
    ObstacleCause.objects.filter(code="lainnya").delete()
    Section.objects.filter(code="kal").update(code="kalibrasi")
    LetterTemplate.objects.filter(variant=Variant.EXPECTED).delete()
    OfficeHours.objects.exclude(valid_until=None).delete()
    assert base_data.load() == []
    assert not Service.objects.filter(code="SERT-HIJAU").exists()
    assert not Section.objects.filter(code="kal").exists()


def test_a_year_with_one_edited_holiday_is_left_alone():
    Holiday.objects.filter(date__year=2026).exclude(date=date(2026, 8, 17)).delete()
    Holiday.objects.filter(date=date(2026, 8, 17)).update(name="HUT RI", decree="SKB revisi")
    assert base_data.load() == []
    kept = Holiday.objects.get(date__year=2026)
    assert (kept.name, kept.decree) == ("HUT RI", "SKB revisi")


def test_only_the_year_without_holidays_is_filled():
    Holiday.objects.filter(date__year=2025).delete()
    Holiday.objects.filter(date__year=2026).update(name="Libur")
    missing = base_data.load()
    assert missing == [f"{Holiday.objects.filter(date__year=2025).count()} hari libur"]
    assert set(Holiday.objects.filter(date__year=2026).values_list("name", flat=True)) == {"Libur"}


def test_a_missing_revision_comes_back_whole():
    Revision.objects.filter(code="21-bipa-5-b").delete()
    assert base_data.load() == ["1 revisi SOP"]
    revision = Revision.objects.get(code="21-bipa-5-b")
    assert (revision.steps.count(), revision.texts.count()) == (12, 15)


def test_a_revision_that_comes_later_is_not_put_in_force():
    """The office renamed A's code: its twin arrives, and new cases still follow the office's."""
    Revision.objects.filter(code="21-bipa-5-a").update(code="resmi")
    assert base_data.load() == ["1 revisi SOP"]
    assert Revision.objects.get(code="21-bipa-5-a").in_force_from is None
    assert Revision.in_force(date(2026, 11, 24)).code == "resmi"


# --- services and calendar --------------------------------------------------------------------
def test_services_and_their_example_standards():
    promised = {
        service.code: (service.section.code, service.standard_on(date(2026, 1, 1)))
        for service in Service.objects.select_related("section")
    }
    assert {code: (section, spm.days) for code, (section, spm) in promised.items()} == {
        "UJI-ANEKA": ("uji", 15),
        "UJI-LINGKUNGAN": ("uji", 15),
        "KAL": ("kal", 5),
        "SERT-PRODUK": ("sert", 41),
        "SERT-MUTU": ("sert", 38),
        "SERT-HIJAU": ("sert", 35),
        "SERT-LINGKUNGAN": ("sert", 32),
    }
    for _, spm in promised.values():
        assert spm.unit == SpmStandard.Unit.WORKING
        assert spm.waits_for_documents
        assert spm.waits_for_payment
        assert "contoh" in spm.decree
        assert spm.valid_from == date(2010, 1, 1)


def test_office_hours_are_37_and_a_half_a_week():
    calendar = load_calendar()
    monday = datetime(2026, 11, 16, tzinfo=WIB)
    assert calendar.minutes_between(monday, monday + timedelta(7)) == 37.5 * 60
    opens = calendar.add_minutes(datetime(2026, 11, 19, 15, 55, tzinfo=WIB), 15)
    assert opens == datetime(2026, 11, 20, 7, 40, tzinfo=WIB)  # DOMAIN 2


def ramadan() -> OfficeHours:
    return OfficeHours.objects.get(name__startswith="Ramadan")


def test_the_prepared_ramadan_hours_change_no_day():
    def worked():
        calendar, day = load_calendar(), datetime(1999, 12, 1, tzinfo=WIB)
        return [calendar.minutes_between(day, day + timedelta(n)) for n in range(120)]

    before = worked()
    ramadan().delete()
    assert worked() == before


def test_ramadan_hours_count_once_a_year_is_entered():
    OfficeHours.objects.filter(pk=ramadan().pk).update(
        valid_from=date(2026, 2, 18), valid_until=date(2026, 3, 19)
    )
    calendar = load_calendar()
    monday = datetime(2026, 2, 23, tzinfo=WIB)
    assert calendar.minutes_between(monday, monday + timedelta(7)) == 32.5 * 60
    assert calendar.closing(date(2026, 2, 27)) == datetime(2026, 2, 27, 15, 30, tzinfo=WIB)


def test_holidays_of_2010_to_2027_with_joint_ones():
    years = {day.year for day in Holiday.objects.dates("date", "year")}
    assert years == set(range(2010, 2028))
    public = holidays.country_holidays("ID", years=range(2010, 2028), categories=("public",))
    either = holidays.country_holidays(
        "ID", years=range(2010, 2028), categories=("public", "government")
    )
    kept = dict(Holiday.objects.values_list("date", "joint"))
    assert kept == {day: day not in public for day in either}
    assert not Holiday.objects.exclude(decree__contains="SKB Tiga Menteri").exists()
    freedom, joint = (Holiday.objects.get(date=d) for d in (date(2026, 8, 17), date(2026, 3, 20)))
    assert (freedom.name, freedom.joint) == ("Hari Kemerdekaan Republik Indonesia", False)
    assert (joint.name, joint.joint) == ("Cuti Bersama Hari Raya Idul Fitri", True)


# --- posts and rights -------------------------------------------------------------------------
def holders(right: str) -> set[str]:
    return {post.code for post in Post.objects.all() if right in post.permission_names}


def test_posts_are_the_offices():
    posts = Post.objects.values_list("code", "per_section", "exclusive", "external")
    assert list(posts) == [
        ("pelanggan", False, False, True),
        ("pj_teknis", True, False, False),
        ("kepala_balai", False, True, False),
        ("kasi_pjt", False, True, False),
        ("kepala_seksi", True, True, False),
        ("petugas", False, False, False),
        ("agenda", False, False, False),
        ("auditor", False, False, False),
        ("admin", False, False, False),
    ]
    assert Post.objects.get(code="kasi_pjt").title(date(2006, 1, 1)) == "Kasi PJT"


def test_who_may_do_what():
    assert holders("cases.open_case") == {"kasi_pjt"}
    assert holders("cases.record_for_customer") == {"kasi_pjt"}
    assert holders("cases.cancel_case") == {"admin"}
    assert holders("spm_monitor.record_estimate") == {"pj_teknis", "kepala_seksi"}
    assert holders("spm_monitor.record_ready") == {
        "kasi_pjt",
        "petugas",
        "pj_teknis",
        "kepala_seksi",
    }
    for right in ("enter_order", "import_order", "record_paid", "record_withdrawn", "see_contact"):
        assert holders(f"spm_monitor.{right}") == {"kasi_pjt", "petugas"}
    assert holders("souvenirs.manage_stock") == {"kasi_pjt", "petugas"}
    assert holders("spm_monitor.view_journalentry") == {"auditor", "admin"}
    assert holders("people.administer") == {"admin"}
    assert holders("spm_monitor.delete_holiday") == {"admin"}


def test_every_post_of_the_office_reads_orders_cases_and_letters():
    inside = {post.code for post in Post.objects.filter(external=False)}
    for right in ("spm_monitor.view_order", "cases.view_case", "letters.view_letter"):
        assert holders(right) == inside


def rights(code: str) -> frozenset[str]:
    return Post.objects.get(code=code).permission_names


def test_the_administrator_has_no_business_right():
    business = {"enter_order", "import_order", "see_contact", "open_case", "manage_stock"}
    held = {right.partition(".")[2] for right in rights("admin")}
    assert not held & business
    assert not [right for right in held if right.startswith("record_")]


def test_the_auditor_reads_and_changes_nothing():
    verbs = {right.partition(".")[2].partition("_")[0] for right in rights("auditor")}
    assert verbs == {"view", "see"}


def test_the_customer_has_no_account_and_no_right():
    assert rights("pelanggan") == frozenset()


# --- letters, causes, souvenirs ---------------------------------------------------------------
def test_a_letter_of_2021_prints_the_name_of_2021():
    old, new = (Letterhead.objects.on(date(year, 12, 31)) for year in (2021, 2022))
    assert old.unit == "BALAI RISET DAN STANDARDISASI INDUSTRI PALEMBANG"
    assert new.unit == "BALAI STANDARDISASI DAN PELAYANAN JASA INDUSTRI PALEMBANG"
    assert new.number_format.format(
        urut=7, unit=new.unit_code, klasifikasi=new.classification, bulan_romawi="XI", tahun=2026
    ) == ("B/7/BSKJI/BSPJI-Palembang/SM.02/XI/2026")


FACTS = {
    "nomor_pesanan": "P-1",
    "tanggal_pesanan": "2 November 2026",
    "layanan": "Kalibrasi",
    "sampel_kalimat": " untuk timbangan",
    "target_selesai": "9 November 2026",
    "tanggal_baru": "12 November 2026",
    "hari_terlambat": 3,
    "sebab": "antrean",
    "kontak": "telepon (0711) 412482",
}


@pytest.mark.parametrize("variant", Variant.values)
def test_a_template_says_all_a_letter_must(variant):
    template = LetterTemplate.objects.filter(variant=variant).on(date(2026, 1, 1))
    names = [name for _, name, _, _ in string.Formatter().parse(template.body) if name]
    assert set(names) == {*FACTS, "souvenir"}
    text = template.body.format(**FACTS, souvenir=template.souvenir_sentence)
    paragraphs = text.split("\n\n")
    assert template.souvenir_sentence in paragraphs
    assert "permohonan maaf" in text
    assert "lapor.go.id" in text
    assert "terima kasih" in paragraphs[-1]
    assert "Kalibrasi untuk timbangan," in text
    assert "{" not in template.souvenir_sentence + template.subject


def test_each_cause_completes_the_letters_sentence():
    assert list(ObstacleCause.objects.values_list("name", flat=True)) == [
        "Kerusakan alat",
        "Bencana",
        "Ketersediaan SDM",
        "Bahan habis",
        "Antrean",
        "Subkontrak",
        "Uji ulang",
        "Listrik/jaringan",
        "Lainnya",
    ]
    for sentence in ObstacleCause.objects.values_list("sentence", flat=True):
        assert sentence[0].islower()
        assert sentence[-1].isalpha()


def test_one_class_of_souvenir_and_no_tiers():
    assert [str(row) for row in SouvenirClass.objects.all()] == ["Souvenir standar"]


# --- the command ------------------------------------------------------------------------------
def test_setup_says_what_it_did(capsys, settings, tmp_path):
    settings.STATIC_ROOT = tmp_path / "static"
    SouvenirClass.objects.all().delete()
    call_command("setup", "--no-static")
    call_command("setup", "--no-static")
    assert capsys.readouterr().out.splitlines() == [
        "Basis data: sudah mutakhir",
        "Data dasar: 1 kelas souvenir",
        "Basis data: sudah mutakhir",
        "Data dasar: sudah lengkap",
    ]
    assert not settings.STATIC_ROOT.exists()


def test_setup_collects_static_files_when_a_source_changed(capsys, settings, tmp_path):
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / "page.css").write_text("p { color: red }")
    settings.STATICFILES_DIRS = [sources]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = tmp_path / "static"

    def static_line():
        call_command("setup")
        return capsys.readouterr().out.splitlines()[-1]

    assert static_line() == "Berkas statis: terkumpul"
    assert "red" in (settings.STATIC_ROOT / "page.css").read_text()
    assert static_line() == "Berkas statis: sudah mutakhir"
    (sources / "page.css").write_text("p { color: blue }")
    an_hour_on = time.time() + 3600  # collectstatic compares whole seconds
    os.utime(sources / "page.css", (an_hour_on, an_hour_on))
    assert static_line() == "Berkas statis: terkumpul"
    assert "blue" in (settings.STATIC_ROOT / "page.css").read_text()


def test_setup_refuses_a_journals_key_that_did_not_seal_it(settings):
    with journal.act():
        journal.record("order.entered", Section.objects.first(), by=None, now=datetime.now(WIB))
    call_command("setup", no_static=True)
    settings.JOURNAL_KEY = "another" * 6
    with pytest.raises(CommandError, match="bukan kunci yang menyegel jurnal ini"):
        call_command("setup", no_static=True)


def test_setup_explains_a_database_that_does_not_answer(monkeypatch):
    def refuse():
        raise OperationalError("connection refused")

    monkeypatch.setattr(base_data, "load", refuse)
    with pytest.raises(CommandError, match="Basis data tidak dapat dipakai: connection refused"):
        call_command("setup", "--no-static")
