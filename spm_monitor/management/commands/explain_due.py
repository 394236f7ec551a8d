"""The due instant of a promise, with the reason of each day on the way."""

import json
from datetime import date, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from spm_monitor import clock
from spm_monitor.wording import minutes_id, time_id, weekday_date_id
from spm_monitor.workdays import (
    FIRST_YEAR,
    LAST_YEAR,
    WIB,
    StretchExplained,
    WorkingCalendar,
    to_wib,
)


class Command(BaseCommand):
    help = "Menjelaskan jatuh tempo, hari demi hari, dari kalender kerja yang tercatat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--start", metavar="ISO", help="saat mulai; tanpa zona berarti WIB")
        parser.add_argument("--days", metavar="N", help="janji dalam hari kerja")
        parser.add_argument("--minutes", metavar="M", help="janji dalam menit kerja")
        parser.add_argument("--json", action="store_true", help="untuk program lain")

    def handle(self, **options: Any) -> None:
        start = _start(options["start"])
        days, minutes = options["days"], options["minutes"]
        if (days is None) == (minutes is None):
            raise CommandError("Beri salah satu saja: --days N atau --minutes M.")
        calendar = clock.current_calendar()
        try:
            if days is not None:
                answer = _of_days(calendar, start, _whole("--days", days, least=1))
            else:
                answer = _of_minutes(calendar, start, _whole("--minutes", minutes, least=0))
        except OverflowError as error:
            raise CommandError(
                f"Tidak ada jatuh tempo antara {FIRST_YEAR} dan {LAST_YEAR}: mulainya di luar itu,"
                " janjinya terlalu lama, atau jam kerja belum tercatat."
            ) from error
        answer["notices"] = [
            f"Hari libur tahun {year} belum tercatat; dihitung dengan akhir pekan saja."
            for year in calendar.years_without_days_off(start.year, answer["due"].year)
        ]
        if options["json"]:
            self.stdout.write(json.dumps(answer, default=_iso, ensure_ascii=False, indent=2))
        else:
            self._tell(answer)

    def _tell(self, answer: dict[str, Any]) -> None:
        def say(day: datetime, reason: str) -> None:
            self.stdout.write(f"{weekday_date_id(day):<27} {reason}")

        say(answer["start"], f"mulai {time_id(answer['start'])}")
        for day in answer["days"]:
            say(day["date"], day["reason"])
        say(answer["due"], f"jatuh tempo {time_id(answer['due'])}")
        for notice in answer["notices"]:
            self.stdout.write(notice)


def _start(text: str | None) -> datetime:
    if not text:
        raise CommandError("Beri saat mulai: --start 2026-03-31T14:05.")
    try:
        start = datetime.fromisoformat(text)
        return to_wib(start if start.tzinfo else start.replace(tzinfo=WIB))
    except (ValueError, OverflowError) as error:
        raise CommandError(
            f"--start {text} bukan saat yang dikenal. Contoh yang benar: 2026-03-31T14:05."
        ) from error


def _whole(option: str, text: str | int, *, least: int) -> int:
    try:
        number = int(text)
    except ValueError as error:
        raise CommandError(f"{option} {text} bukan bilangan bulat.") from error
    if number < least:
        raise CommandError(f"{option} paling sedikit {least}, bukan {number}.")
    return number


def _of_days(calendar: WorkingCalendar, start: datetime, n: int) -> dict[str, Any]:
    days = [
        {"date": day.date, "worked": day.worked, "reason": day.reason, "number": day.counted}
        for day in calendar.explain_days(start, n)
    ]
    return {"start": start, "due": calendar.due_after_days(start, n), "days": days}


def _of_minutes(calendar: WorkingCalendar, start: datetime, minutes: int) -> dict[str, Any]:
    due = calendar.add_minutes(start, minutes)
    stretches = calendar.explain_minutes(start, minutes)
    used: dict[date, list[StretchExplained]] = {}
    for stretch in stretches:
        used.setdefault(stretch.date, []).append(stretch)
    # Every date from the start's to the due's, so counted from the day before. The last one is
    # worked, being the due's.
    eve = start - timedelta(days=1)
    n = calendar.working_days_between(eve.date(), due.date())
    days = [
        {
            "date": day.date,
            "worked": day.worked,
            "reason": _spent(used.get(day.date, [])) if day.worked else day.reason,
            "number": None,
        }
        for day in calendar.explain_days(eve, n)
    ]
    return {
        "start": start,
        "due": due,
        "days": days,
        "stretches": [
            {"date": s.date, "begins": s.begins, "ends": s.ends, "minutes": s.minutes}
            for s in stretches
        ],
    }


def _spent(stretches: list[StretchExplained]) -> str:
    """How a worked day's minutes were used."""
    if not stretches:
        return "hari kerja, tidak ada menit yang terpakai"
    spans = ", ".join(f"{s.begins:%H.%M}–{s.ends:%H.%M}" for s in stretches)
    return f"{minutes_id(sum(s.minutes for s in stretches))} kerja: {spans}"


def _iso(value: date) -> str:
    return value.isoformat()
