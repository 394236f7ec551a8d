"""Take orders from a file; say what became of each row."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from spm_monitor.importing import import_orders
from spm_monitor.refusals import BadInput


class Command(BaseCommand):
    help = "Mengimpor pesanan dari CSV atau XLSX; baris baik diambil, yang lain disebut sebabnya."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="berkas CSV (UTF-8) atau XLSX")
        parser.add_argument("--dry-run", action="store_true", help="tunjukkan saja, jangan simpan")

    def handle(self, *, file: str, dry_run: bool, **options: Any) -> None:
        try:
            content = Path(file).read_bytes()
        except FileNotFoundError as error:
            raise CommandError(f"Tidak ada berkas {file}.") from error
        except OSError as error:
            raise CommandError(f"Berkas {file} tidak dapat dibaca.") from error
        try:
            result = import_orders(
                content, now=timezone.now(), by=None, capacity="Impor berkas", dry_run=dry_run
            )
        except BadInput as refusal:
            raise CommandError(refusal.sentence) from refusal
        self.stdout.write(str(result))
        if dry_run:
            self.stdout.write("Uji coba: tidak ada yang disimpan.")
        for moved in result.moved if dry_run else ():
            self.stdout.write(str(moved))
        for line in [*result.notices, *result.rejected]:
            self.stdout.write(str(line))
        if result.rejected:
            sys.exit(1)
