"""Everything into one file: database, kept files, keys."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from kompensasi.backup import making
from kompensasi.backup.archive import BackupError


class Command(BaseCommand):
    help = "Mencadangkan semuanya ke satu berkas: basis data, berkas tersimpan, dan kunci."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="berkas baru")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        file = file.absolute()
        try:
            made = making.make(file, timezone.now())
        except BackupError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{file} tidak dapat ditulis: {error.strerror}.") from error
        self.stdout.write(
            f"Cadangan {file}: {made.size / 1024 / 1024:.1f} MB, {made.files} berkas, jurnal s.d."
            f" urut {made.journal}"
        )
        self.stdout.write("Isinya rahasia: data pribadi dan kunci. Simpan di tempat terkunci.")
        for name in made.keys_outside:
            self.stdout.write(f"{name} berasal dari lingkungan dan tidak ikut; simpan sendiri.")
        if made.wrong:
            raise CommandError(
                "Cadangan dibuat, tetapi ada berkas yang hilang atau berubah sebelumnya: "
                + "; ".join(made.wrong)
            )
