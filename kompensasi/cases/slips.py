"""Slips to be signed on paper: the result handed over, letter and souvenir handed over.

They name no result and nothing of the office's inner work: the customer keeps a copy.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import segno
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from kompensasi.cases.customer_link import customer_url
from kompensasi.cases.models import Case
from kompensasi.letters import pdf, sheets
from kompensasi.letters.models import Letter, Letterhead
from kompensasi.people.models import User
from kompensasi.people.requests import StaffRequest
from kompensasi.souvenirs.models import Dispatch
from spm_monitor import files
from spm_monitor.models import Order
from spm_monitor.refusals import NotNow, NotYours
from spm_monitor.wording import date_id
from spm_monitor.workdays import to_wib

NOT_READY = "Hasil pesanan ini belum siap, jadi belum ada yang diserahkan."
NOT_SIGNED = "Surat untuk pelanggan ini belum ditandatangani, jadi belum ada yang diserahkan."
# The code on it is the customer's word: only those who send it may print it.
NOT_FOR_ALL = "Tanda terima ini memuat tautan pelanggan. Hanya yang mengirimnya dapat mencetaknya."
NO_LETTERHEAD = "Kop surat untuk tanggal ini belum ada. Minta administrator mengisinya."
SEES_LINK = "spm_monitor.see_contact"


@dataclass(frozen=True, kw_only=True)
class Slip:
    """What a slip prints; `templates/slips/slip.html` lays it out."""

    letterhead: pdf.Letterhead
    title: str
    sentence: str
    facts: tuple[tuple[str, str], ...]
    """Label and value; an empty value is a line to be filled in by hand."""
    customer: str
    place: str
    link: str = ""
    """The customer's page, drawn as a QR code; "" for a slip without one."""

    @property
    def code(self) -> SafeString:
        """The link as a drawing; the white around it belongs to it."""
        drawing = segno.make(self.link, error="m", micro=False).svg_inline(border=4, omitsize=True)
        return mark_safe(drawing)  # noqa: S308  # squares, made of the link by segno


@require_safe
def results(request: StaffRequest, pk: int) -> HttpResponse:
    """The slip for the result of an order, once it is ready."""
    now = timezone.now()
    case = _case(request.user, pk, now)
    if case.order.ready_at is None:
        raise NotNow(NOT_READY)
    return _printed(results_slip(case.order, now), f"tanda-terima-hasil-{case.number}.pdf")


@require_safe
def compensation(request: StaffRequest, pk: int) -> HttpResponse:
    """The slip for letter and souvenir, once the letter is signed."""
    now = timezone.now()
    case = _case(request.user, pk, now)
    if request.user.capacity_for(SEES_LINK, case.order.section_id, now) is None:
        raise NotYours(NOT_FOR_ALL)
    if case.letter is None or case.letter.signed_at is None:
        raise NotNow(NOT_SIGNED)
    slip = compensation_slip(case, case.letter, now)
    return _printed(slip, f"tanda-terima-surat-{case.number}.pdf")


def offered(case: Case, user: User, now: datetime) -> list[tuple[str, str]]:
    """The slips this person may print of a case now: name of the address, words of the link."""
    found = []
    if case.order.ready_at is not None:
        found.append(("slip-results", "Tanda terima penyerahan hasil"))
    signed = case.letter is not None and case.letter.signed_at is not None
    if signed and user.capacity_for(SEES_LINK, case.order.section_id, now):
        found.append(("slip-compensation", "Tanda terima surat dan souvenir"))
    return found


def results_slip(order: Order, now: datetime) -> Slip:
    """The result handed over: to be signed by who gives and who takes it."""
    letterhead = _letterhead(now)
    handed = order.handed_over_at
    return Slip(
        letterhead=sheets.printed(letterhead),
        title="TANDA TERIMA PENYERAHAN HASIL LAYANAN",
        sentence="Telah diserahkan hasil layanan dengan keterangan berikut.",
        facts=(
            *_order_facts(order),
            ("Hasil siap", date_id(order.ready_at) if order.ready_at else ""),
            ("Tanggal penyerahan", date_id(handed) if handed else ""),
        ),
        customer=order.customer.name,
        place=letterhead.place,
    )


def compensation_slip(case: Case, letter: Letter, now: datetime) -> Slip:
    """Letter and souvenir handed over, with the code of the customer's page."""
    letterhead = _letterhead(now)
    sent = Dispatch.objects.filter(sendings__visit__case=case).order_by("-pk").first()
    held = case.reservation
    what = "surat dan souvenir" if held else "surat"
    return Slip(
        letterhead=sheets.printed(letterhead),
        title=f"TANDA TERIMA {what.upper()}",
        sentence=f"Telah diserahkan {what} dengan keterangan berikut.",
        facts=(
            ("Nomor surat", letter.number or ""),
            ("Tanggal surat", date_id(letter.dated) if letter.dated else ""),
            ("Souvenir", f"1 {held.item.name}" if held else "tidak disertakan"),
            *_order_facts(*_orders_of(letter)),
            ("Cara penyerahan", _way(sent) if sent else ""),
            ("Tanggal penyerahan", ""),
        ),
        customer=case.order.customer.name,
        place=letterhead.place,
        link=customer_url(case),
    )


def _orders_of(letter: Letter) -> list[Order]:
    """The orders of all cases that the letter serves."""
    orders = Order.objects.filter(cases__letters=letter).select_related("customer", "service")
    return list(orders.order_by("pk"))


def _order_facts(*orders: Order) -> tuple[tuple[str, str], ...]:
    first = orders[0]
    return (
        ("Pelanggan", first.customer.name),
        ("Alamat", first.address or "-"),
        ("Nomor pesanan", _listed(order.number for order in orders)),
        ("Layanan", _listed(order.service.name for order in orders)),
        ("Sampel atau alat", _listed(order.sample for order in orders) or "-"),
    )


def _listed(words: Iterable[str]) -> str:
    """Each once, in their order."""
    return "; ".join(dict.fromkeys(word for word in words if word))


def _way(sent: Dispatch) -> str:
    tracking = f", nomor resi {sent.tracking_number}" if sent.tracking_number else ""
    return f"{sent.get_way_display()}: {sent.courier}{tracking}"


def _letterhead(now: datetime) -> Letterhead:
    letterhead = Letterhead.objects.on(to_wib(now).date())
    if letterhead is None:
        raise NotNow(NO_LETTERHEAD)
    return letterhead


def _case(user: User, pk: int, now: datetime) -> Case:
    """The case if this person may read it; a case of a section not theirs does not exist."""
    cases = Case.objects.visible_to(user, now).select_related(
        "order__customer", "order__service", "order__section", "reservation__item"
    )
    return get_object_or_404(cases, pk=pk)


def _printed(slip: Slip, name: str) -> HttpResponse:
    try:
        content = pdf.render(slip, "slips/slip.html")
    except pdf.LetterError as error:
        raise NotNow(f"Tanda terima belum dapat dicetak. {error}") from error
    return files.answer(content, files.PDF, name)
