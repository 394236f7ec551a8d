"""Demo stock, orders in every state, and cases at every step, dated relative to now."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from kompensasi.cases.sweep import sweep
from kompensasi.demo.walk import PAPER, walk
from kompensasi.people.models import User
from kompensasi.souvenirs import stock
from kompensasi.souvenirs.models import Item, SouvenirClass
from spm_monitor import actions, clock, pausing
from spm_monitor.models import Customer, Order, Pause, Service
from spm_monitor.workdays import WIB, WorkingCalendar, to_wib

SERVICES = (
    "UJI-ANEKA", "KAL", "UJI-LINGKUNGAN", "SERT-PRODUK", "SERT-MUTU", "SERT-HIJAU",
    "SERT-LINGKUNGAN",
)  # fmt: skip
CUSTOMERS = (
    "PT Contoh Karet Sumatera", "CV Contoh Pangan Musi", "PT Contoh Semen Palembang",
    "Dinas Contoh Kota Palembang", "PT Contoh Pupuk Sriwijaya", "UD Contoh Kopi Semendo",
    "PT Contoh Baja Ogan", "Koperasi Contoh Tani Banyuasin",
)  # fmt: skip
SAMPLES = {
    "UJI": "contoh uji 1 kg", "KAL": "timbangan analitik", "SERT": "dokumen sistem mutu",
}  # fmt: skip
CAUSES = ("kerusakan-alat", "antrean", "ketersediaan-sdm", "bahan-habis", "listrik-jaringan")
ITEMS = (("Mug keramik", 25_000, 60), ("Payung lipat", 45_000, 30))
CASES = 14  # one at each step, one acknowledged, one whose result came late
READY_LATE = (2, 3, 7, 13)  # number 2 stands at step 3, which only a finished order reaches
WALKED = 3  # working days ago the demo's first sweep ran


@dataclass(frozen=True)
class Plan:
    """One order of the demo: how many working days ago its due was (negative: ahead), its end."""

    past_due: int
    ready: int | None = None
    """Working days after the due at which the result was ready (negative: before)."""
    paid: bool = True
    withdrawn: bool = False
    paused: bool = False


def plan_of(number: int) -> Plan:
    """The plan of the n-th order: first those that get cases, then all other states in turn."""
    if number < CASES:
        return Plan(past_due=WALKED + 2 + number % 3, ready=1 if number in READY_LATE else None)
    return (
        Plan(past_due=-8), Plan(past_due=-2), Plan(past_due=4, ready=-1),
        Plan(past_due=-4, paid=False), Plan(past_due=-5, withdrawn=True), Plan(past_due=-11),
        Plan(past_due=9, ready=-2), Plan(past_due=-1), Plan(past_due=-3, paused=True),
    )[number % 9]  # fmt: skip


def seed_stock(now: datetime) -> None:
    """Opening stock of two items, recorded by the front desk."""
    by = User.objects.get(username="petugas")
    souvenir_class = SouvenirClass.objects.earliest("position")
    for name, cost, quantity in ITEMS:
        item, made = Item.objects.get_or_create(
            name=name,
            defaults={"unit_cost": cost, "funding": "PNBP (contoh)", "minimum": 10,
                      "souvenir_class": souvenir_class},
        )  # fmt: skip
        if made:
            opened = now - timedelta(days=30)
            stock.open_stock(item=item, quantity=quantity, by=by, now=opened)


def seed_orders(count: int, now: datetime) -> int:
    """Make `count` demo orders, sweep, and walk a case to each step; returns how many were made."""
    calendar = clock.current_calendar()
    made = [_order(number, plan_of(number), now, calendar) for number in range(count)]
    late = [order for number, order in enumerate(made) if number < CASES]
    begin = _working_day_ago(calendar, to_wib(now).date(), WALKED, time(8, 5))
    sweep(begin)
    # Who signs earlier comes first, so that numbers of letters follow their dates: a later case
    # hurries more, and one whose result is ready has a step more.
    in_order = sorted(enumerate(late), key=lambda pair: (pair[1].ready_at is not None, -pair[0]))
    for number, order in in_order:
        case = order.cases.open().first()
        if case is not None:
            end = now - timedelta(minutes=3 + 11 * number)
            until = number + 1 if number < 12 else None
            walk(case, until, begin=begin, end=end, cause=CAUSES[number % len(CAUSES)])
    return len(made)


def _order(number: int, plan: Plan, now: datetime, calendar: WorkingCalendar) -> Order:
    code = SERVICES[number % len(SERVICES)]
    service = Service.objects.get(code=code)
    today = to_wib(now).date()
    standard = service.standard_on(today)
    days = standard.days if standard else 15
    received = _working_day_ago(
        calendar, today, max(0, plan.past_due + days), time(8, 30 + number % 20)
    )
    received = min(received, now - timedelta(minutes=45))
    by = User.objects.get(username="petugas")
    name = CUSTOMERS[number % len(CUSTOMERS)]
    order = actions.enter_order(
        by=by, now=received + timedelta(minutes=10),
        facts={
            "number": f"{number + 1:04d}/{code}/{received.year}",
            "customer": Customer.objects.get_or_create(name=name)[0],
            "address": f"Jl. Contoh No. {number + 1}, Palembang",
            "contact_name": f"Bagian Mutu {name}",
            "phone": f"0711-00{number:04d}",
            "email": f"mutu{number + 1}@contoh.example",
            "service": service,
            "sample": SAMPLES[code.partition("-")[0]],
            "received_at": received,
            "documents_at": received,
            "paid_at": received if plan.paid else None,
        },
    )  # fmt: skip
    _finish(order, plan, now, calendar, by)
    return order


def _finish(order: Order, plan: Plan, now: datetime, calendar: WorkingCalendar, by: User) -> None:
    if plan.withdrawn:
        actions.record_withdrawn(
            order=order, at=now - timedelta(minutes=20), reason="Pelanggan menunda kebutuhannya.",
            by=by, now=now,
        )  # fmt: skip
    if plan.paused:
        pausing.record_pause(
            order=order, reason=Pause.Reason.MATERIAL, by=by, now=now,
            begins_at=max(order.received_at, now - timedelta(hours=30)),
            note="Menunggu sampel pengganti dari pelanggan.",
            evidence=SimpleUploadedFile("surat.pdf", PAPER),
        )  # fmt: skip
    if plan.ready is None or order.due_at is None:
        return
    due_day = to_wib(order.due_at).date()
    if plan.ready > 0:
        day = calendar.nth_working_day(due_day, plan.ready)
    else:
        day = _working_day_ago(calendar, due_day, -plan.ready, time(10)).date()
    ready = datetime.combine(day, time(10, 15), WIB)
    actions.record_ready(order=order, at=ready, by=by, now=max(ready, order.received_at))


def _working_day_ago(calendar: WorkingCalendar, today: date, days: int, at: time) -> datetime:
    """A time of day on the n-th working day before a date (0: the date, or the last worked one)."""
    day = today
    while not calendar.is_working_day(day):
        day -= timedelta(days=1)
    for _ in range(days):
        day -= timedelta(days=1)
        while not calendar.is_working_day(day):
            day -= timedelta(days=1)
    return datetime.combine(day, at, WIB)
