"""The demo people. They can sign in only where DEMO=1."""

from dataclasses import dataclass
from datetime import date, timedelta

from kompensasi.people.models import Appointment, Post, User
from spm_monitor.models import Section

PASSWORD = "kompensasi"  # noqa: S105 - the demo's, told on its sign-in page
SINCE = date(2010, 1, 1)
Kind = Appointment.Kind


@dataclass(frozen=True)
class Person:
    """An account: its post, section code where the post has one, and kind of appointment."""

    username: str
    full_name: str
    post: str
    section: str = ""
    kind: Kind = Kind.DEFINITIVE
    expired: bool = False


PEOPLE = (
    Person("admin", "Administrator (contoh)", "admin"),
    Person("kasi.pjt", "Kasi PJT (contoh)", "kasi_pjt", kind=Kind.PLT),
    Person("pj.uji", "PJ Teknis Pengujian (contoh)", "pj_teknis", "uji"),
    Person("kasi.uji", "Kepala Seksi Pengujian (contoh)", "kepala_seksi", "uji"),
    Person("pj.kal", "PJ Teknis Kalibrasi (contoh)", "pj_teknis", "kal"),
    Person("kasi.kal", "Kepala Seksi Kalibrasi (contoh)", "kepala_seksi", "kal"),
    Person("pj.sert", "PJ Teknis Sertifikasi (contoh)", "pj_teknis", "sert"),
    Person("kasi.sert", "Kepala Seksi Sertifikasi (contoh)", "kepala_seksi", "sert"),
    Person("kepala", "Kepala Balai (contoh)", "kepala_balai"),
    Person("petugas", "Petugas Loket (contoh)", "petugas"),
    Person("agenda", "Petugas Agenda (contoh)", "agenda"),
    Person("auditor", "Auditor (contoh)", "auditor"),
    Person("plh.kepala", "Plh. Kepala Balai (contoh)", "kepala_balai", kind=Kind.PLH, expired=True),
)


def seed_people(today: date) -> int:
    """Make the demo people that are missing, with their appointments; returns how many."""
    missing = [p for p in PEOPLE if not User.objects.filter(username=p.username).exists()]
    for number, person in enumerate(missing, start=1):
        user = User.objects.create_user(
            person.username, PASSWORD, full_name=person.full_name, is_demo=True,
            nip=f"{number:018d}",
        )  # fmt: skip
        Appointment.objects.create(
            user=user,
            post=Post.objects.get(code=person.post),
            section=Section.objects.get(code=person.section) if person.section else None,
            kind=person.kind,
            order_number=f"SP-CONTOH/{number:02d}",
            order_date=SINCE,
            starts_on=today - timedelta(days=40) if person.expired else SINCE,
            ends_on=today - timedelta(days=10) if person.expired else None,
        )
    return len(missing)
