"""What finishing a step writes. Runs in the step's transaction, after every check."""

from datetime import datetime
from typing import Any

from kompensasi.cases import facts, informing
from kompensasi.cases.models import (
    Case,
    CaseLetter,
    CustomerInformed,
    Draft,
    Handover,
    Instruction,
    ObstacleReport,
    Receiving,
    Sending,
)
from kompensasi.cases.procedure import Act
from kompensasi.letters import actions as letters
from kompensasi.letters.models import Letter
from kompensasi.souvenirs import stock
from kompensasi.souvenirs.models import Dispatch, Item, Receipt, Reservation
from spm_monitor import actions as orders
from spm_monitor import clock, files
from spm_monitor.models import MonitoringRow, Order
from spm_monitor.refusals import BadInput, NotNow


def begin_monitoring_row(act: Act) -> None:
    """Step 1: the order's row of the monitoring form."""
    order = act.order
    estimate = act.data.get("estimate_at")
    _set_estimate(act, estimate)
    act.visit.monitoring_row = MonitoringRow.objects.create(
        order=order,
        observed_at=act.now,
        stage=act.data["stage"],
        due_at=order.due_at,
        days_left=clock.days_left(order, act.now, clock.current_calendar()),
        estimate_at=order.estimate_at,
    )


def confirm_state(act: Act) -> None:
    """Step 2: the state; *selesai* records ready when that is missing."""
    row = _row(act)
    row.state = act.outcome.code
    if act.outcome.code == "done" and act.order.ready_at is None:
        orders.record_ready(
            order=act.order, at=act.data["ready_at"], by=act.by, capacity=act.capacity, now=act.now
        )
        row.stage = MonitoringRow.Stage.DONE
    row.save()


def hand_over(act: Act) -> None:
    """Step 3: the result handed over, or the customer told that it waits (counts as done)."""
    data = act.data
    proof = files.keep_upload("bukti", data["proof"]).name if data.get("proof") else ""
    Handover.objects.create(
        visit=act.visit,
        way=data["way"],
        at=data["at"],
        received_by=data["received_by"],
        proof=proof,
    )
    if data["way"] == Handover.Way.HANDED and act.order.handed_over_at is None:
        orders.record_handed_over(
            order=act.order, at=data["at"], to=data["received_by"], by=act.by,
            capacity=act.capacity, now=act.now,
        )  # fmt: skip


def name_obstacle(act: Act) -> None:
    """Step 4: the cause, completed in the row that step 1 began."""
    row = _row(act)
    _set_estimate(act, act.data.get("estimate_at"))
    row.cause, row.asset, row.story = act.data["cause"], act.data["asset"], act.data["story"]
    row.estimate_at = act.order.estimate_at
    row.state = row.state or MonitoringRow.State.OBSTACLE
    row.save()


def inform_customer(act: Act) -> None:
    """Step 5: the evaluation as it stands now, and how the customer was told."""
    order, data = act.order, act.data
    informed = CustomerInformed.objects.create(
        visit=act.visit,
        outside=order.outside(act.now),
        due_at=order.due_at,
        estimate_at=facts.new_date(order),
        days_late=clock.days_late(order, act.now),
        channel=data["channel"],
        told_to=data["told_to"],
        told_at=data["told_at"],
        message=data["message"],
    )
    informing.queue_mail(informed, order, act.now)


def report_obstacle(act: Act) -> None:
    """Step 6: the report to the head, with a proposal."""
    ObstacleReport.objects.create(
        visit=act.visit, report=act.data["report"], proposal=act.data["proposal"]
    )


def instruct(act: Act) -> None:
    """Step 7: the instruction; a question back is kept as the visit's note alone."""
    if not act.outcome.back:
        Instruction.objects.create(
            visit=act.visit,
            instruction=act.data["instruction"],
            souvenir_class=act.data["souvenir_class"],
        )


def write_draft(act: Act) -> None:
    """Step 8: the next version of the letter, and a souvenir put aside (or why none).

    One letter, and one souvenir with it, may serve several cases of the customer (DOMAIN 6).
    """
    data = act.data
    item: Item | None = data["item"]
    letter = _letter_to_write(act)  # locked before any case's row, as by a case that leaves
    reservation = _put_aside(act, item)
    version = letters.write_version(
        letter=letter, by=act.by, capacity=act.capacity, now=act.now,
        words={
            "subject": data["subject"], "addressee": data["addressee"],
            "address": data["address"], "body": data["body"], "copies": data["copies"],
        },
    )  # fmt: skip
    for each in act.together:
        due_at: Any = each.order.due_at  # an order that has none is not outside its SPM
        CaseLetter.objects.update_or_create(
            case=each.case, letter=letter,
            defaults={
                "variant": facts.variant_for(each.order), "due_at": due_at,
                "done_at": facts.new_date(each.order),
            },
        )  # fmt: skip
        Draft.objects.create(
            visit=each.visit, version=version, reservation=reservation,
            no_gift_reason=each.case.no_gift_reason,
        )  # fmt: skip
        each.case.forget()


def review_draft(act: Act) -> None:
    """Step 9: the verdict, bound to the hash of the text that was read."""
    letters.review(
        version=_letter(act).version, approved=not act.outcome.back,
        note=act.data.get("note", ""), by=act.by, capacity=act.capacity, now=act.now,
    )  # fmt: skip


def sign_letter(act: Act) -> None:
    """Step 10: number, date, signature block and final PDF in one act; or the return."""
    if act.outcome.back:
        review_draft(act)
    else:
        letters.sign(letter=_letter(act), by=act.by, capacity=act.capacity, now=act.now)


def send_letter(act: Act) -> None:
    """Step 11: letter and souvenir leave; a letter that no longer fits becomes void instead."""
    case, data, letter = act.case, act.data, _letter(act)
    if act.outcome.back:
        letters.void(
            letter=letter, reason=data["note"], by=act.by, capacity=act.capacity, now=act.now
        )
        return
    if data.get("scan"):
        letters.attach_scan(
            letter=letter, scan=data["scan"], by=act.by, capacity=act.capacity, now=act.now
        )
    if case.reservation is not None and case.reservation.left_at is not None:
        _put_aside(act, data["item"])  # what was sent before did not arrive: another leaves
    if case.reservation is not None:
        stock.let_go(reservation=case.reservation, by=act.by, now=act.now)
    dispatch = Dispatch.objects.create(
        customer=act.order.customer, reservation=case.reservation, way=data["way"],
        courier=data["courier"], tracking_number=data["tracking_number"], sent_at=data["sent_at"],
        by=act.by,
    )  # fmt: skip
    for each in act.together:
        Sending.objects.create(visit=each.visit, letter=letter, dispatch=dispatch)
    letters.mark_sent(letter=letter, now=act.now)


def receive(act: Act) -> None:
    """Step 12: what became of the dispatch, by the customer's word or staff's with proof."""
    data = act.data
    results = {
        "received": Receipt.Result.RECEIVED,
        "refused": Receipt.Result.REFUSED,
    }
    dispatch = Dispatch.objects.filter(sendings__visit__case=act.case).latest("pk")
    receipt = Receipt.objects.create(
        dispatch=dispatch,
        result=results.get(act.outcome.code, Receipt.Result.UNDELIVERABLE),
        received_by=data["received_by"],
        at=data["at"],
        note=data["note"],
        proof=files.keep_upload("bukti", data["proof"]).name if data.get("proof") else "",
        recorded_by=act.by,
    )
    for each in act.together:
        Receiving.objects.create(visit=each.visit, receipt=receipt)


def _letter(act: Act) -> Letter:
    """The letter in hand; without one there is nothing to review, sign or send."""
    if act.case.letter is None:
        raise NotNow("Surat untuk kasus ini belum ada.")
    return act.case.letter


def _row(act: Act) -> MonitoringRow:
    row = facts.monitoring_row(act.case)
    if row is None:
        raise NotNow("Hasil monitoring untuk kasus ini belum ada.")
    act.visit.monitoring_row = row
    return row


def _set_estimate(act: Act, at: datetime | None) -> None:
    order: Order = act.order
    if at is None or order.ended or at == order.estimate_at:
        return
    if at < act.now:
        raise BadInput("Perkiraan selesai tidak boleh sebelum sekarang.", "estimate_at")
    orders.record_estimate(order=order, at=at, by=act.by, capacity=act.capacity, now=act.now)


def _put_aside(act: Act, item: Item | None) -> Reservation | None:
    """Make the reservation of the act's cases one of this item, or none with the reason given."""
    cases = [each.case for each in act.together]
    waiting = {
        case.reservation
        for case in cases
        if case.reservation is not None and case.reservation.waits
    }
    kept = next((held for held in waiting if item and held.item_id == item.pk), None)
    for held in waiting - {kept}:
        stock.release(reservation=held, by=act.by, now=act.now)
    # Who shared it and goes another way now puts one aside for itself.
    strangers = Case.objects.open().exclude(pk__in=[case.pk for case in cases])
    strangers.filter(reservation__in=waiting).update(reservation=None)
    if item is not None and kept is None:
        kept = stock.reserve(item=item, customer=act.order.customer, by=act.by, now=act.now)
    for case in cases:
        case.reservation = kept
        case.no_gift_reason = "" if item else act.data["no_gift_reason"]
        case.save(update_fields=["reservation", "no_gift_reason"])
    return kept


def _letter_to_write(act: Act) -> Letter:
    """The letter in hand, else a new one. It serves the cases of this act and no other.

    Its row is locked: a case that leaves meanwhile makes it void.
    """
    in_hand = {each.case.letter.pk for each in act.together if each.case.letter is not None}
    usable = Letter.objects.select_for_update().filter(pk__in=in_hand, voided_at__isnull=True)
    found = sorted(usable, key=lambda letter: letter.pk)
    if not found:
        return Letter.objects.create(
            customer=act.order.customer, section=act.order.section, created_at=act.now
        )
    letter = found[0]
    letter.customer, letter.section = act.order.customer, act.order.section
    letter.save(update_fields=["customer", "section"])
    for other in found[1:]:
        letters.void(
            letter=other, reason="Digabung dengan surat untuk kasus lain pelanggan ini.",
            by=act.by, capacity=act.capacity, now=act.now,
        )  # fmt: skip
    CaseLetter.objects.filter(letter=letter).exclude(
        case__in=[each.case for each in act.together]
    ).delete()
    return letter
