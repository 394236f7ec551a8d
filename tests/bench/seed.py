"""An office with a long past: orders in every state, and a case for each that was late.

Rows arrive by COPY, so that a hundred thousand orders take seconds. Dues follow the calendar,
flags and overruns follow the dues, and the journal's chain is sealed as always.
"""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, models

from kompensasi.cases.models import Case, CaseLetter, Opening, Visit
from kompensasi.letters.models import Letter, LetterReview, LetterVersion
from kompensasi.people.models import Appointment, User
from kompensasi.sop.models import Revision
from spm_monitor import clock, journal
from spm_monitor.models import Customer, Order, Overrun, Sequence, Service
from spm_monitor.workdays import to_wib

NEWLY_LATE = 1000  # orders that pass their due at `sweep_at`, whatever the size
OLDEST = 300  # days before today on which the oldest order was received
PATH = (1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12)  # of a late order
SIGNED, DRAFTED = 11, 9  # from these steps on a case has a signed letter, a draft
COMPANIES = ("PT Karet Sumatera", "CV Pangan Musi", "PT Semen Ogan", "UD Kopi Semendo")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

Values = Iterator[tuple[Any, ...]]


@dataclass(frozen=True, kw_only=True)
class Promise:
    """What an order received on a day was promised."""

    service: Service
    standard_id: int
    started_at: datetime
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The orders to make: how many, when it is, and the promises there are, by their due."""

    orders: int
    now: datetime
    past: list[Promise]
    soon: list[Promise]
    ahead: list[Promise]
    late_every: int = 10
    """One order of so many was late, and has its case."""

    def kind(self, n: int) -> str:
        """Some were late (and have a case), a tenth was in time, most are going on."""
        if n > self.orders:
            return "soon"
        if n % self.late_every == 0:
            return "late" if n // self.late_every % 2 else "done late"
        if n % 10 == 1:
            return "done"
        if n % 10 == 2:
            return {2: "withdrawn", 12: "waiting"}.get(n % 50, "going")
        return "going"

    def promise(self, n: int) -> Promise:
        """What the n-th order was promised."""
        eras = {"late": self.past, "done late": self.past, "done": self.past, "soon": self.soon}
        era = eras.get(self.kind(n), self.ahead)
        return era[n * 7919 % len(era)]


def fill(orders: int, now: datetime, late_every: int) -> None:
    """So many orders and those that will soon be late, and what an office keeps beside them."""
    plan = replace(plan_of(orders, now), late_every=late_every)
    names = (f"{COMPANIES[n % 4]} {n:05d}" for n in range(1, orders // 40 + 2))
    copy(Customer, "id name accepts_gifts", ((n, c, True) for n, c in enumerate(names, 1)))
    copy(
        Order,
        "id number customer_id address contact_name phone email service_id section_id sample"
        " contract note received_at documents_at paid_at standard_id started_at due_at"
        " estimate_at ready_at handed_over_at handed_over_to withdrawn_at withdrawn_reason"
        " flagged_due_at",
        order_rows(plan),
    )
    late = [(n, plan.promise(n).due_at) for n in range(late_every, orders + 1, late_every)]
    flagged = ((n, due, due + HOUR / 12, due + HOUR / 12) for n, due in late)
    copy(Overrun, "order_id due_at flagged_at answered_at", flagged)
    _cases(late, now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def plan_of(orders: int, now: datetime) -> Plan:
    """The promises that the office's services and calendar make, sorted by when they fall due."""
    past, soon, ahead = [], [], []
    sweep_due = sweep_at(now) - timedelta(minutes=1)
    midnight = clock.day_start(to_wib(now).date())
    for promise in _promises(now):
        if promise.due_at < midnight:
            past.append(promise)
        elif promise.due_at == sweep_due:
            soon.append(promise)
        elif promise.due_at > sweep_due and promise.started_at < now:
            ahead.append(promise)
    return Plan(orders=orders, now=now, past=past, soon=soon, ahead=ahead)


def sweep_at(now: datetime) -> datetime:
    """A minute after the closing of the next working day: when the sweep finds its thousand."""
    due = clock.current_calendar().due_after_days(now, 1)
    return due + timedelta(minutes=1)


def _promises(now: datetime) -> Iterator[Promise]:
    calendar, today = clock.current_calendar(), to_wib(now).date()
    for service in Service.objects.prefetch_related("standards"):
        for back in range(OLDEST):
            start = clock.day_start(today - back * DAY) + 9 * HOUR
            order = Order(service=service, received_at=start, documents_at=start, paid_at=start)
            made = clock.schedule(order, calendar)
            if made.standard is not None and made.due_at is not None:
                yield Promise(
                    service=service, standard_id=made.standard.pk, started_at=start,
                    due_at=made.due_at,
                )  # fmt: skip


def order_rows(plan: Plan) -> Values:
    """The rows of the table of orders, as COPY takes them."""
    customers = plan.orders // 40 + 1
    for n in range(1, plan.orders + NEWLY_LATE + 1):
        kind, made = plan.kind(n), plan.promise(n)
        start, due, standard = made.started_at, made.due_at, made.standard_id
        documents: datetime | None = start
        clock_facts: tuple[Any, ...] = (standard, start, due)
        if kind == "waiting":
            documents, clock_facts = None, (None, None, None)
        ready = {"done": due - DAY, "done late": due + 2 * DAY}.get(kind)
        handed = (ready + DAY, "Bagian Mutu") if ready else (None, "")
        withdrawn = (start + DAY / 2, "ditunda") if kind == "withdrawn" else (None, "")
        yield (
            n, f"{n:07d}/{made.service.code}/{start.year}", n % customers + 1,
            f"Jl. Contoh No. {n}, Palembang", "Bagian Mutu", f"0711-{n:07d}",
            f"mutu{n}@contoh.example", made.service.pk, made.service.section_id,
            f"contoh uji {n}", False, "", start, documents, start, *clock_facts,
            plan.now + 5 * DAY if kind == "late" else None, ready, *handed, *withdrawn,
            due if kind in ("late", "done late") else None,
        )  # fmt: skip


# --- cases ------------------------------------------------------------------------------------


def stands_at(case: int) -> int:
    """The step of the n-th case; one of twenty is going on, the others have ended (13)."""
    return PATH[case // 20 % len(PATH)] if case % 20 == 0 else 13


def _cases(late: list[tuple[int, datetime]], now: datetime) -> None:
    year, revision = to_wib(now).year, Revision.in_force(to_wib(now).date())
    by = User.objects.get(username="kasi.pjt")
    capacity = (
        Appointment.objects.select_related("post", "section")
        .prefetch_related("post__titles")
        .get(user=by)
    )
    cases = list(enumerate(late, 1))
    copy(
        Case,
        "id number order_id revision_id opened_at opening tracking_code no_gift_reason ended_at"
        " ending ending_note",
        (
            (n, f"KMP-{year}-{n:04d}", order, revision.pk, due + HOUR / 12, Opening.LATE,
             f"patokan-{n}", "", *((due + 13 * DAY, "compensated") if stands_at(n) > 12
                                   else (None, "")), "")
            for n, (order, due) in cases
        ),
    )  # fmt: skip
    Sequence.objects.create(key=f"case:{year}", last=len(cases))
    steps = list(revision.steps.filter(number__in=PATH).values_list("number", "pk"))
    copy(
        Visit,
        "case_id row_id opens_at opened_at due_at finished_at finished_by_id finished_as_id"
        " finished_capacity outcome note posted_sha256",
        (
            (n, row, at := due + step * DAY, at + HOUR, at + 2 * HOUR,
             *((at + DAY, by.pk, capacity.pk, str(capacity), "record") if step < stands_at(n)
               else (None, None, None, "", "")), "", "")
            for n, (_, due) in cases for step, row in steps if step <= stands_at(n)
        ),
    )  # fmt: skip
    _letters(cases, by, capacity, year)
    _journal(cases, by, capacity)


def _letters(
    cases: list[tuple[int, tuple[int, datetime]]], by: User, capacity: Appointment, year: int
) -> None:
    drafted = [(n, order, due) for n, (order, due) in cases if stands_at(n) >= DRAFTED]
    facts = {o.pk: o for o in Order.objects.filter(pk__in=[order for _, order, _ in drafted])}
    # As long as a real one, so that its rows weigh what theirs do.
    body = "\n\n".join(["Sehubungan dengan pekerjaan pesanan Saudara, kami sampaikan. " * 4] * 5)
    copy(
        Letter,
        "id customer_id section_id created_at number typed_number number_key dated signed_at"
        " signed_by_id signed_as_id signer_name signer_nip signer_capacity pdf pdf_sha256"
        " pdf_size scan scan_sha256 sent_at voided_at void_reason",
        (
            (n, facts[order].customer_id, facts[order].section_id, due + 8 * DAY,
             *((f"B/{n}/BSKJI/PLG/MS/XI/{year}", "", f"b/{n}/bskji/plg/ms/xi/{year}",
                (due + 10 * DAY).date(), due + 10 * DAY, by.pk, capacity.pk, by.full_name, by.nip,
                str(capacity), f"surat/{n}.pdf", f"{n:064x}", 24_000)
               if stands_at(n) >= SIGNED
               else (None, "", None, None, None, None, None, "", "", "", "", "", None)),
             *((f"pindaian/{n}.pdf", f"{n:064x}", due + 11 * DAY) if stands_at(n) > SIGNED
               else ("", "", None)), None, "")
            for n, order, due in drafted
        ),
    )  # fmt: skip
    copy(
        LetterVersion,
        "id letter_id version subject addressee address body copies sha256 written_by_id"
        " written_as_id written_at",
        (
            (n, n, 1, "Permohonan maaf", f"Pimpinan {n}", "Palembang", body, "", f"{n:064x}",
             by.pk, capacity.pk, due + 8 * DAY)
            for n, _, due in drafted
        ),
    )  # fmt: skip
    copy(
        LetterReview, "version_id sha256 approved note by_id at",
        ((n, f"{n:064x}", True, "", by.pk, due + 9 * DAY) for n, _, due in drafted
         if stands_at(n) > DRAFTED),
    )  # fmt: skip
    copy(
        CaseLetter, "case_id letter_id variant due_at done_at",
        ((n, n, "expected", due, due + 15 * DAY) for n, _, due in drafted),
    )  # fmt: skip


def _journal(
    cases: list[tuple[int, tuple[int, datetime]]], by: User, capacity: Appointment
) -> None:
    with journal.act():
        for n, (order, due) in cases:
            case = Case(pk=n)
            journal.record(
                "case.opened", case, by=None, now=due,
                after={"number": f"KMP-{n}", "order": order, "opening": Opening.LATE},
            )  # fmt: skip
            for step in (s for s in PATH if s < stands_at(n)):
                journal.record(
                    "step.finished", case, by=by, capacity=capacity, now=due + step * DAY,
                    after={"step": step, "outcome": "record"},
                )  # fmt: skip


# --- COPY -------------------------------------------------------------------------------------


def copy(model: type[models.Model], columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Write rows as they stand; the table's own numbering goes on after them."""
    table = model._meta.db_table
    text = io.StringIO()
    for row in rows:
        text.write("\t".join(map(_written, row)) + "\n")
    text.seek(0)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({', '.join(columns.split())}) FROM STDIN", text)
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), coalesce(max(id), 1))"
            f" FROM {table}"
        )


def _written(value: Any) -> str:
    if value is None:
        return r"\N"
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value).replace("\n", r"\n")
