"""First words a form proposes: the notice of delay, the letter, the souvenir."""

from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet

from kompensasi.cases import facts
from kompensasi.cases.models import Case, Instruction
from kompensasi.letters.drafting import fill
from kompensasi.letters.models import Letterhead, LetterTemplate
from kompensasi.souvenirs.models import Item
from spm_monitor import clock
from spm_monitor.models import Order
from spm_monitor.refusals import NotNow
from spm_monitor.wording import date_id
from spm_monitor.workdays import to_wib

UNKNOWN_CAUSE = "kendala dalam pelaksanaan layanan"


def delay_message(case: Case, order: Order, now: datetime) -> str:
    """What to tell the customer at step 5, in plain words."""
    row = facts.obstacle(case)
    cause = row.cause.sentence if row and row.cause else UNKNOWN_CAUSE
    promised = f" yang kami janjikan selesai {date_id(order.due_at)}" if order.due_at else ""
    date = facts.new_date(order)
    news = ""
    if date is not None and order.ready_at is not None:
        news = f" Hasilnya siap pada {date_id(date)}."
    elif date is not None:
        news = f" Kami perkirakan selesai pada {date_id(date)}."
    return (
        f"Kami sampaikan bahwa layanan {order.service.name} dengan nomor pesanan"
        f" {order.number}{promised} terkendala karena {cause}.{news}"
    )


def first_words(case: Case, order: Order, now: datetime) -> dict[str, Any]:
    """The letter as the template proposes it, or as it was last written while it still fits."""
    letter = case.letter
    if letter is not None and letter.signed_at is None:
        version = letter.version
        if facts.misfit(case, letter, order, now) is None:
            return {
                "addressee": version.addressee, "address": version.address,
                "subject": version.subject, "body": version.body,
            }  # fmt: skip
    template = _template(order, now)
    return {
        "addressee": order.customer.name,
        "address": order.address,
        "subject": template.subject,
        "body": fill(template.body, letter_facts(case, order, now)),
    }


def letter_facts(case: Case, order: Order, now: datetime) -> dict[str, str]:
    """What a template's `{names}` stand for."""
    date, row = facts.new_date(order), facts.obstacle(case)
    letterhead = Letterhead.objects.on(to_wib(now).date())
    return {
        "nomor_pesanan": order.number,
        "tanggal_pesanan": date_id(order.received_at),
        "layanan": order.service.name,
        "sampel_kalimat": f" untuk {order.sample}" if order.sample else "",
        "target_selesai": date_id(order.due_at) if order.due_at else "",
        "tanggal_baru": date_id(date) if date else "",
        "hari_terlambat": str(clock.days_late(order, now)),
        "sebab": row.cause.sentence if row and row.cause else UNKNOWN_CAUSE,
        "kontak": letterhead.contact if letterhead else "",
        "souvenir": souvenir_sentence(order, now),
    }


def souvenir_sentence(order: Order, now: datetime) -> str:
    """The letter's sentence about the souvenir; taken out again when none goes with it."""
    return _template(order, now).souvenir_sentence


def _template(order: Order, now: datetime) -> LetterTemplate:
    variant = facts.variant_for(order)
    template = LetterTemplate.objects.filter(variant=variant).on(to_wib(now).date())
    if template is None:
        raise NotNow("Templat surat untuk tanggal ini belum ada. Minta administrator mengisinya.")
    return template


def offered_items(case: Case) -> QuerySet[Item]:
    """Items with a free piece or already put aside, those of the instructed class first."""
    held = case.reservation
    mine = Q(pk=held.item_id) if held and held.waits else Q(pk__isnull=True)
    items = Item.objects.filter(Q(on_hand__gt=F("reserved")) | mine)
    instruction = Instruction.objects.filter(visit__case=case).order_by("-pk").first()
    if instruction is None:
        return items.order_by("name")
    first = Q(souvenir_class=instruction.souvenir_class_id)
    return items.alias(first=first).order_by("-first", "name")


def first_gift(case: Case) -> dict[str, Any]:
    """The item already put aside, else the first free one; none for who may not accept gifts."""
    held = case.reservation
    if held is not None and held.waits:
        return {"item": held.item}
    if case.no_gift_reason:
        return {"no_gift_reason": case.no_gift_reason}
    if not case.order.customer.accepts_gifts:
        return {"no_gift_reason": "Pelanggan tidak boleh menerima pemberian."}
    item = offered_items(case).first()
    return {"item": item} if item else {"no_gift_reason": "Stok souvenir habis."}
