"""The sweep by hand: what beat runs every five minutes."""

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from kompensasi.cases.sweep import sweep
from spm_monitor.workdays import WIB


class Command(BaseCommand):
    help = "Menandai pesanan yang melampaui SPM, lalu membuka kasus yang menjadi kewajiban."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--now", metavar="ISO", help="saat yang dianggap sekarang (WIB)")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(str(sweep(_instant(options["now"]))))


def _instant(text: str | None) -> datetime:
    if text is None:
        return timezone.now()
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"--now {text}: tulis seperti 2026-11-24T08:00") from error
    return instant if instant.tzinfo else instant.replace(tzinfo=WIB)
