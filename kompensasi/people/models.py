"""People, posts (jabatan) and the appointments (penugasan) by which people hold posts."""

from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar

from django.contrib.auth import get_backends
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, OuterRef, Q, Value
from django.db.models.functions import Concat
from django.utils import timezone

from spm_monitor.json_rows import JsonRows
from spm_monitor.models import Section
from spm_monitor.wording import date_id, instant_id
from spm_monitor.workdays import to_wib

RIGHT = Concat("content_type__app_label", Value("."), "codename")  # as `has_perm` names it
NIP = RegexValidator(r"^\d{18}$", "NIP terdiri dari 18 angka.")


def sober_day(day: date) -> None:
    """Refuse a date of an appointment that can only be a slip of the hand."""
    if not 2000 <= day.year < 2100:
        raise ValidationError("Isi tanggal dari tahun 2000 sampai 2099.")


class UserManager(BaseUserManager["User"]):
    """Makes accounts; what an account may do is a matter of appointments."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        """An account; without a password it cannot sign in yet."""
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person of the office. Holds no right by itself and knows no superuser."""

    username = models.CharField(
        "nama pengguna", max_length=60, unique=True, error_messages={"unique": "Nama ini terpakai."}
    )
    full_name = models.CharField("nama lengkap", max_length=120)
    nip = models.CharField("NIP", max_length=18, blank=True, validators=[NIP])
    email = models.EmailField("surel", blank=True)
    is_active = models.BooleanField("aktif", default=True)
    is_demo = models.BooleanField("akun contoh", default=False, editable=False)
    # Set while the password is one that an administrator was shown: the person must choose an own
    # one at the next sign-in, and after this instant it opens nothing.
    temporary_until = models.DateTimeField("kata sandi sementara sampai", null=True, blank=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar = ["full_name"]

    objects = UserManager()

    class Meta:
        verbose_name = "pengguna"
        verbose_name_plural = "pengguna"
        ordering: ClassVar = ["full_name"]

    def __str__(self) -> str:
        return self.full_name

    @cached_property
    def _appointments(self) -> list["Appointment"]:
        """With rights and titles of their posts, in one query: every page asks this."""
        rights = Permission.objects.filter(posts=OuterRef("post")).order_by()
        titles = PostTitle.objects.filter(post=OuterRef("post")).order_by()
        found = self.appointments.select_related("post", "section").annotate(
            rights=JsonRows(rights.values(right=RIGHT)),
            titles=JsonRows(titles.values(since=F("valid_from"), words=F("title"))),
        )
        appointments: list[Appointment] = []
        for appointment in found.order_by("kind", "pk"):
            post = appointment.post
            post.permission_names = frozenset(row["right"] for row in appointment.rights)
            post.dated_titles = sorted(
                (date.fromisoformat(row["since"]), row["words"]) for row in appointment.titles
            )
            appointments.append(appointment)
        return appointments

    def appointments_on(self, at: datetime) -> list["Appointment"]:
        """The appointments in force at an instant, definitive ones first."""
        return [a for a in self._appointments if a.in_force(at)] if self.is_active else []

    def capacity_for(
        self, permission: str, section_id: int | None, at: datetime
    ) -> "Appointment | None":
        """The appointment that gives a right at an instant, for a section (None: any)."""
        for appointment in self.appointments_on(at):
            if permission in appointment.post.permission_names and appointment.covers(section_id):
                return appointment
        return None

    def appointment_as(
        self, post_id: int, section_id: int | None, at: datetime
    ) -> "Appointment | None":
        """The appointment in force by which this person holds a post (for a section)."""
        for appointment in self.appointments_on(at):
            if appointment.post_id == post_id and appointment.covers(section_id):
                return appointment
        return None

    def sections_for(self, permission: str, at: datetime) -> "set[int] | None":
        """The sections in which a right holds; None means the whole office."""
        held = [a for a in self.appointments_on(at) if permission in a.post.permission_names]
        if any(a.section_id is None for a in held):
            return None
        return {a.section_id for a in held if a.section_id is not None}

    # What Django's admin asks of a user. Answers come from the authentication backend.
    @property
    def is_staff(self) -> bool:
        """May enter Django's admin: holds the right to administer now."""
        return self.has_perm("people.administer")

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Whether a backend grants the right now (for the object's section)."""
        return any(backend.has_perm(self, perm, obj) for backend in _who_answer())

    def has_perms(self, perms: list[str], obj: Any = None) -> bool:
        """Whether all of these rights are held now."""
        return all(self.has_perm(perm, obj) for perm in perms)

    def has_module_perms(self, app_label: str) -> bool:
        """Whether any right in an app is held now."""
        return any(backend.has_module_perms(self, app_label) for backend in _who_answer())


def _who_answer() -> list[Any]:
    """The authentication backends that know of rights; the one that counts failures does not."""
    return [backend for backend in get_backends() if hasattr(backend, "has_perm")]


class Post(models.Model):
    """A post: a lane of the procedure, or a post the office needs beside it. Rows, not an enum."""

    code = models.SlugField("kode", max_length=30, unique=True)
    per_section = models.BooleanField("per seksi", default=False)
    exclusive = models.BooleanField("satu pemegang definitif", default=False)
    external = models.BooleanField(
        "di luar kantor", default=False, help_text="Pelanggan: tanpa akun, lewat tautan."
    )
    position = models.PositiveSmallIntegerField("urutan", default=0)
    permissions = models.ManyToManyField(
        Permission, blank=True, related_name="posts", verbose_name="hak"
    )

    class Meta:
        verbose_name = "jabatan"
        verbose_name_plural = "jabatan"
        ordering: ClassVar = ["position"]
        permissions: ClassVar = [("administer", "Mengelola akun, jabatan, dan data induk")]

    def __str__(self) -> str:
        return self.title()

    @cached_property
    def permission_names(self) -> frozenset[str]:
        """`app.codename` of each right the post gives."""
        return frozenset(f"{p.content_type.app_label}.{p.codename}" for p in self.permissions.all())

    @cached_property
    def dated_titles(self) -> list[tuple[date, str]]:
        """What it is called from which day on, the earliest first."""
        return sorted((t.valid_from, t.title) for t in self.titles.all())

    def title(self, on: date | None = None) -> str:
        """The post's title on a date (today): titles change, and an old letter keeps its own."""
        on = on or to_wib(timezone.now()).date()
        titles = [title for since, title in self.dated_titles if since <= on]
        return titles[-1] if titles else self.code


class PostTitle(models.Model):
    """What a post is called from a date on."""

    post = models.ForeignKey(Post, models.CASCADE, related_name="titles", verbose_name="jabatan")
    title = models.CharField("sebutan", max_length=80)
    valid_from = models.DateField("berlaku sejak")

    class Meta:
        verbose_name = "sebutan jabatan"
        verbose_name_plural = "sebutan jabatan"
        ordering: ClassVar = ["valid_from"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["post", "valid_from"], name="one_title_a_date")
        ]

    def __str__(self) -> str:
        return self.title


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    """Reads whose clock is an argument."""

    def sharing_a_day(self, first: date, last: date | None) -> "AppointmentQuerySet":
        """Those that count on some day of a period to its end; without last it has no end."""
        found = self.filter(
            Q(ends_on__isnull=True)
            | Q(ends_on__gt=first)
            | Q(ends_on=first, revoked_at__isnull=True)
        )
        return found if last is None else found.filter(starts_on__lte=last)

    def in_force_on(self, day: date) -> "AppointmentQuerySet":
        """Those that give their rights on a date, if the account is open."""
        return self.sharing_a_day(day, day)

    def in_force_at(self, at: datetime) -> "AppointmentQuerySet":
        """Those that give their rights at an instant, if the account is open."""
        day = to_wib(at).date()
        return self.filter(
            Q(ends_on__isnull=True) | Q(ends_on__gte=day),
            Q(revoked_at__isnull=True) | Q(revoked_at__gt=at),
            starts_on__lte=day,
        )

    def with_right(self, right: str) -> "AppointmentQuerySet":
        """Of accounts that are open, those whose post gives a right such as `app.codename`."""
        app, _, codename = right.partition(".")
        holds = {
            "post__permissions__content_type__app_label": app,
            "post__permissions__codename": codename,
        }
        found = self.filter(user__is_active=True, **holds).order_by("user", "pk")
        return found.select_related("user", "post")


class Appointment(models.Model):
    """A person holds a post from a date until a date (24.00 WIB), by a surat perintah."""

    class Kind(models.IntegerChoices):
        DEFINITIVE = 1, "Definitif"
        PLT = 2, "Plt."  # while the post is vacant
        PLH = 3, "Plh."  # while its holder is away for a short time

    user = models.ForeignKey(
        User, models.PROTECT, related_name="appointments", verbose_name="pengguna"
    )
    post = models.ForeignKey(
        Post, models.PROTECT, related_name="appointments", verbose_name="jabatan"
    )
    section = models.ForeignKey(
        Section, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="seksi"
    )
    kind = models.PositiveSmallIntegerField("jenis", choices=Kind, default=Kind.DEFINITIVE)
    order_number = models.CharField("nomor surat perintah", max_length=80)
    order_date = models.DateField("tanggal surat perintah", validators=[sober_day])
    starts_on = models.DateField("mulai", validators=[sober_day])
    ends_on = models.DateField("sampai", null=True, blank=True, validators=[sober_day])
    # Stopped at this instant of its last day; without it the last day counts to 24.00 WIB.
    revoked_at = models.DateTimeField("dihentikan", null=True, blank=True)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = "penugasan"
        verbose_name_plural = "penugasan"
        ordering: ClassVar = ["post__position", "kind", "starts_on"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="appointment_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True) | Q(ends_on__isnull=False),
                name="revoked_appointment_has_ended",
            ),
        ]

    def __str__(self) -> str:
        return self.title()

    def title(self, on: date | None = None) -> str:
        """As the holder signs: "Kepala Balai", "Plt. Kepala Balai", "Kepala Seksi Pengujian"."""
        words = self.post.title(on)
        if self.section is not None:
            words = f"{words} {self.section.name}"
        return words if self.kind == self.Kind.DEFINITIVE else f"{self.get_kind_display()} {words}"

    def in_force(self, at: datetime) -> bool:
        """Whether it gives its rights at an instant; the last day counts to 24.00 WIB."""
        day = to_wib(at).date()
        if self.revoked_at is not None and self.revoked_at <= at:
            return False
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)

    def over_at(self, at: datetime) -> bool:
        """Whether it has ended, and gives no right ever again."""
        return self.starts_on <= to_wib(at).date() and not self.in_force(at)

    def free_from(self) -> date | None:
        """The day from which another may hold the post; None while it has no end."""
        if self.ends_on is None or self.revoked_at is not None:
            return self.ends_on
        return self.ends_on + timedelta(days=1)

    def covers(self, section_id: int | None) -> bool:
        """Whether it reaches an object of a section; an office-wide post reaches all."""
        return self.section_id is None or section_id is None or self.section_id == section_id

    def clean(self) -> None:
        """Refuse what an office cannot have: a post without its section, two definitive heads."""
        if self.post_id is None:
            return
        if self.post.external:
            raise ValidationError({"post": "Jabatan ini di luar kantor dan tidak ditugaskan."})
        if self.post.per_section and self.section_id is None:
            raise ValidationError({"section": "Pilih seksi untuk jabatan ini."})
        if not self.post.per_section and self.section_id is not None:
            raise ValidationError({"section": "Jabatan ini berlaku untuk seluruh balai."})
        # Also of another kind: nobody is Plh. of a post that is his own at that time.
        if same := self._overlapping().filter(user_id=self.user_id).first():
            raise ValidationError({"starts_on": f"Orang ini sudah memegangnya {same.period()}."})
        if self.post.exclusive and self.kind == self.Kind.DEFINITIVE:
            holder = self._overlapping().filter(kind=self.kind).select_related("user").first()
            if holder is not None:
                raise ValidationError(
                    {
                        "post": "Jabatan ini sudah memiliki pemegang definitif pada masa itu:"
                        f" {holder.user}, {holder.period()}. Akhiri dahulu penugasannya, atau"
                        " pilih Plt. atau Plh."
                    }
                )

    def period(self) -> str:
        """ "sejak 1 Januari 2026", "1 Januari 2026 sampai 5 Januari 2026"."""
        if self.ends_on is None:
            return f"sejak {date_id(self.starts_on)}"
        if self.revoked_at is not None:
            return f"{date_id(self.starts_on)} sampai dihentikan {instant_id(self.revoked_at)}"
        return f"{date_id(self.starts_on)} sampai {date_id(self.ends_on)}"

    def _overlapping(self) -> "AppointmentQuerySet":
        """Other appointments to this post (of this section) that share a day with this one."""
        others = Appointment.objects.filter(post=self.post, section=self.section)
        others = others.exclude(pk=self.pk)
        if self.starts_on is None:
            return others.none()
        return others.sharing_a_day(self.starts_on, self.ends_on)
