"""What a step's form asks and does not ask: refused at its field, with the rest of it kept."""

from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.utils.html import escape

from kompensasi.cases.models import Case, Visit
from kompensasi.cases.steps import STEPS
from kompensasi.letters import pdf
from kompensasi.letters.models import Letter
from kompensasi.people.models import Appointment, User
from kompensasi.souvenirs.models import Item
from spm_monitor.models import Order
from tests.cases.held import (
    NOW,
    TYPED_TEXT,
    Office,
    Standing,
    nothing_changes,
    snapshot,
)
from tests.cases.walking import (
    TYPED,
)
from tests.conftest import person

pytestmark = [
    pytest.mark.django_db, pytest.mark.once, pytest.mark.slow, pytest.mark.usefixtures("at_ten"),
]  # fmt: skip

# --- what the form asks ------------------------------------------------------------------------

MISSING: list[tuple[int, str, str, str]] = [
    (1, "record", "stage", "Pilih tahap pekerjaan."),
    (2, "done", "ready_at", "Isi kapan hasil siap."),
    (3, "handed", "way", "Pilih apa yang terjadi."),
    (3, "handed", "at", "Isi kapan itu terjadi."),
    (3, "handed", "received_by", "Isi nama penerima."),
    (3, "handed", "proof", "Unggah tanda terima hasil."),
    (4, "inform", "cause", "Pilih sebab kendala."),
    (4, "inform", "story", "Isi uraian kendala."),
    (4, "inform", "estimate_at", "Isi perkiraan selesai yang baru."),
    (5, "informed", "channel", "Pilih cara pemberitahuan."),
    (5, "informed", "told_to", "Isi siapa yang diberi tahu."),
    (5, "informed", "told_at", "Isi kapan diberi tahu."),
    (5, "informed", "message", "Isi apa yang disampaikan kepada pelanggan."),
    (6, "report", "report", "Isi laporan kendala."),
    (6, "report", "proposal", "Isi usul kepada Kepala Balai."),
    (7, "instruct", "instruction", "Isi instruksi."),
    (7, "instruct", "souvenir_class", "Pilih kelas souvenir."),
    (7, "ask", "note", "Isi catatan: apa yang perlu diperbaiki atau ditambah."),
    (8, "submit", "addressee", "Isi penerima surat."),
    (8, "submit", "subject", "Isi hal surat."),
    (8, "submit", "body", "Isi surat tidak boleh kosong."),
    (8, "submit", "item", "Pilih souvenir, atau tulis alasan tanpa souvenir."),
    (9, "return", "note", "Isi catatan: apa yang perlu diperbaiki atau ditambah."),
    (10, "sign", "read", "Beri tanda bahwa Anda telah membaca surat."),
    (10, "sign", "final", "Beri tanda bahwa Anda memahami akibatnya."),
    (10, "return", "note", "Isi catatan: apa yang perlu diperbaiki atau ditambah."),
    (11, "send", "scan", "Unggah pindaian surat yang sudah ditandatangani."),
    (11, "send", "way", "Pilih cara pengiriman."),
    (11, "send", "courier", "Isi nama kurir atau pengantar."),
    (11, "send", "tracking_number", "Isi nomor resi kurir."),
    (11, "send", "sent_at", "Isi waktu kirim."),
    (12, "received", "received_by", "Isi nama penerima."),
    (12, "received", "at", "Isi kapan diterima."),
    (12, "received", "proof", "Unggah bukti: tanda terima atau keterangan kurir."),
    (12, "undeliverable", "proof", "Unggah bukti: tanda terima atau keterangan kurir."),
]
SHOWN_AT = {"item": "no_gift_reason"}  # either of the two may be filled in


def refused_form(office: Office, step: int, body: dict[str, Any], shown_at: str) -> str:
    """Post an answer that is not enough: said at its field, the rest kept, no row changed."""
    case = office.at[step]
    with nothing_changes():
        response = office.turn(step).post(case.url, body)
    html = response.content.decode()
    assert response.status_code == 422
    errors = response.context["form"].errors
    assert list(errors) == [shown_at]
    (sentence,) = errors[shown_at]
    assert html.count(escape(sentence)) >= 2, "in the summary, and at the field"
    assert f'href="#id_{shown_at}' in html
    returning = not set(response.context["form"].fields) - {"note"}
    for name, value in body.items():
        typed = isinstance(value, str) and name != "outcome" and (name == "note") == returning
        no_such_choice = name == shown_at and value in ("999999", "burung", "selesai")
        if typed and not no_such_choice:
            assert escape(value) in html, name
    return sentence


@pytest.mark.parametrize(("step", "outcome", "missing", "sentence"), MISSING)
def test_an_answer_without_a_needed_field_is_refused(office, step, outcome, missing, sentence):
    body = office.at[step].body(**{"outcome": outcome, "note": TYPED_TEXT, missing: None})
    assert refused_form(office, step, body, SHOWN_AT.get(missing, missing)) == sentence


def test_every_field_of_the_twelve_forms_is_named_above_or_may_stay_empty(office):
    named = {(step, name) for step, _, name, _ in MISSING}
    may_be_empty = {
        (1, "estimate_at"), (2, "note"), (4, "asset"), (8, "address"), (8, "no_gift_reason"),
        (8, "copies"), (8, "together"), (11, "item"), (11, "no_gift_reason"), (12, "note"),
    }  # fmt: skip
    asked = {(n, name) for n, step in STEPS.items() for name in step.form.base_fields}
    returns = {(n, "note") for n, step in STEPS.items() if any(o.back for o in step.outcomes)}
    assert asked | returns == named | may_be_empty | {(11, "note")}


NO_PDF = SimpleUploadedFile("surat.pdf", b"MZ\x90\x00 not a picture of anything")
EARLIER, LATER = NOW - timedelta(days=40), NOW + timedelta(hours=1)
FALSE: list[tuple[int, str, str, Any, str]] = [
    (1, "record", "stage", "done", "Hasil belum dicatat siap"),
    (1, "record", "stage", "selesai", "Pilih salah satu dari daftar."),
    (1, "record", "estimate_at", "kapan-kapan", "Tulis tanggal dan jam seperti"),
    (1, "record", "estimate_at", EARLIER.strftime(TYPED), "Perkiraan selesai harus setelah"),
    (2, "done", "ready_at", LATER.strftime(TYPED), "Isi waktu yang tidak setelah"),
    (2, "done", "ready_at", "2026-01-02T10:00", "Hasil siap tidak boleh sebelum"),
    (3, "handed", "at", LATER.strftime(TYPED), "Isi waktu yang tidak setelah"),
    (3, "handed", "at", "2026-11-20T10:00", "Isi waktu setelah hasil siap"),
    (3, "handed", "received_by", "a" * 121, "120"),
    (3, "handed", "proof", NO_PDF, "Berkas harus PDF, JPG, atau PNG"),
    (4, "inform", "cause", "999999", "Pilih salah satu dari daftar."),
    (4, "inform", "estimate_at", EARLIER.strftime(TYPED), "Perkiraan selesai harus setelah"),
    (4, "inform", "story", "a" * 2001, "2.000 huruf"),
    (5, "informed", "channel", "burung", "Pilih salah satu dari daftar."),
    (5, "informed", "told_at", LATER.strftime(TYPED), "Isi waktu yang tidak setelah"),
    (5, "informed", "told_at", "2026-01-02T10:00", "Isi waktu setelah diterima"),
    (7, "instruct", "souvenir_class", "999999", "Pilih salah satu dari daftar."),
    (8, "submit", "item", "999999", "Souvenir ini baru saja habis."),
    (8, "submit", "subject", "a" * 161, "160"),
    (8, "submit", "body", "Kami mohon maaf.", "Souvenir ikut dikirim, tetapi isi surat tidak"),
    (11, "send", "way", "burung", "Pilih salah satu dari daftar."),
    (11, "send", "scan", NO_PDF, "Berkas harus PDF, JPG, atau PNG"),
    (11, "send", "sent_at", LATER.strftime(TYPED), "Isi waktu yang tidak setelah"),
    (11, "send", "sent_at", "2026-11-22T10:00", "Waktu kirim tidak boleh sebelum surat"),
    (12, "received", "at", LATER.strftime(TYPED), "Isi waktu yang tidak setelah"),
    (12, "received", "at", "2026-11-22T10:00", "Isi waktu setelah dikirim"),
    (12, "received", "proof", NO_PDF, "Berkas harus PDF, JPG, atau PNG"),
]


@pytest.mark.parametrize(
    ("step", "outcome", "name", "value", "sentence"),
    FALSE,
    ids=[f"{n} {name} {i}" for i, (n, _, name, _, _) in enumerate(FALSE)],
)
def test_an_answer_that_cannot_be_is_refused(office, step, outcome, name, value, sentence):
    if hasattr(value, "seek"):
        value.seek(0)
    body = office.at[step].body(**{"outcome": outcome, name: value})
    assert sentence in refused_form(office, step, body, name)


def test_a_letter_that_does_not_fit_on_its_sheet_is_refused(office):
    too_long = mock.patch.object(pdf, "render", side_effect=pdf.LetterTooLong("Terlalu panjang."))
    with too_long:
        body = office.at[8].body()
        assert refused_form(office, 8, body, "body") == "Terlalu panjang."


def test_no_souvenir_is_promised_that_somebody_else_took_meanwhile(office):
    """The last free piece went between opening and sending; the typed letter stays."""
    case = office.at[8]
    body = case.body()
    item = Item.objects.get()
    Item.objects.update(reserved=item.on_hand)
    assert refused_form(office, 8, body, "item") == (
        "Souvenir ini baru saja habis. Pilih yang lain, atau tulis alasan tanpa souvenir."
    )


def test_no_letter_promises_a_souvenir_that_does_not_go_with_it(office):
    """The template's sentence in the drafter's own words stays, so the drafter is asked."""
    promise = "Kami mohon maaf.\n\nBersama ini kami kirim sebuah cenderamata."
    body = office.at[8].body(item="", no_gift_reason="Stok habis.", body=promise)
    assert refused_form(office, 8, body, "body") == (
        "Surat ini tanpa souvenir, tetapi isinya masih menyebut souvenir. Hapus kalimat itu,"
        " atau pilih souvenir."
    )


# --- what the form does not ask (mass assignment) ----------------------------------------------

POISON_DAY, POISON = "1999-09-09T09:09", "RACUN"
MASTER_DATA = (
    "people_user", "people_post", "people_post_permissions", "people_appointment", "sop_revision",
    "sop_revisionstep", "spm_monitor_section", "spm_monitor_service", "spm_monitor_spmstandard",
    "spm_monitor_customer", "spm_monitor_officehours", "letters_letterhead",
    "souvenirs_souvenirclass",
)  # fmt: skip


def uninvited(case: Standing, other: Case) -> dict[str, Any]:
    """Each column of what a step writes or reads, and every field of the other steps' forms."""
    extra: dict[str, Any] = {
        "state": POISON, "pelaksana": POISON, "nomor": POISON, "is_staff": "1", "versi": "99",
        "is_superuser": "1", "case": other.pk, "order": other.order_id, "by": person("kepala").pk,
        "now": POISON_DAY, "capacity": POISON, "next": "//evil.example", "csrf": POISON,
    }  # fmt: skip
    for model in (Case, Visit, Order, Letter, Item, User, Appointment):
        for column in model._meta.concrete_fields:
            value: Any = POISON
            if column.is_relation:
                value = 1
            elif column.get_internal_type() in ("DateTimeField", "DateField"):
                value = POISON_DAY
            elif column.get_internal_type() in ("BigAutoField", "PositiveIntegerField"):
                value = other.pk
            elif column.get_internal_type() == "BooleanField":
                value = "1"
            extra |= {column.name: value, column.attname: value}
    for step in STEPS.values():
        for name in step.form.base_fields:
            extra.setdefault(name, POISON_DAY if name.endswith("at") else POISON)
    own = set(STEPS[case.step].form.base_fields) | {"outcome", "note"}
    return {name: value for name, value in extra.items() if name not in own}


def rows_of_all_tables() -> str:
    with connection.cursor() as cursor:
        found = []
        for table in connection.introspection.table_names(cursor):
            if table != "django_session":
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
                found += map(repr, cursor.fetchall())
    return "\n".join(found)


@pytest.mark.parametrize("step", STEPS)
def test_fields_that_the_form_does_not_have_change_nothing(office, step):
    """D13: the same tables change, by as many rows, as without them; nothing of them is kept."""
    case, other = office.at[step], office.at[11 if step == 5 else 5].case
    written = {}
    for name, extra in (("plain", {}), ("uninvited", uninvited(case, other))):
        before = snapshot()
        with transaction.atomic():
            response = office.turn(step).post(case.url, case.body() | extra)
            assert response.status_code == 302, response.content.decode()
            assert response["Location"] == f"/kasus/{case.case.pk}/"
            after = snapshot()
            new_files = len(after.pop("kept files")) - len(before.pop("kept files"))
            changed = {t: after[t][0] for t in after if after[t] != before[t]}
            written[name] = new_files, changed
            kept = rows_of_all_tables()
            transaction.set_rollback(True)
    assert written["uninvited"] == written["plain"]
    assert changed
    assert not set(MASTER_DATA) & set(changed)
    assert POISON not in kept
    assert "1999-09-09" not in kept
    assert "1999, 9, 9" not in kept
