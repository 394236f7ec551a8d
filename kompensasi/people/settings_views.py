"""The administrator's pages of people: accounts, posts, appointments; and the index of all."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kompensasi.people import actions
from kompensasi.people.forms import (
    AccountForm,
    EndForm,
    NewAccountForm,
    NewAppointmentForm,
    RevokeForm,
    TitleForm,
)
from kompensasi.people.models import Appointment, AppointmentQuerySet, Post, PostTitle, User
from kompensasi.people.requests import StaffRequest
from kompensasi.people.seats import vacant_words
from spm_monitor import rights
from spm_monitor.form_pages import FormPage, answer
from spm_monitor.models import Section, with_example_standard
from spm_monitor.paging import page_of
from spm_monitor.wording import date_id, instant_id
from spm_monitor.workdays import to_wib

SOON = 14  # days in which a coming end is announced
SHOWN = 50
# Name of the address, words, what it is for, and the right that opens it.
PAGES = (
    ("accounts", "Akun", "Siapa dapat masuk; kata sandi sementara.", "people.view_user"),
    ("appointments", "Penugasan", "Siapa memegang jabatan apa, sampai kapan.",
     "people.view_appointment"),
    ("posts", "Jabatan", "Pemegang tiap jabatan, dan sebutannya dari masa ke masa.",
     "people.view_post"),
    ("services", "Layanan dan SPM", "Janji waktu tiap layanan, dengan tanggal berlakunya.",
     "spm_monitor.view_service"),
    ("calendar", "Hari libur dan jam kerja", "Kalender yang menentukan target selesai.",
     "spm_monitor.view_holiday"),
    ("watch-rules", "Pengawasan target", "Kapan diingatkan; kasus sebelum target lewat.",
     "spm_monitor.view_watchrules"),
    ("stock", "Souvenir", "Barang yang ada di lemari; barang baru ditambahkan di sana.",
     "souvenirs.view_item"),
    ("letterheads", "Kop surat dan templat", "Kepala surat, pola nomor, dan bunyi surat.",
     "letters.view_letterhead"),
)  # fmt: skip


@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """The ways into the settings that this person may open."""
    now = timezone.now()
    rights.require_office(request.user, "people.administer", at=now)
    pages = [
        {"url": reverse(name), "title": title, "words": words}
        for name, title, words, right in PAGES
        if request.user.capacity_for(right, None, now) is not None
    ]
    ending = _ending(Appointment.objects.all(), to_wib(now).date()).count()
    sees_services = request.user.capacity_for("spm_monitor.view_service", None, now) is not None
    examples = with_example_standard(to_wib(now).date()) if sees_services else []
    context = {"pages": pages, "ending": ending, "soon": SOON, "examples": examples}
    return render(request, "settings/index.html", context)


# --- accounts ---------------------------------------------------------------------------------


@require_safe
def accounts(request: StaffRequest) -> HttpResponse:
    """Who can sign in, and as what."""
    now = timezone.now()
    rights.require_office(request.user, "people.view_user", at=now)
    people = User.objects.order_by("-is_active", "full_name").prefetch_related(
        "appointments__post__titles", "appointments__section"
    )
    rows = [
        {"account": person, "posts": [a for a in person.appointments.all() if a.in_force(now)]}
        for person in people
    ]
    return render(request, "settings/accounts.html", {"rows": rows})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account_new(request: StaffRequest) -> HttpResponse:
    """A new account; its temporary password is on the page that answers."""
    now = timezone.now()
    rights.require_office(request.user, "people.add_user", at=now)
    form = NewAccountForm(request.POST or None)
    page = FormPage(
        title="Akun baru", submit="Buat akun", back=(reverse("accounts"), "Akun"),
        sub="Hak akun mengikuti penugasannya. Kata sandi sementara dibuat sekarang.",
    )  # fmt: skip

    def add() -> HttpResponse:
        password = actions.add_account(account=form.instance, by=request.user, now=now)
        return _told_once(request, form.instance, password)

    return answer(request, form, page, add)


@require_http_methods(["GET", "HEAD", "POST"])
def account_edit(request: StaffRequest, pk: int) -> HttpResponse:
    """Name, number, mail of an account, and whether it is open."""
    now = timezone.now()
    rights.require_office(request.user, actions.CHANGE_USER, at=now)
    account = get_object_or_404(User, pk=pk)
    name, was_open = str(account), account.is_active
    form = AccountForm(request.POST or None, instance=account)
    form.fields[
        "is_active"
    ].help_text = "Bila dikosongkan, akun keluar dari semua perangkat dan kata sandinya dihapus."
    page = FormPage(
        title=f"Akun {name}", submit="Simpan perubahan", back=(reverse("accounts"), "Akun"),
        template="settings/account.html",
        more={"pk": pk, "was_open": was_open, "own": pk == request.user.pk},
    )  # fmt: skip

    def change() -> str:
        actions.change_account(account=form.instance, by=request.user, now=now)
        if was_open and not form.instance.is_active:
            return f"Akun {name} ditutup. Bila masih memegang jabatan, akhiri penugasannya."
        if not was_open and form.instance.is_active:
            return f"Akun {name} dibuka. Buatkan kata sandi sementara agar dapat masuk."
        return f"Akun {form.instance} disimpan."

    return answer(request, form, page, change)


@never_cache
@require_POST
def account_reset(request: StaffRequest, pk: int) -> HttpResponse:
    """A temporary password, shown on the page that answers and nowhere else."""
    account = get_object_or_404(User, pk=pk)
    password = actions.reset_password(account=account, by=request.user, now=timezone.now())
    return _told_once(request, account, password)


def _told_once(request: HttpRequest, account: User, password: str) -> HttpResponse:
    return render(request, "settings/password.html", {"account": account, "password": password})


# --- appointments -----------------------------------------------------------------------------

FILTERS = (
    ("", "Berlaku"), ("segera", f"Berakhir dalam {SOON} hari"), ("akan-datang", "Akan datang"),
    ("berakhir", "Sudah berakhir"),
)  # fmt: skip


@require_safe
def appointments(request: StaffRequest) -> HttpResponse:
    """Who holds what, and until when."""
    now = timezone.now()
    rights.require_office(request.user, "people.view_appointment", at=now)
    today, asked = to_wib(now).date(), request.GET.get("masa", "")
    everything = Appointment.objects.select_related("user", "post", "section")
    chosen = {
        "segera": _ending(everything, today),
        "akan-datang": everything.filter(starts_on__gt=today),
        "berakhir": everything.filter(Q(ends_on__lt=today) | Q(revoked_at__isnull=False)),
    }.get(asked, everything.in_force_on(today))
    page = page_of(chosen.prefetch_related("post__titles"), request, size=SHOWN)
    rows = [{"appointment": a, **_remaining(a, today)} for a in page.rows]
    chips = [
        {"label": label, "url": f"?masa={value}" if value else "?", "current": value == asked}
        for value, label in FILTERS
    ]
    return render(
        request, "settings/appointments.html", {"rows": rows, "page": page, "chips": chips}
    )


def _ending(appointments: AppointmentQuerySet, today: date) -> AppointmentQuerySet:
    """Those in force whose last day is near."""
    return appointments.in_force_on(today).filter(ends_on__lte=today + timedelta(days=SOON))


def _remaining(appointment: Appointment, today: date) -> dict[str, str]:
    """Tone and words of where an appointment stands."""
    if appointment.starts_on > today:
        return {"tone": "idle", "words": "Akan datang"}
    if appointment.revoked_at is not None:
        return {"tone": "idle", "words": "Dihentikan"}
    if appointment.ends_on is None:
        return {"tone": "ok", "words": "Berlaku"}
    days = (appointment.ends_on - today).days
    if days < 0:
        return {"tone": "idle", "words": "Berakhir"}
    if days > SOON:
        return {"tone": "ok", "words": "Berlaku"}
    return {"tone": "near", "words": f"Berakhir dalam {days} hari" if days else "Hari terakhir"}


@require_http_methods(["GET", "HEAD", "POST"])
def appointment_new(request: StaffRequest) -> HttpResponse:
    """Appoint somebody."""
    now = timezone.now()
    rights.require_office(request.user, "people.add_appointment", at=now)
    form = NewAppointmentForm(request.POST or None, initial={"starts_on": to_wib(now).date()})
    page = FormPage(
        title="Penugasan baru", submit="Tugaskan", back=(reverse("appointments"), "Penugasan"),
        sub="Hak berlaku sejak pukul 00.00 WIB tanggal mulai, oleh surat perintah ini.",
    )  # fmt: skip

    def appoint() -> str:
        appointment = form.instance
        actions.appoint(appointment=appointment, by=request.user, now=now)
        return f"{appointment.user} ditugaskan sebagai {appointment}, {appointment.period()}."

    return answer(request, form, page, appoint)


@require_http_methods(["GET", "HEAD", "POST"])
def appointment_end(request: StaffRequest, pk: int) -> HttpResponse:
    """Say until when an appointment counts."""
    now = timezone.now()
    rights.require_office(request.user, actions.CHANGE_APPOINTMENT, at=now)
    appointment = get_object_or_404(
        Appointment.objects.select_related("user", "post", "section"), pk=pk
    )
    coming = appointment.starts_on > to_wib(now).date()
    form = EndForm(request.POST or None, initial={"ends_on": appointment.ends_on})
    page = FormPage(
        title=f"{appointment}: {appointment.user}", submit="Simpan tanggal akhir",
        back=(reverse("appointments"), "Penugasan"), template="settings/appointment.html",
        sub=f"Surat perintah {appointment.order_number}, {date_id(appointment.order_date)};"
        f" {appointment.period()}.",
        more={"coming": coming, "running": appointment.in_force(now), "pk": pk},
    )  # fmt: skip

    def end() -> str:
        day = form.cleaned_data["ends_on"]
        actions.end_appointment(appointment=appointment, on=day, by=request.user, now=now)
        return f"{appointment}: {appointment.user} berlaku sampai {date_id(day)} pukul 24.00 WIB."

    return answer(request, form, page, end)


@require_http_methods(["GET", "HEAD", "POST"])
def appointment_revoke(request: StaffRequest, pk: int) -> HttpResponse:
    """Stop an appointment at once, with the reason."""
    now = timezone.now()
    rights.require_office(request.user, actions.CHANGE_APPOINTMENT, at=now)
    appointment = get_object_or_404(
        Appointment.objects.select_related("user", "post", "section"), pk=pk
    )
    form = RevokeForm(request.POST or None)
    page = FormPage(
        title=f"Hentikan {appointment}: {appointment.user}", submit="Hentikan sekarang",
        back=(reverse("appointments"), "Penugasan"),
        sub="Haknya berakhir saat ini juga. Yang sudah dikerjakan tetap tercatat.",
    )  # fmt: skip

    def revoke() -> str:
        reason = form.cleaned_data["reason"]
        actions.revoke(appointment=appointment, reason=reason, by=request.user, now=now)
        return f"{appointment}: {appointment.user} dihentikan {instant_id(now)}."

    return answer(request, form, page, revoke)


@require_POST
def appointment_call_off(request: StaffRequest, pk: int) -> HttpResponse:
    """Take back an appointment that has not begun."""
    appointment = get_object_or_404(
        Appointment.objects.select_related("user", "post", "section"), pk=pk
    )
    said = f"Penugasan {appointment.user} sebagai {appointment} dibatalkan."
    actions.call_off(appointment=appointment, by=request.user, now=timezone.now())
    messages.success(request, said)
    return redirect("appointments")


# --- posts ------------------------------------------------------------------------------------


@require_safe
def posts(request: StaffRequest) -> HttpResponse:
    """Each post with its holders, or since when it is vacant, and what it was called when."""
    now = timezone.now()
    rights.require_office(request.user, "people.view_post", at=now)
    sections: list[Section | None] = list(Section.objects.all())
    held: dict[tuple[int, int | None], list[Appointment]] = defaultdict(list)
    for appointment in Appointment.objects.select_related("user", "section", "post"):
        held[appointment.post_id, appointment.section_id].append(appointment)
    rows = [
        {
            "post": post,
            "seats": [
                _seat(section, held[post.pk, section.pk if section else None], now)
                for section in (sections if post.per_section else [None])
            ],
        }
        for post in Post.objects.filter(external=False).prefetch_related("titles")
    ]
    return render(request, "settings/posts.html", {"rows": rows})


def _seat(section: Section | None, appointments: list[Appointment], now: datetime) -> Any:
    """Who sits there now; when nobody, since when."""
    holders = [a for a in appointments if a.in_force(now) and a.user.is_active]
    vacant = "" if holders else vacant_words(appointments, now)
    return {"section": section, "holders": holders, "vacant": vacant}


@require_http_methods(["GET", "HEAD", "POST"])
def post_title(request: StaffRequest, pk: int) -> HttpResponse:
    """A new title of a post, from a date on."""
    now = timezone.now()
    rights.require_office(request.user, "people.add_posttitle", at=now)
    post = get_object_or_404(Post.objects.filter(external=False), pk=pk)
    form = TitleForm(request.POST or None, instance=PostTitle(post=post))
    page = FormPage(
        title=f"Sebutan baru untuk {post}", submit="Simpan sebutan",
        back=(reverse("posts"), "Jabatan"),
        sub="Surat yang sudah ditandatangani tetap memakai sebutan yang tercetak padanya.",
    )  # fmt: skip

    def add() -> str:
        actions.add_title(title=form.instance, by=request.user, now=now)
        return f"{form.instance} berlaku sejak {date_id(form.instance.valid_from)}."

    return answer(request, form, page, add)
