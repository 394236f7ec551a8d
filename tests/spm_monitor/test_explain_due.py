"""`manage.py explain_due`: when a promise falls due, and why then."""

import io
import json
from datetime import date, time
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from spm_monitor.models import Holiday, OfficeHours

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def hours() -> None:
    OfficeHours.objects.all().delete()
    Holiday.objects.all().delete()
    row = OfficeHours.objects.create(name="biasa", valid_from=date(2020, 1, 1))
    for weekday in range(5):
        row.segments.create(weekday=weekday, opens=time(7, 30), closes=time(12))
        row.segments.create(weekday=weekday, opens=time(13), closes=time(16))
    Holiday.objects.create(date=date(2026, 3, 19), name="Nyepi", decree="SKB 1")


def explained(*arguments: str) -> str:
    out = io.StringIO()
    call_command("explain_due", *arguments, stdout=out)
    return out.getvalue()


def as_json(*arguments: str) -> dict[str, Any]:
    return json.loads(explained(*arguments, "--json"))


def test_days_are_told_one_by_one_with_their_reasons() -> None:
    assert explained("--start", "2026-03-18T15:59", "--days", "2") == (
        "Rabu, 18 Maret 2026         mulai 15.59 WIB\n"
        "Kamis, 19 Maret 2026        libur nasional: Nyepi (SKB 1)\n"
        "Jumat, 20 Maret 2026        hari kerja ke-1\n"
        "Sabtu, 21 Maret 2026        akhir pekan\n"
        "Minggu, 22 Maret 2026       akhir pekan\n"
        "Senin, 23 Maret 2026        hari kerja ke-2\n"
        "Senin, 23 Maret 2026        jatuh tempo 16.00 WIB\n"
    )


def test_days_as_json() -> None:
    assert as_json("--start", "2026-03-18", "--days", "1") == {
        "start": "2026-03-18T00:00:00+07:00",
        "due": "2026-03-20T16:00:00+07:00",
        "days": [
            {
                "date": "2026-03-19", "worked": False, "number": None,
                "reason": "libur nasional: Nyepi (SKB 1)",
            },
            {"date": "2026-03-20", "worked": True, "number": 1, "reason": "hari kerja ke-1"},
        ],
        "notices": [],
    }  # fmt: skip


def test_minutes_are_told_by_days_and_by_stretches_of_work() -> None:
    answer = as_json("--start", "2026-03-18T15:00", "--minutes", "400")
    assert answer["due"] == "2026-03-20T14:10:00+07:00"
    assert [(day["date"], day["worked"], day["reason"]) for day in answer["days"]] == [
        ("2026-03-18", True, "1 jam kerja: 15.00–16.00"),
        ("2026-03-19", False, "libur nasional: Nyepi (SKB 1)"),
        ("2026-03-20", True, "5 jam 40 menit kerja: 07.30–12.00, 13.00–14.10"),
    ]
    assert [stretch["minutes"] for stretch in answer["stretches"]] == [60, 270, 70]
    assert answer["stretches"][-1] == {
        "date": "2026-03-20", "minutes": 70,
        "begins": "2026-03-20T13:00:00+07:00", "ends": "2026-03-20T14:10:00+07:00",
    }  # fmt: skip


def test_no_minutes_are_due_at_the_next_opening() -> None:
    answer = as_json("--start", "2026-03-18T16:00", "--minutes", "0")
    assert (answer["due"], answer["stretches"]) == ("2026-03-20T07:30:00+07:00", [])
    assert [day["date"] for day in answer["days"]] == ["2026-03-18", "2026-03-19", "2026-03-20"]


def test_a_start_with_a_zone_is_told_in_wib() -> None:
    for start in ("2026-03-17T22:00+00:00", "2026-03-17T22:00Z", "2026-03-18T05:00"):
        assert as_json("--start", start, "--days", "1")["start"] == "2026-03-18T05:00:00+07:00"


def test_a_year_without_holidays_gives_a_notice() -> None:
    assert as_json("--start", "2026-12-31", "--days", "1")["notices"] == [
        "Hari libur tahun 2027 belum tercatat; dihitung dengan akhir pekan saja."
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("--days 2", "Beri saat mulai"),
        ("--start kemarin --days 2", "--start kemarin bukan saat yang dikenal"),
        ("--start 2026-02-30 --days 2", "bukan saat yang dikenal"),
        ("--start 2026-03-18", "salah satu saja"),
        ("--start 2026-03-18 --days 2 --minutes 3", "salah satu saja"),
        ("--start 2026-03-18 --days 0", "--days paling sedikit 1, bukan 0"),
        ("--start 2026-03-18 --days=-1", "--days paling sedikit 1, bukan -1"),
        ("--start 2026-03-18 --minutes=-1", "--minutes paling sedikit 0, bukan -1"),
        ("--start 2026-03-18 --days 1.5", "bukan bilangan bulat"),
        ("--start 2026-03-18 --days 999999", "Tidak ada jatuh tempo antara 1990 dan 2100"),
        ("--start 1950-01-01 --minutes 5", "Tidak ada jatuh tempo antara 1990 dan 2100"),
        ("--start 0001-01-01 --days 5", "Tidak ada jatuh tempo antara 1990 dan 2100"),
    ],
)
def test_bad_input_is_one_clear_sentence(arguments: str, words: str) -> None:
    with pytest.raises(CommandError, match=words):
        explained(*arguments.split())


def test_without_office_hours_there_is_no_due() -> None:
    OfficeHours.objects.all().delete()
    with pytest.raises(CommandError, match="jam kerja belum tercatat"):
        explained("--start", "2026-03-18", "--minutes", "5")
