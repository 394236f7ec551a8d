"""First words a form proposes: the notice of delay, the letter, the souvenir."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet

from kompensasi.cases import facts
from kompensasi.cases.models import Case, Instruction
from kompensasi.cases.procedure import DRAFTING
from kompensasi.letters.drafting import fill
from kompensasi.letters.models import Letterhead, LetterTemplate
from kompensasi.souvenirs.models import Item
from spm_monitor import clock
from spm_monitor.models import Order
from spm_monitor.refusals import NotNow
from spm_monitor.wording import date_id
from spm_monitor.workdays import to_wib

OUT_OF_STOCK = "Stok souvenir habis."
NEVER_STOCKED = "Balai belum menyediakan souvenir."
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


def first_words(
    case: Case, order: Order, now: datetime, others: Sequence[Case] = ()
) -> dict[str, Any]:
    """The letter as the template proposes it, or as it was last written while it still fits.

    others: the cases that the letter is to serve beside this one.
    """
    letter = case.letter
    if letter is not None and letter.signed_at is None:
        version = letter.version
        served = set(letter.case_letters.values_list("case", flat=True))
        same = served == {case.pk, *(other.pk for other in others)}
        if same and facts.misfit(letter, order, now) is None:
            return {
                "addressee": version.addressee, "address": version.address,
                "subject": version.subject, "body": version.body, "copies": version.copies,
            }  # fmt: skip
    template = _template(order, now)
    if others:
        listed = "\n\n".join(
            f"{place}. {_listed(each, each.order, now)}"
            for place, each in enumerate((case, *others), start=1)
        )
        body = fill(
            template.joint_body, letter_facts(case, order, now) | {"daftar_pesanan": listed}
        )
    else:
        body = fill(template.body, letter_facts(case, order, now))
    return {
        "addressee": order.customer.name,
        "address": order.address,
        "subject": template.subject,
        "body": body,
        "copies": template.copies,
    }


def _listed(case: Case, order: Order, now: datetime) -> str:
    """One order of several in a letter: what was promised, what comes, and why."""
    told = letter_facts(case, order, now)
    news = "selesai" if order.ready_at else "perkiraan selesai"
    date = f", {news} {told['tanggal_baru']}" if told["tanggal_baru"] else ""
    return (
        f"Nomor {order.number} tanggal {told['tanggal_pesanan']}, {order.service.name}"
        f"{told['sampel_kalimat']}: dijanjikan {told['target_selesai']}{date}, karena"
        f" {told['sebab']}."
    )


def others_to_join(case: Case, order: Order, now: datetime) -> QuerySet[Case]:
    """Cases of the same customer and section, at the same step, that one letter can serve too."""
    new_date_known = Q(order__estimate_at__gt=now) & Q(order__estimate_at__gt=F("order__due_at"))
    ended = Q(order__ready_at__isnull=False) | Q(order__withdrawn_at__isnull=False)
    return (
        Case.objects.open()
        .filter(
            new_date_known | ended,
            # The same variant of the letter, so that its sentences are true of all.
            order__ready_at__isnull=order.ready_at is None,
            order__withdrawn_at__isnull=order.withdrawn_at is None,
            order__customer=order.customer_id, order__section=order.section_id,
            order__due_at__isnull=False,
            visits__row__number=DRAFTING, visits__finished_at__isnull=True,
        )
        .exclude(pk=case.pk)
        .select_related("order__service", "order__customer")
        .order_by("pk")
    )  # fmt: skip


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
    if case.no_gift_reason and case.no_gift_reason not in (OUT_OF_STOCK, NEVER_STOCKED):
        return {"no_gift_reason": case.no_gift_reason}
    if not case.order.customer.accepts_gifts:
        return {"no_gift_reason": "Pelanggan tidak boleh menerima pemberian."}
    if item := offered_items(case).first():
        return {"item": item}
    return {"no_gift_reason": OUT_OF_STOCK if Item.objects.exists() else NEVER_STOCKED}
