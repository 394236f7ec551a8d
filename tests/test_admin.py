"""Master data in Django's admin: the administrator's alone, and every write on record."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db.models import F
from django.forms import CheckboxInput
from django.urls import reverse
from django.utils import timezone

from kompensasi.cases.models import Case, Visit
from kompensasi.cases.sweep import sweep
from kompensasi.demo.walk import walk
from kompensasi.letters.models import (
    Letter,
    Letterhead,
    LetterReview,
    LetterTemplate,
    LetterVersion,
)
from kompensasi.people.models import Appointment, Post, PostTitle, User
from kompensasi.sop.models import Revision
from kompensasi.souvenirs.models import (
    Dispatch,
    Item,
    Movement,
    Receipt,
    Reservation,
    SouvenirClass,
    Tier,
)
from spm_monitor import journal
from spm_monitor.admin import Journalled
from spm_monitor.master_data import HIDDEN
from spm_monitor.models import (
    Customer,
    Holiday,
    JournalEntry,
    ObstacleCause,
    OfficeHours,
    Order,
    Section,
    Service,
    SpmStandard,
)
from tests.conftest import MONDAY, late_order, person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.slow]
MASTER = (
    Section, Service, SpmStandard, ObstacleCause, Customer, User, Post,
    Appointment, Letterhead, LetterTemplate, SouvenirClass, Tier, Item,
)  # fmt: skip
WORK = (
    Holiday, OfficeHours, Order, JournalEntry, Case, Letter, LetterVersion, Movement,
    Reservation, Dispatch,
)  # fmt: skip
NEW = "gerimis-di-tepi-musi"


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def office():
    """The administrator at the desk."""
    return signed_in("admin")


def address(model, what: str, *args) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{what}", args=args)


def form_of(client, url: str) -> dict[str, str | list[str]]:
    """What the page's form would send back untouched."""
    context = client.get(url).context
    forms = [context["adminform"].form]
    for formset in context["inline_admin_formsets"]:
        forms += [formset.formset.management_form, *formset.formset.initial_forms]
    data: dict[str, str | list[str]] = {}
    for form in forms:
        for field in form:
            value, widget = field.value(), field.field.widget
            if isinstance(value, list | tuple | set):
                data[field.html_name] = [str(getattr(v, "pk", v)) for v in value]
            elif isinstance(widget, CheckboxInput):
                if value:
                    data[field.html_name] = "on"
            elif value is not None:
                shown = widget.format_value(value) if hasattr(widget, "format_value") else value
                data[field.html_name] = (shown[0] if isinstance(shown, list) else shown) or ""
    return data


def change(client, obj, **facts):
    """Send an object's page with some fields changed."""
    url = address(type(obj), "change", obj.pk)
    return client.post(url, form_of(client, url) | facts)


def add(client, model, **facts):
    url = address(model, "add")
    return client.post(url, form_of(client, url) | facts)


def errors(answer) -> list[str]:
    """All that the page found wrong."""
    assert answer.status_code == 200, "it was saved"
    found: list[str] = []
    for group in answer.context["errors"]:
        found += [group] if isinstance(group, str) else [str(error) for error in group]
    return found


# --- whose ------------------------------------------------------------------------------------


def test_a_stranger_signs_in_at_the_one_door(client):
    for path in ("/admin/", "/admin/login/", "/admin/people/user/"):
        address, status = client.get(path, follow=True).redirect_chain[-1]
        assert address.startswith("/masuk/?next=/admin/")
        assert status == 302


@pytest.mark.parametrize(
    "username",
    ["kasi.pjt", "pj.uji", "kasi.kal", "kepala", "petugas", "agenda", "auditor", "plh.kepala"],
)
def test_to_everybody_else_it_is_closed_in_words(username):
    client = signed_in(username)

    for path in ("/admin/", address(User, "add"), address(Post, "changelist")):
        answer = client.get(path, follow=True)
        assert answer.status_code == 403
        assert "Pengaturan dibuka oleh administrator." in answer.content.decode()
    answer = client.post(address(Section, "add"), {"code": "x", "name": "X"}, follow=True)
    assert answer.status_code == 403
    assert not Section.objects.filter(code="x").exists()


def test_it_closes_when_the_appointment_ends(office):
    assert office.get("/admin/").status_code == 200

    Appointment.objects.filter(user=person("admin")).update(ends_on=date(2026, 11, 22))

    assert office.get("/admin/", follow=True).status_code == 403


def test_master_data_is_written_here_and_the_work_of_the_office_only_read():
    ours = {model for model in admin.site._registry if model.__module__.startswith(("spm", "komp"))}

    written = {model for model in ours if isinstance(admin.site._registry[model], Journalled)}

    assert written == {*MASTER}
    assert ours - written == {*WORK, Revision}


def test_the_post_of_the_administrator_opens_every_page_of_it(office, mug):
    Customer.objects.create(name="PT Musi")
    Tier.objects.create(
        valid_from=date(2026, 1, 1),
        from_days=8,
        souvenir_class=SouvenirClass.objects.first(),
        decree="SK 1",
    )
    listed = office.get("/admin/").content.decode()

    for model in (*MASTER, Revision):
        assert address(model, "changelist") in listed
        first = model._base_manager.order_by("pk").first()
        paths = [address(model, "changelist"), address(model, "change", first.pk)]
        paths += [address(model, "history", first.pk)]
        for path in [*paths, *([] if model is Revision else [address(model, "add")])]:
            answer = office.get(path)
            assert answer.status_code == 200, path
            assert '<html lang="id"' in answer.content.decode()


def test_tables_of_django_are_not_offered(office):
    page = office.get("/admin/").content.decode()

    assert "/admin/auth/" not in page
    assert office.get("/admin/auth/group/").status_code == 403


def test_the_pages_are_headed_in_indonesian(office):
    page = office.get("/admin/").content.decode()

    assert "SPM &amp; Kompensasi: pengaturan" in page
    assert "Django" not in re.sub(r"<[^>]*>", "", page)


def test_one_s_own_password_is_changed_where_everybody_does(office):
    assert office.get("/admin/password_change/").url == "/akun/sandi/"


def test_a_list_costs_the_same_queries_however_long(office, django_assert_max_num_queries):
    for model in MASTER:
        with django_assert_max_num_queries(25):
            office.get(address(model, "changelist"))


# --- every write is on record -----------------------------------------------------------------


def last_entry() -> JournalEntry:
    entry = JournalEntry.objects.latest("seq")
    assert entry.actor == person("admin")
    assert entry.capacity == "Administrator"
    assert journal.first_broken() is None
    return entry


def test_what_is_added_is_on_record(office):
    add(office, Section, code="hal", name="Halal")

    entry = last_entry()
    assert (entry.verb, entry.subject_id) == ("section.added", Section.objects.get(code="hal").pk)
    assert (entry.before, entry.after) == ({}, {"code": "hal", "name": "Halal"})


def test_what_is_changed_is_on_record_with_what_it_was(office):
    change(office, Section.objects.get(code="kal"), name="Kalibrasi dan Metrologi")

    entry = last_entry()
    assert entry.verb == "section.changed"
    assert entry.before == {"name": "Kalibrasi"}
    assert entry.after == {"name": "Kalibrasi dan Metrologi"}


def test_nothing_is_deleted_here(office):
    for model in MASTER:
        row = model._base_manager.first()
        if row is not None:
            answer = office.post(address(model, "delete", row.pk), {"post": "yes"})
            assert answer.status_code == 403, model
            assert model._base_manager.filter(pk=row.pk).exists()


def test_the_calendar_is_only_read_here_since_a_change_must_show_what_it_moves(office):
    day, hours = Holiday.objects.all()[0], OfficeHours.objects.all()[0]

    for row in (day, hours):
        assert office.get(address(type(row), "change", row.pk)).status_code == 200
        assert office.post(address(type(row), "change", row.pk), {}).status_code == 403
        assert office.get(address(type(row), "add")).status_code == 403
        assert office.post(address(type(row), "delete", row.pk), {"post": "yes"}).status_code == 403

    assert not JournalEntry.objects.exists()


def test_a_page_sent_unchanged_leaves_no_record(office, mug):
    for model in MASTER:
        first = model._base_manager.order_by("pk").first()
        if first is not None:
            assert change(office, first).status_code == 302, model

    assert not JournalEntry.objects.exists()


def test_what_is_refused_leaves_no_record(office):
    answer = add(office, Section, code="kal", name="")

    assert len(errors(answer)) == 2
    assert not JournalEntry.objects.exists()


def test_rights_given_and_taken_are_on_record(office):
    post = Post.objects.get(code="agenda")
    kept = [p.pk for p in post.permissions.exclude(codename="see_register")]

    change(office, post, permissions=kept)

    entry = last_entry()
    assert entry.verb == "post.changed"
    gone = set(entry.before["permissions"]) - set(entry.after["permissions"])
    assert [right for right in gone if "agenda surat" in right]
    assert len(gone) == 1


def test_a_new_title_is_on_record_and_counts_from_its_day(office):
    post = Post.objects.get(code="kepala_seksi")
    url = address(Post, "change", post.pk)
    data = form_of(office, url) | {
        "titles-TOTAL_FORMS": "2",
        "titles-1-title": "Ketua Tim",
        "titles-1-valid_from": "01/01/2027",
    }

    office.post(url, data)

    assert [t["title"] for t in last_entry().after["titles"]] == ["Kepala Seksi", "Ketua Tim"]
    post = Post.objects.get(pk=post.pk)
    assert post.title(date(2026, 12, 31)) == "Kepala Seksi"
    assert post.title(date(2027, 1, 1)) == "Ketua Tim"


# --- accounts ---------------------------------------------------------------------------------


def new_user(office, **facts):
    return add(office, User, **{"username": "budi", "full_name": "Budi", "is_active": "on"} | facts)


def test_a_new_account_signs_in_with_the_password_it_was_given(office, client):
    new_user(office, new_password=NEW)

    assert client.post("/masuk/", {"username": "budi", "password": NEW}).status_code == 302


def test_a_new_account_without_a_password_lets_nobody_in(office):
    new_user(office)

    assert not User.objects.get(username="budi").has_usable_password()


def test_a_password_is_never_shown_nor_recorded(office):
    new_user(office, new_password=NEW)
    budi = User.objects.get(username="budi")

    page = office.get(address(User, "change", budi.pk)).content.decode()

    assert budi.password not in page
    assert "md5" not in page
    assert NEW not in page
    assert last_entry().after["password"] == HIDDEN
    everything = str(list(JournalEntry.objects.values("before", "after")))
    assert NEW not in everything
    assert budi.password not in everything


def test_a_password_is_changed_only_when_one_is_typed(office):
    new_user(office, new_password=NEW)
    budi = User.objects.get(username="budi")

    change(office, budi, full_name="Budi Santoso")
    budi.refresh_from_db()
    assert budi.check_password(NEW)
    assert last_entry().after == {"full_name": "Budi Santoso"}

    change(office, budi, new_password="awan-di-atas-ampera")
    budi.refresh_from_db()
    assert budi.check_password("awan-di-atas-ampera")
    assert budi.temporary_until == timezone.now() + timedelta(days=3)
    assert last_entry().before["password"] == last_entry().after["password"] == HIDDEN


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"new_password": "pendek"}, "Kata sandi terlalu pendek."),
        ({"new_password": "password123"}, "Kata sandi ini terlalu umum."),
        ({"username": "santoso.budi", "new_password": "santosobudi"}, "terlalu mirip"),
        ({"username": "kepala"}, "Nama ini terpakai."),
        ({"username": ""}, "Isi nama pengguna."),
        ({"nip": "123"}, "NIP terdiri dari 18 angka."),
    ],
)
def test_an_account_that_cannot_be_is_refused_in_words(office, facts, sentence):
    assert any(sentence in error for error in errors(new_user(office, **facts)))


def test_nobody_becomes_a_demo_person_by_this_page(office):
    new_user(office, is_demo="on")

    assert not User.objects.get(username="budi").is_demo


# --- posts and appointments -------------------------------------------------------------------


def test_saving_a_post_takes_no_right_away(office):
    for post in Post.objects.all():
        held = set(post.permissions.values_list("pk", flat=True))
        change(office, post, position=post.position + 1)
        assert set(post.permissions.values_list("pk", flat=True)) == held


def test_rights_are_named_in_indonesian(office):
    page = office.get(address(Post, "add"))
    labels = [
        str(label) for _, label in page.context["adminform"].form.fields["permissions"].choices
    ]

    assert "Surat: melihat agenda surat" in labels
    assert "Orang: mengubah penugasan" in labels
    assert not [label for label in labels if re.search(r"\b(Can|can|add|view|delete)\b", label)]
    assert not [label for label in labels if "handover" in label or "instruction" in label]


def test_a_right_that_nobody_holds_can_be_given_again(office):
    Post.permissions.through.objects.filter(
        permission__codename__in=("view_case", "view_journalentry", "manage_stock")
    ).delete()

    form = office.get(address(Post, "add")).context["adminform"].form
    offered = {right.codename for right in form.fields["permissions"].queryset}

    assert {"view_case", "view_journalentry", "manage_stock", "view_item"} <= offered


def test_the_code_of_a_post_stays(office):
    change(office, Post.objects.get(code="agenda"), code="lain")

    assert Post.objects.filter(code="agenda").exists()


APPOINTMENT = {
    "post": "kepala_balai",
    "kind": "3",
    "order_number": "SP-7/2026",
    "order_date": "20/11/2026",
    "starts_on": "23/11/2026",
    "ends_on": "27/11/2026",
}


def appoint(office, **facts):
    data = APPOINTMENT | {"user": person("kasi.kal").pk} | facts
    data["post"] = Post.objects.get(code=data["post"]).pk
    return add(office, Appointment, **data)


def test_an_appointment_gives_its_rights_at_once(office):
    assert not person("kasi.kal").has_perm("letters.see_register")

    assert appoint(office).status_code == 302

    assert person("kasi.kal").has_perm("letters.see_register")
    assert last_entry().after["ends_on"] == "2026-11-27"


def test_here_too_the_last_administrator_stays(office):
    """By whichever page the right would go: the account, the appointment, the post."""
    admin_post = Post.objects.get(code="admin")
    appointment = admin_post.appointments.get()
    kept = [p.pk for p in admin_post.permissions.exclude(codename="administer")]

    answers = [
        office.post(url, {k: v for k, v in form_of(office, url).items() if k != "is_active"})
        for url in [address(User, "change", person("admin").pk)]
    ]
    answers += [
        change(office, appointment, ends_on="22/11/2026"),
        change(office, appointment, ends_on="31/12/2026"),
        change(office, appointment, post=Post.objects.get(code="agenda").pk),
        change(office, admin_post, permissions=kept),
    ]

    assert [answer.status_code for answer in answers] == [422] * 5
    assert "Anda tidak dapat menutup akun Anda sendiri." in answers[0].content.decode()
    assert "Pada 1 Januari 2027 tidak ada lagi administrator" in answers[2].content.decode()
    assert office.get("/admin/").status_code == 200
    assert not JournalEntry.objects.exists()


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"ends_on": "22/11/2026"}, "Isi tanggal yang tidak sebelum 23 November 2026."),
        ({"starts_on": "besok"}, "Tulis tanggal seperti 24/11/2026."),
        ({"order_number": ""}, "Isi nomor surat perintah."),
        ({"user": ""}, "Pilih pengguna."),
        (
            {"kind": "1"},
            "Jabatan ini sudah memiliki pemegang definitif pada masa itu: Kepala Balai (contoh),"
            " sejak 1 Januari 2010.",
        ),
        ({"post": "kepala_seksi"}, "Pilih seksi untuk jabatan ini."),
        ({"post": "pelanggan"}, "Pilihan ini tidak ada lagi. Pilih yang lain."),
    ],
)
def test_an_impossible_appointment_is_refused_in_words(office, facts, sentence):
    found = errors(appoint(office, **facts))

    assert any(sentence in error for error in found), found
    assert not any("appointment_" in error for error in found)


# --- what would break the work ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ("B/{urut}/{bulan}/{tahun", "Tiap kurung { harus ditutup dengan }."),
        ("B/{urut}/{tahun}/{kota}", "Unsur ini tidak dikenal: {kota}."),
        ("B/{}/{urut}/{tahun}", "Unsur ini tidak dikenal: {}."),
        ("B/{urut.__class__}/{tahun}", "Unsur ini tidak dikenal: {urut.__class__}."),
        ("B/{unit}/{tahun}", "Pola nomor memerlukan {urut}, agar nomor tidak berulang."),
        ("B/tetap", "Pola nomor memerlukan {urut}, {tahun}, agar nomor tidak berulang."),
        ("B/{urut:x!}/{tahun}", "Pola ini tidak dapat dipakai."),
        ("B/{urut:0120}/{tahun}", "Nomor paling banyak 60 huruf."),
    ],
)
def test_a_pattern_that_gives_no_good_number_is_refused(office, pattern, sentence):
    newest = Letterhead.objects.first()

    found = errors(change(office, newest, number_format=pattern))

    assert any(sentence in error for error in found), found


@pytest.mark.parametrize("pattern", ["B/{urut:03d}/{bulan}/{tahun}", "{tahun}-{urut}"])
def test_a_pattern_that_works_is_taken(office, pattern):
    assert change(office, Letterhead.objects.first(), number_format=pattern).status_code == 302


def test_a_template_names_only_what_a_letter_can_fill(office):
    template = LetterTemplate.objects.first()

    found = errors(change(office, template, body="Pesanan {nomor_pesanan} milik {direktur}."))

    assert "Isian ini tidak dikenal: {direktur}." in found[0]


def test_a_promise_is_of_one_day_at_least(office):
    assert "Janji paling sedikit 1 hari." in errors(
        change(office, SpmStandard.objects.first(), days=0)
    )


def test_stock_moves_through_the_ledger_alone(office, mug):
    change(office, mug, name="Mug putih", on_hand=99, reserved=9)

    mug.refresh_from_db()
    assert (mug.name, mug.on_hand, mug.reserved) == ("Mug putih", 10, 0)


def test_stock_that_moved_meanwhile_is_not_moved_back(office, mug, monkeypatch):
    page: Any = admin.site._registry[Item]
    facts = page.facts

    def others_act_meanwhile(pk):
        Item.objects.filter(pk=mug.pk).update(reserved=F("reserved") + 1)
        return facts(pk)

    monkeypatch.setattr(page, "facts", others_act_meanwhile)
    change(office, mug, minimum=3)

    mug.refresh_from_db()
    assert (mug.minimum, mug.reserved) == (3, 2)  # facts were asked before and after


def test_a_revision_is_only_read(office):
    revision = Revision.objects.get(code="21-bipa-5-a")

    assert office.get(address(Revision, "add")).status_code == 403
    assert office.post(address(Revision, "change", revision.pk), {"title": "x"}).status_code == 403
    assert office.get(address(Revision, "delete", revision.pk)).status_code == 403
    page = office.get(address(Revision, "change", revision.pk)).content.decode()
    assert "Menandatangani surat permintaan maaf" in page
    assert 'name="title"' not in page


@pytest.fixture
def work(mug):
    """A case that was walked to its end, with order, letter, souvenir and journal."""
    late_order("UJI-7", phone="0711-123456", contact_name="Ibu Sari")
    sweep(MONDAY - timedelta(days=4))
    case = Case.objects.get()
    walk(case, None, begin=MONDAY - timedelta(days=4), end=MONDAY, cause="antrean")
    return case


def test_the_work_of_the_office_is_read_and_never_written(office, work):
    """Not even by who holds every right that Django knows of it."""
    admin_post = Post.objects.get(code="admin")
    for model in (*WORK, Visit, LetterReview, Receipt):
        kind = ContentType.objects.get_for_model(model)
        admin_post.permissions.add(*Permission.objects.filter(content_type=kind))
    tables = (*WORK, Visit, LetterReview, Receipt)
    before = [list(model._base_manager.order_by("pk").values()) for model in tables]

    for model in WORK:
        pk = model._base_manager.latest("pk").pk
        for path in (address(model, "changelist"), address(model, "change", pk)):
            assert office.get(path).status_code == 200, path
        assert "Simpan" not in office.get(address(model, "change", pk)).content.decode()
        for path in (
            address(model, "add"), address(model, "change", pk), address(model, "delete", pk),
        ):  # fmt: skip
            assert office.post(path, {"post": "yes", "number": "X"}).status_code == 403, path
        chosen = {"action": "delete_selected", "post": "yes", "_selected_action": [pk]}
        office.post(address(model, "changelist"), chosen)

    assert before == [list(model._base_manager.order_by("pk").values()) for model in tables]


def test_reading_the_work_shows_its_children_but_neither_contact_nor_key(office, work):
    case = office.get(address(Case, "change", work.pk)).content.decode()
    order = office.get(address(Order, "change", work.order_id)).content.decode()
    letter = work.case_letters.get().letter
    version = office.get(address(LetterVersion, "change", letter.version.pk)).content.decode()
    dispatch = office.get(address(Dispatch, "change", Dispatch.objects.get().pk)).content.decode()

    assert case.count("field-opens_at") == Visit.objects.filter(case=work).count()
    assert work.tracking_code not in case
    assert "0711-123456" not in order
    assert "Ibu Sari" not in order + dispatch
    assert letter.version.body[:40] in version
    assert "field-approved" in version
    assert "field-result" in dispatch


def test_the_work_is_labelled_in_indonesian(office, work):
    for model in (*WORK, Revision):
        pk = model._base_manager.latest("pk").pk
        for path in (address(model, "change", pk), address(model, "changelist")):
            page = office.get(path).content.decode()
            labels = re.findall(r"<label>([^<]*):</label>|<th[^>]*>([^<]+)", page)
            words = " ".join("".join(pair).strip().lower() for pair in labels)
            assert not re.findall(r"\b(by|as|order|row|letter|version|section|item)\b", words), path


def test_the_work_is_not_read_here_by_who_has_no_right_to_it(office, work):
    Post.objects.get(code="admin").permissions.remove(
        *Permission.objects.filter(
            codename__in=("view_order", "view_case", "view_letter", "view_item",
                          "view_journalentry", "view_holiday", "view_officehours",
                          "change_holiday", "change_officehours")  # who may change reads
        )
    )  # fmt: skip
    for model in WORK:
        assert office.get(address(model, "changelist")).status_code == 403, model


def test_lists_of_work_cost_the_same_queries_however_long(
    office, work, django_assert_max_num_queries
):
    for model in WORK:
        with django_assert_max_num_queries(12):
            assert office.get(address(model, "changelist")).status_code == 200


def test_a_used_row_of_master_data_is_not_deleted(office):
    kept = {
        Section,
        Service,
        SpmStandard,
        User,
        Post,
        Appointment,
        Letterhead,
        LetterTemplate,
        Item,
    }
    for model in kept:
        first = model._base_manager.first()
        if first is not None:
            assert office.get(address(model, "delete", first.pk)).status_code == 403


def test_every_right_of_the_fixture_is_one_that_exists():
    held = {p for post in Post.objects.all() for p in post.permission_names}

    for right in held:
        app, codename = right.split(".")
        config = apps.get_app_config(app)
        codes = {
            code
            for model in config.get_models()
            for code in (
                *(f"{verb}_{model._meta.model_name}" for verb in model._meta.default_permissions),
                *(code for code, _ in model._meta.permissions),
            )
        }
        assert codename in codes
    assert PostTitle.objects.count() == Post.objects.count()
