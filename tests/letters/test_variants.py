"""Both letters, signed by the holder, a Plt. or a Plh.: what each prints, read from its file."""

import io
from datetime import timedelta

import pytest
from pypdf import PdfReader

from kompensasi.cases.sweep import sweep
from kompensasi.people.models import Appointment, Post, User
from spm_monitor import files
from spm_monitor.models import Order
from tests.cases.walking import walk
from tests.conftest import MONDAY, TODAY, late_order, make_order, person

pytestmark = [pytest.mark.django_db, pytest.mark.once]

NAME, NIP = "Ir. Rahmawati Prawiranegara, M.Si.", "196801011994032001"


def still_open() -> Order:
    """Late, its result expected in nine days (step 4 says so)."""
    return late_order()


def came_late() -> Order:
    """Ended three days after its due."""
    due = MONDAY - timedelta(days=5)
    return make_order(due_at=due, ready_at=due + timedelta(days=3))


def acting_head(kind: Appointment.Kind) -> None:
    """Instead of the holder, somebody who acts for him."""
    Appointment.objects.filter(user=person("kepala")).update(ends_on=TODAY - timedelta(days=1))
    acting = User.objects.create_user("pengganti", full_name=NAME, nip=NIP, is_demo=True)
    Appointment.objects.create(
        user=acting, post=Post.objects.get(code="kepala_balai"), kind=kind,
        order_number="SP-1", order_date=TODAY, starts_on=TODAY, ends_on=TODAY + timedelta(days=9),
    )  # fmt: skip


def printed(order: Order) -> str:
    """The text of the signed letter, which is one page."""
    sweep(MONDAY)
    case = order.cases.get()
    walk(case, 11, MONDAY)
    letter = case.letters.get()
    [page] = PdfReader(io.BytesIO(files.read(letter.pdf, letter.pdf_sha256))).pages
    return " ".join(page.extract_text().replace("-\n", "").split())


@pytest.mark.parametrize(
    ("kind", "capacity"),
    [(None, "Kepala Balai,"), ("PLT", "Plt. Kepala Balai,"), ("PLH", "Plh. Kepala Balai,")],
)
@pytest.mark.parametrize(
    ("order", "says", "not_said"),
    [
        (
            still_open,
            "Hasilnya kami perkirakan selesai pada tanggal 2 Desember 2026",
            "baru selesai",
        ),
        (came_late, "baru selesai pada tanggal 21 November 2026, yaitu 3 hari", "perkirakan"),
    ],
)
def test_each_letter_says_what_is_late_and_who_signs_as_what(
    mug, kind, capacity, order, says, not_said
):
    if kind:
        acting_head(Appointment.Kind[kind])

    text = printed(order())

    assert says in text
    assert not_said not in text
    assert "Palembang, 23 November 2026" in text
    assert "permohonan maaf yang sebesar-besarnya" in text.replace(
        "sebesarbesarnya", "sebesar-besarnya"
    )
    block = text[text.index("terima kasih.") :]
    assert block.startswith(f"terima kasih. {capacity}")
    if kind:
        assert f"{capacity} {NAME} NIP 19680101 199403 2 001" in block
