"""An office in every state that a page can show: the demo, and what the demo does not reach."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from unittest import mock

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connections
from django.utils import timezone
from pypdf import PdfWriter
from pytest_django.live_server_helper import LiveServer

from kompensasi.cases.models import Case
from kompensasi.cases.sweep import sweep
from kompensasi.letters import pdf
from kompensasi.letters.models import Letter, Letterhead, LetterTemplate
from kompensasi.letters.settings_actions import in_use
from kompensasi.people.models import Appointment, Post, User
from kompensasi.souvenirs.models import Dispatch
from spm_monitor import actions, clock, extending
from spm_monitor.models import (
    Customer,
    Holiday,
    MonitoringRound,
    ObstacleCause,
    OfficeHours,
    Order,
    Pause,
    Service,
)
from spm_monitor.rounds import actions as rounds
from tests.cases.held import held_office
from tests.cases.walking import step_url
from tests.cases.ways import Walk
from tests.conftest import make_order, person, signed_in

NOTE = "Sebutkan tanggal yang dijanjikan, dan tulis nama pelanggan selengkapnya."
LONG_NAMES = {
    "long": "PT Perkebunan dan Pengolahan Karet Sriwijaya Nusantara Bersaudara Sejahtera Abadi Tbk",
    "void": "Koperasi Karyawan Pabrik Pupuk dan Bahan Kimia Sriwijaya Nusantara Sejahtera",
}


@dataclass
class Scene:
    """The server of the office, and the rows that pages are opened with, by name."""

    url: str
    media: Path
    rows: dict[str, Any] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)

    def cookie_of(self, username: str) -> str:
        """The session of a person who signed in once; "" for nobody."""
        if username and username not in self.cookies:
            self.cookies[username] = signed_in(username).cookies["sessionid"].value
        return self.cookies.get(username, "")


@contextmanager
def office_in_every_state(blocker: Any, folder: Path) -> Iterator[Scene]:
    """The office behind its own server, held by an open transaction; letters are not typeset."""
    one_sheet = mock.patch.object(pdf, "render", return_value=_sheet())
    with held_office(blocker, folder), one_sheet:
        call_command("seed_demo", verbosity=0)
        with _server() as server:
            scene = Scene(server.url, folder / "media")
            _demo_rows(scene.rows)
            _further_cases(scene.rows)
            _orders(scene.rows)
            _experience(scene.rows)
            _master_data(scene.rows)
            _expect_people(scene.rows)
            _rounds(scene.rows)
            yield scene


def _sheet() -> bytes:
    """An empty page, in place of a typeset letter."""
    written, out = PdfWriter(), BytesIO()
    written.add_blank_page(width=595, height=842)
    written.write(out)
    return out.getvalue()


@contextmanager
def _server() -> Iterator[LiveServer]:
    """Answers on the connection of the tests, and so sees what their transaction holds.

    Nobody closes it meanwhile, as Django keeps open the one of a database in memory.
    """
    shared = connections["default"]
    server = LiveServer("localhost", start=False)
    server.thread.connections_override = {"default": shared}
    with mock.patch.object(shared, "close"):
        server.start()
        try:
            yield server
        finally:
            server.stop()
            _end_of_answers()


def _end_of_answers() -> None:
    """Each thread that answers closes the connection last, which only this room may let be."""
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(30)


def _demo_rows(rows: dict[str, Any]) -> None:
    """The demo's first case at each step, and one that ended."""
    for case in Case.objects.open().select_related("order"):
        rows.setdefault(f"at {case.open_visit.step}", case.pk)
    ended = Case.objects.filter(ended_at__isnull=False, letters__sent_at__isnull=False).first()
    rows["ended"] = ended.pk
    rows["signed letter"] = Letter.objects.filter(sent_at=None, signed_at__isnull=False)[0].pk
    rows["sent letter"] = Letter.objects.filter(sent_at__isnull=False)[0].pk
    rows["draft letter"] = Letter.objects.filter(signed_at=None, voided_at=None)[0].pk
    for step in (5, 11):
        rows[f"visit of {step}"] = ended.visits.filter(row__number=step)[0].pk
    rows["proof"] = ended.visits.filter(row__number=3)[0].pk


EXTRA = (
    "returned", "refused", "undelivered", "void", "cancelled", "corrected", "held", "to report",
    "joined one", "joined two", "long",
)  # fmt: skip


def _further_cases(rows: dict[str, Any]) -> None:
    """What the demo's straight walks miss: returns, refusals, corrections, cancellations."""
    begin = timezone.now() - timedelta(days=9)
    for name in EXTRA:
        _late_order(name, begin)
    sweep(begin)
    walks = {name: Walk(Case.objects.get(order__number=f"X/{name}"), begin) for name in EXTRA}
    rows |= {name: walk.pk for name, walk in walks.items()}

    walks["returned"].to(9).answer("return", note=NOTE)
    walks["refused"].to(12).staff_record("refused", received_by="Bapak Umar")
    lost = walks["undelivered"].to(12)
    assert lost.staff_record("undeliverable").status_code == 302
    lost.answer("send", item="", no_gift_reason="Stok habis.")
    assert lost.staff_record("undelivered").status_code == 302
    void = walks["void"].to(11)
    letter = void.case.letters.get()
    void.post("agenda", f"/surat/{letter.pk}/batal/", {"reason": f"Tanggalnya keliru. {NOTE}"})
    walks["cancelled"].to(2)
    walks["cancelled"].post(
        "admin", f"/kasus/{walks['cancelled'].pk}/batal/", {"reason": "Pesanan tercatat ganda."}
    )
    _correct(walks["corrected"].to(9), 4, {"story": "Lampu katoda alat AAS rusak."})
    _hold(walks["held"].to(5))
    walks["to report"].to(6)
    for name in ("joined one", "joined two", "long"):
        walks[name].to(8)
    rows["dispatch"] = Dispatch.objects.get(sendings__visit__case=walks["refused"].pk).pk


def _late_order(name: str, begin: datetime) -> Order:
    customer = "CV Satu Surat" if name.startswith("joined") else LONG_NAMES.get(name, f"PT {name}")
    return make_order(
        f"X/{name}", customer=Customer.objects.get_or_create(name=customer)[0],
        received_at=begin - timedelta(days=30), due_at=begin - timedelta(days=6),
        phone="0812-7000-111", email="mutu@pelanggan.example", sample="air limbah",
        address="Jl. Kolonel H. Barlian Km. 9, Palembang 30152",
        note="Pelanggan meminta hasil dikirim lewat kurir.",
    )  # fmt: skip


def _correct(walk: Walk, step: int, instead: dict[str, Any]) -> None:
    """A mistake in a finished step, mended by who made it."""
    visit = walk.case.visits.get(row__number=step)
    url = f"/kasus/{walk.pk}/koreksi/{visit.pk}/"
    form = signed_in("pj.uji").get(url).context["form"]
    typed = {bound.html_name: bound.value() for bound in form} | instead
    answer = walk.post("pj.uji", url, typed | {"reason": "Salah tulis."})
    assert answer.status_code == 302, answer.context["form"].errors


def _hold(walk: Walk) -> None:
    """A step that one person took in hand, with a kept draft."""
    holder = User.objects.get(username="kasi.pjt")
    walk.post("kasi.pjt", f"{step_url(walk.case, 5)}pegang/", {"to": holder.pk})
    walk.post("petugas", step_url(walk.case, 5), {"save": "1", "told_to": "Ibu Sari"})


def _orders(rows: dict[str, Any]) -> None:
    """One order in each state, and one on which every act was recorded."""
    now = timezone.now()
    near = clock.near_limit(now, clock.current_calendar())
    for order in Order.objects.order_by("pk"):
        rows.setdefault(f"order {order.state(now=now, near=near)}", order.pk)
    ready = make_order("X/siap", due_at=now - timedelta(days=1), ready_at=now - timedelta(hours=2))
    rows["order ready"] = ready.pk
    rows["pause"] = Pause.objects.first().pk
    rows["extended"] = rows["order near"]
    consent = SimpleUploadedFile("surel.pdf", b"%PDF-1.4\n%%EOF\n")
    extending.agree(
        order=Order.objects.get(pk=rows["extended"]), until=now + timedelta(days=30),
        consent=consent, by=person("petugas"), now=now,
    )  # fmt: skip
    rows["order of returned"] = Case.objects.get(pk=rows["returned"]).order_id


def _rounds(rows: dict[str, Any]) -> None:
    """A monitoring round that is closed, and one that is filled and waits for that."""
    now, kasi = timezone.now(), person("kasi.pjt")
    closed = _filled_round(now)
    seen = ""
    try:
        rounds.close_round(round=closed, by=kasi, now=now, seen=seen)
    except rounds.Unseen as unseen:
        seen = unseen.mark
    rounds.close_round(round=closed, by=kasi, now=now, seen=seen)
    # The round was step 1 of the case that waited there.
    order = _late_order("after the round", now - timedelta(days=9))
    sweep(now)
    rows["at 1"] = Case.objects.get(order=order).pk
    rows["closed round"], rows["round"] = closed.pk, _filled_round(now).pk


def _filled_round(now: datetime) -> MonitoringRound:
    begun = rounds.open_round(by=person("petugas"), now=now)
    cause = ObstacleCause.objects.first()
    answers = [
        rounds.Answer(
            order=order, seen=0, stage="work", state="obstacle" if order.late(now) else "running",
            at=order.estimate_at, cause=cause if order.late(now) else None, story="",
        )
        for order in Order.objects.open().order_by("pk")
    ]  # fmt: skip
    assert not rounds.save_answers(round=begun, answers=answers, by=person("petugas"), now=now)
    return begun


def _experience(rows: dict[str, Any]) -> None:
    """Earlier results of a service, enough for a forecast and for scores of it."""
    order = Order.objects.select_related("service", "section").get(pk=rows["order in_spm"])
    calendar, now = clock.current_calendar(), timezone.now()
    for number in range(12):
        start = now - timedelta(weeks=30 - 2 * number)
        due, ready = (calendar.due_after_days(start, days) for days in (15, 9 + number % 6))
        make_order(
            f"X/lama-{number}", order.service.code, received_at=start, started_at=start,
            due_at=due, ready_at=ready,
        )  # fmt: skip
    head = person(f"kasi.{order.section.code}")
    for days in (20, 25):
        at = now + timedelta(days=days)
        actions.record_estimate(order=order, at=at, by=head, now=now)


def _master_data(rows: dict[str, Any]) -> None:
    today = timezone.localdate()
    for name, rows_of in (("letterhead", Letterhead), ("template", LetterTemplate)):
        for row in rows_of.objects.order_by("pk"):
            rows.setdefault(f"used {name}" if in_use(row) else name, row.pk)
    rows["service"] = Service.objects.get(code="UJI-ANEKA").pk
    rows["holiday"] = Holiday.objects.filter(date__gt=today).earliest("date").pk
    rows["past holiday"] = Holiday.objects.filter(date__lt=today).latest("date").pk
    rows["ramadan"] = OfficeHours.objects.filter(valid_from=None).latest("pk").pk
    scan = SimpleUploadedFile("sk.pdf", b"%PDF-1.4\n%%EOF\n", "application/pdf")
    client, url = signed_in("admin"), f"/pengaturan/layanan/{rows['service']}/spm/"
    form = client.get(url).context["form"]
    typed = {bound.html_name: bound.value() for bound in form if bound.value() is not None}
    typed |= {"valid_from": today + timedelta(days=30), "decree": "SK 1", "scan": scan}
    answer = client.post(url, typed)
    assert answer.status_code == 302, answer.context["form"].errors
    service = Service.objects.get(pk=rows["service"])
    rows["standard"] = service.standards.latest("valid_from").pk


def _expect_people(rows: dict[str, Any]) -> None:
    """Somebody with a temporary password, an appointment to come, and a post that is vacant."""
    today = timezone.localdate()
    admin = signed_in("admin")
    person = {"username": "budi", "full_name": "Budi Santoso", "nip": "198001012005011001"}
    assert admin.post("/pengaturan/akun/baru/", person).status_code == 200
    budi = User.objects.get(username="budi")
    post = Post.objects.get(code="petugas")
    coming = {
        "user": budi.pk, "post": post.pk, "kind": 1, "order_number": "SP/9",
        "order_date": today, "starts_on": today + timedelta(days=5),
    }  # fmt: skip
    answer = admin.post("/pengaturan/penugasan/baru/", coming)
    assert answer.status_code == 302, answer.context["form"].errors
    rows["account"] = User.objects.get(username="auditor").pk
    rows["post"] = post.pk
    rows["appointment"] = Appointment.objects.get(user__username="agenda").pk
    rows["coming appointment"] = Appointment.objects.get(user=budi).pk
    Appointment.objects.filter(user__username="kasi.sert").update(ends_on=today - timedelta(days=1))
