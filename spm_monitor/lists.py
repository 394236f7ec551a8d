"""What the pages of orders list and say: rows and filters, a due in words, an order's history."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode

from spm_monitor import clock, pauses
from spm_monitor.models import JournalEntry, Order, Overrun, Reminder, SpmStandard
from spm_monitor.models.orders import OrderQuerySet
from spm_monitor.refusals import NotYours
from spm_monitor.wording import instant_id, lower_first, short_date_id, time_id, weekday_date_id
from spm_monitor.workdays import WorkingCalendar, to_wib

LONGEST_SEARCH = 100
NEWEST_ENTRIES = 100
NEWEST_ESTIMATES = 5
SATURDAY = 5
NOT_COUNTED = "dijeda karena menunggu pelanggan tidak dihitung."


def readable(user: Any, now: datetime) -> OrderQuerySet:
    """The orders a person may read: of the sections of the posts held now, or all.

    Raises NotYours when no post lets this person read orders.
    """
    sections = user.sections_for("spm_monitor.view_order", now)
    if sections is None:
        return Order.objects.all()
    if not sections:
        raise NotYours("Jabatan Anda tidak mencakup pesanan.")
    return Order.objects.filter(section_id__in=sections)


def search_words(text: str) -> str:
    """What was typed into a search box, fit to be asked of a database."""
    return " ".join(text.replace("\0", "").split())[:LONGEST_SEARCH]


# --- the list ---------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What the address asks to see."""

    words: str
    state: str
    """A value of `Order.State`; empty for all."""

    @classmethod
    def of(cls, request: HttpRequest) -> "Filter":
        """Read from the address; an unknown state is no filter."""
        words = search_words(request.GET.get("q", ""))
        state = request.GET.get("keadaan", "")
        return cls(words=words, state=state if state in Order.State.values else "")

    def apply(self, orders: OrderQuerySet, *, now: datetime, near: datetime) -> OrderQuerySet:
        """Only the orders asked for."""
        if self.words:
            orders = orders.found_by(self.words)
        return orders.in_state(self.state, now=now, near=near) if self.state else orders

    @property
    def state_words(self) -> str:
        """ "terlampaui"; empty for all states."""
        label = str(Order.State(self.state).label) if self.state else ""
        return lower_first(label)

    def chips(self) -> list[dict[str, Any]]:
        """One link a state, all first; what was searched for stays."""
        choices = [("", "Semua"), *Order.State.choices]
        return [
            {"label": label, "url": self._url(value), "current": value == self.state}
            for value, label in choices
        ]

    def _url(self, state: str) -> str:
        asked = {"q": self.words, "keadaan": state}
        return f"?{urlencode({name: value for name, value in asked.items() if value})}"


def rows(
    orders: list[Order], *, base: str, now: datetime, near: datetime, calendar: WorkingCalendar
) -> list[dict[str, Any]]:
    """The rows of the list. base: the address that an order's own begins with."""
    return [
        {
            "order": order,
            "url": f"{base}{order.pk}/",
            "state": order.state(now=now, near=near),
            "due_date": short_date_id(order.due_at) if order.due_at else "",
            "due_time": time_id(order.due_at) if order.due_at else "",
            "distance": distance(order, now, calendar),
            "doubt": doubt(order, now),
        }
        for order in orders
    ]


def distance(order: Order, now: datetime, calendar: WorkingCalendar) -> str:
    """How far the due is, from either side: "3 hari kerja lagi", "Lewat 5 hari"; else empty."""
    if order.late(now):
        late = f"Lewat {clock.days_late(order, now)} hari"
        foretold = not order.ended and order.estimate_at is not None and order.estimate_at > now
        return f"{late} menurut perkiraan" if foretold else late
    if order.ended or order.due_at is None:
        return ""
    if to_wib(order.due_at).date() == to_wib(now).date():
        return "Hari ini"
    days = clock.days_left(order, now, calendar)
    return f"{days} hari kerja lagi" if days else "Kurang dari 1 hari kerja lagi"


def doubt(order: Order, now: datetime) -> str:
    """Said of an order that is still in time, but expected after its due."""
    expected_late = not order.ended and not order.late(now) and order.outside(now)
    return "Perkiraan melewati target" if expected_late else ""


# --- a due in words ---------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Promise:
    """When an order's result is due, and how that came about."""

    due: str
    """ "Senin, 14 Desember 2026 16.00 WIB"; empty while there is none."""
    how: str
    days_off: tuple[str, ...] = ()
    """Holidays on the way, each with its name."""
    source: str = ""
    """Which holidays were known: "Memakai hari libur 2026: SKB …"; empty when none were."""
    warning: str = ""
    day: int = 0
    """Which working day of the promise today is; 0 when that says nothing."""
    days: int = 0
    paused: str = ""
    """How many days did not count because the work waited on the customer."""
    example: bool = False
    """Whether the promise is not the office's own yet."""


def full_instant(instant: datetime) -> str:
    """ "Senin, 14 Desember 2026 16.00 WIB"."""
    return f"{weekday_date_id(instant)} {time_id(instant)}"


def due_sentence(order: Order) -> str:
    """Where the due stands after an act, as its message says it; empty when there is none to be."""
    if order.due_at is not None:
        return f"Target selesai: {full_instant(order.due_at)}."
    if order.ended:
        return ""
    if order.paused_since is not None:
        return "Target dihitung lagi saat jeda berakhir."
    return f"Belum ada target: menunggu {' dan '.join(missing(order))}."


def promise(
    order: Order, now: datetime, calendar: WorkingCalendar, spans: pauses.Spans | None = None
) -> Promise:
    """The due of an order, saved or not, with its start, the holidays and the pauses it passes.

    spans: its pauses, when a caller has them in hand; None: they are read.
    """
    if order.due_at is None:
        return Promise(due="", how=_why_no_due(order))
    due = full_instant(order.due_at)
    if order.target_at is not None:
        return Promise(due=due, how="Dijanjikan kepada pelanggan, tidak dihitung dari SPM.")
    standard, start = order.standard, order.started_at
    if standard is None or start is None:
        return Promise(due=due, how="")
    how = f"{standard} sejak {weekday_date_id(start)}; hari mulai tidak dihitung."
    if standard.unit == SpmStandard.Unit.CALENDAR:
        moved = "Bila jatuh pada hari libur, target pindah ke hari kerja berikutnya."
        return Promise(
            due=due, how=f"{how} {moved}", source=_source(start, order.due_at, calendar),
            warning=_unknown_years(start, order.due_at, calendar), example=standard.is_example,
        )  # fmt: skip
    spans = order.spans if spans is None else spans
    if clock.due_of(standard, start, spans, calendar) != order.due_at:
        return Promise(
            due=due,
            how=how,
            warning="Kalender kerja berubah sejak target ini dihitung.",
            example=standard.is_example,
        )
    begun, day = to_wib(start).date(), to_wib(now).date()
    closed = tuple(span for span in spans if span.ends is not None)
    today = calendar.working_days_between(begun, day)
    today -= pauses.paused_days(begun, day, closed, calendar)
    paused = pauses.paused_days(begun, to_wib(order.due_at).date(), closed, calendar)
    return Promise(
        due=due, how=how, days_off=_days_off(start, order.due_at, calendar),
        source=_source(start, order.due_at, calendar),
        warning=_unknown_years(start, order.due_at, calendar),
        paused=f"{paused} hari kerja {NOT_COUNTED}" if paused else "",
        day=0 if order.ended else today, days=standard.days,
        example=standard.is_example,
    )  # fmt: skip


def _why_no_due(order: Order) -> str:
    if order.ended:
        return "Pesanan berakhir sebelum waktu layanannya mulai."
    if order.paused_since is not None:
        since = instant_id(order.paused_since)
        return f"Dijeda sejak {since}: menunggu pelanggan. Target dihitung saat jeda berakhir."
    return f"Waktu layanan belum mulai: menunggu {' dan '.join(missing(order))}."


def missing(order: Order) -> list[str]:
    """What the start of an order still waits for."""
    received: date = to_wib(order.received_at).date()
    standard = order.standard or order.service.standard_on(received)
    waits = []
    if order.documents_at is None and (standard is None or standard.waits_for_documents):
        waits.append("dokumen lengkap")
    pays = standard is None or standard.waits_for_payment
    if order.paid_at is None and pays and not order.contract:
        waits.append("pembayaran")
    return waits


def _days_off(start: datetime, due: datetime, calendar: WorkingCalendar) -> tuple[str, ...]:
    first, last = to_wib(start).date(), to_wib(due).date()
    on_the_way = sorted(
        (day_off for day_off in calendar.days_off if first < day_off.date < last),
        key=lambda day_off: day_off.date,
    )
    return tuple(
        f"{short_date_id(day_off.date)}: {day_off.name} ({day_off.kind})"
        for day_off in on_the_way
        if day_off.date.weekday() < SATURDAY
    )


def _source(start: datetime, due: datetime, calendar: WorkingCalendar) -> str:
    """Which holidays were known, by year and decree."""
    years = range(to_wib(start).year, to_wib(due).year + 1)
    known = [day_off for day_off in calendar.days_off if day_off.date.year in years]
    if not known:
        return ""
    which = " dan ".join(str(year) for year in sorted({day_off.date.year for day_off in known}))
    decrees = "; ".join(sorted({day_off.decree for day_off in known if day_off.decree}))
    return f"Memakai hari libur {which}{f': {decrees}' if decrees else ''}."


def _unknown_years(start: datetime, due: datetime, calendar: WorkingCalendar) -> str:
    first, last = to_wib(start).year, to_wib(due).year
    years = " dan ".join(map(str, calendar.years_without_days_off(first, last)))
    return f"Hari libur {years} belum tercatat; hanya akhir pekan yang dilewati." if years else ""


# --- an order's history -----------------------------------------------------------------------

VERBS = {
    "order.entered": "Pesanan dicatat",
    "order.changed": "Data pesanan diubah",
    "order.rescheduled": "Target dihitung ulang",
    "order.documents": "Dokumen lengkap dicatat",
    "order.paid": "Pembayaran dicatat",
    "order.paused": "Jeda dicatat",
    "order.resumed": "Jeda berakhir",
    "order.pause_dropped": "Jeda dicabut",
    "order.extended": "Perpanjangan disepakati",
    "order.estimate": "Perkiraan selesai dicatat",
    "order.stage": "Tahap dicatat",
    "order.ready": "Hasil siap dicatat",
    "order.ready_corrected": "Waktu hasil siap dikoreksi",
    "order.ready_taken_back": "Hasil siap dicabut",
    "order.handed_over": "Penyerahan hasil dicatat",
    "order.withdrawn": "Pembatalan pelanggan dicatat",
}
# Facts whose values a history may show to everybody who may read the order.
TOLD = (
    "number", "sample", "contract", "note", "received_at", "documents_at", "paid_at", "target_at",
    "estimate_at", "work_began_at", "report_began_at", "ready_at", "handed_over_at",
    "withdrawn_at", "due_at",
)  # fmt: skip
NAMED = {"customer": "pelanggan", "service": "layanan"}  # kept as numbers: said without value
CONTACT_CHANGED = "Kontak pelanggan diubah."


def entries_of(order: Order) -> list[JournalEntry]:
    """The journal of an order, newest first."""
    entries = JournalEntry.objects.filter(subject="spm_monitor.order", subject_id=order.pk)
    return list(entries.select_related("actor").order_by("-seq")[:NEWEST_ENTRIES])


def estimates(entries: list[JournalEntry]) -> list[dict[str, str]]:
    """What the section expected, newest first, and when it said so; however it was recorded."""
    told = [
        {
            "estimate": _said(entry.after.get("estimate_at")),
            "when": instant_id(entry.at),
            "by": str(entry.actor) if entry.actor else "",
        }
        for entry in entries
        if entry.after.get("estimate_at") != entry.before.get("estimate_at")
    ]
    return told[:NEWEST_ESTIMATES]


def history(order: Order, entries: list[JournalEntry]) -> list[dict[str, str]]:
    """The journal of an order and its overruns, newest first, without what was said of contacts."""
    told = [(entry.at, _entry(entry)) for entry in entries]
    told += [(overrun.flagged_at, _flagged(overrun)) for overrun in order.overruns.all()]
    told += [(one.written_at, _reminded(one)) for one in order.reminders.all()]
    return [entry for _, entry in sorted(told, key=lambda pair: pair[0], reverse=True)]


def _reminded(one: Reminder) -> dict[str, str]:
    return {
        "title": "Pengingat",
        "when": instant_id(one.written_at),
        "by": "",
        "capacity": "Sistem",
        "note": f"{one.words.capitalize()}: {instant_id(one.due_at)}.",
    }


def _flagged(overrun: Overrun) -> dict[str, str]:
    return {
        "title": "Ditandai terlampaui",
        "when": instant_id(overrun.flagged_at),
        "by": "",
        "capacity": "Sistem",
        "note": f"Target {instant_id(overrun.due_at)} lewat. Kasus kompensasi ada di halaman ini."
        if overrun.answered_at
        else f"Target {instant_id(overrun.due_at)} lewat.",
    }


def _entry(entry: JournalEntry) -> dict[str, str]:
    lines = [entry.note] if entry.note else []
    return {
        "title": VERBS.get(entry.verb, "Perubahan tercatat"),
        "when": instant_id(entry.at),
        "by": str(entry.actor) if entry.actor else "",
        "capacity": entry.capacity,
        "note": "\n".join([*lines, *_changes(entry)]),
    }


def _changes(entry: JournalEntry) -> list[str]:
    after, before = entry.after, entry.before
    if entry.verb == "order.entered":
        return [f"Target selesai: {_said(after['due_at'])}."] if after.get("due_at") else []
    lines = [
        f"{_label(name)}: {_said(before.get(name))} → {_said(after[name])}"
        for name in TOLD
        if name in after and after[name] != before.get(name)
    ]
    lines += [f"{words.capitalize()} diubah." for name, words in NAMED.items() if name in after]
    if {"address", "contact_name", "phone", "email"} & after.keys():
        lines.append(CONTACT_CHANGED)
    return lines


def _label(fact: str) -> str:
    words = str(getattr(Order._meta.get_field(fact), "verbose_name", fact))
    return words[:1].upper() + words[1:]


def _said(value: Any) -> str:
    """A value of the journal for people: an instant in WIB, yes or no, else the text itself."""
    if value is None or value == "":
        return "belum ada"
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    try:
        instant = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        instant = None
    return instant_id(instant) if instant is not None and instant.tzinfo else str(value)
