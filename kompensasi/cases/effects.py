"""What finishing a step writes. Runs in the step's transaction, after every check."""

from datetime import datetime
from typing import Any

from kompensasi.cases import facts
from kompensasi.cases.models import (
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
from kompensasi.letters.drafting import without_paragraph
from kompensasi.letters.models import Letter
from kompensasi.souvenirs import stock
from kompensasi.souvenirs.models import Dispatch, Item, Receipt
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
    CustomerInformed.objects.create(
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
    """Step 8: the next version of the letter, and a souvenir put aside (or why none)."""
    case, order, data = act.case, act.order, act.data
    item: Item | None = data["item"]
    _put_aside(act, item)
    body = data["body"] if item else without_paragraph(data["body"], data["souvenir_sentence"])
    letter = case.letter or _new_letter(act)
    version = letters.write_version(
        letter=letter, by=act.by, capacity=act.capacity, now=act.now,
        words={
            "subject": data["subject"], "addressee": data["addressee"],
            "address": data["address"], "body": body,
        },
    )  # fmt: skip
    CaseLetter.objects.filter(case=case, letter=letter).update(
        variant=facts.variant_for(order), due_at=order.due_at, done_at=facts.new_date(order)
    )
    Draft.objects.create(
        visit=act.visit, version=version, reservation=case.reservation,
        no_gift_reason=case.no_gift_reason,
    )  # fmt: skip


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
    Sending.objects.create(visit=act.visit, letter=letter, dispatch=dispatch)
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
    Receiving.objects.create(visit=act.visit, receipt=receipt)


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


def _put_aside(act: Act, item: Item | None) -> None:
    """Make the case's reservation one of this item, or none with the reason given."""
    case, held = act.case, act.case.reservation
    if held is not None and held.waits:
        if item is not None and held.item_id == item.pk:
            return
        stock.release(reservation=held, by=act.by, now=act.now)
    case.reservation = None
    if item is not None:
        case.reservation = stock.reserve(
            item=item, customer=act.order.customer, by=act.by, now=act.now
        )
    case.no_gift_reason = "" if item else act.data["no_gift_reason"]
    case.save(update_fields=["reservation", "no_gift_reason"])


def _new_letter(act: Act) -> Letter:
    letter = Letter.objects.create(
        customer=act.order.customer, section=act.order.section, created_at=act.now
    )
    due_at: Any = act.order.due_at  # an order that has none is not outside its SPM
    CaseLetter.objects.create(
        case=act.case, letter=letter, variant=facts.variant_for(act.order), due_at=due_at
    )
    del act.case.letter  # the cached answer "none"
    return letter
