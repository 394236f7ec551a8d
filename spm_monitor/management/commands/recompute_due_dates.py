"""Let the dues of open orders follow the calendar as it stands now."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from spm_monitor import clock, recalculation
from spm_monitor.wording import instant_id

CAUSE = "dihitung ulang menurut kalender kerja"


class Command(BaseCommand):
    help = "Menunjukkan target pesanan berjalan yang bergeser; --apply menyimpannya."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--apply", action="store_true", help="simpan target yang baru")

    def handle(self, *, apply: bool, **options: Any) -> None:
        found = list(recalculation.moves(clock.current_calendar()))
        for number, old, new in ((one.order.number, one.old, one.new) for one in found):
            was, becomes = (instant_id(due) if due else "belum ada" for due in (old, new))
            self.stdout.write(f"{number}: {was} → {becomes}")
        if not found:
            self.stdout.write("Tidak ada target yang bergeser.")
        elif apply:
            moved = recalculation.move(
                found, cause=CAUSE, by=None, now=timezone.now(), capacity="Sistem"
            )
            self.stdout.write(f"{len(moved.moves)} target digeser.")
        else:
            self.stdout.write(f"{len(found)} target akan bergeser; simpan dengan --apply.")
