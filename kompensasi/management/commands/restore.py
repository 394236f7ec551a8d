"""A backup into an empty installation; and letter numbers that were given after it."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from kompensasi.backup import restoring
from kompensasi.backup.archive import BackupError
from kompensasi.backup.restoring import Restored
from spm_monitor.wording import instant_id
from spm_monitor.workdays import to_wib

HIGHEST = 1_000_000  # further on it is a slip of the hand, and the counter never goes back


class Command(BaseCommand):
    help = "Memulihkan cadangan ke tempat yang kosong. Hentikan web, worker, dan beat dahulu."
    requires_system_checks = []  # the tables that one may read come with the backup

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", nargs="?", help="cadangan")
        parser.add_argument(
            "--last-letter", type=positive, metavar="N",
            help="nomor urut surat terakhir tahun ini menurut buku agenda; boleh tanpa FILE",
        )  # fmt: skip

    def handle(
        self, *args: Any, file: Path | None, last_letter: int | None, **options: Any
    ) -> None:
        now = timezone.now()
        if file is None and last_letter is None:
            raise CommandError("Sebutkan FILE cadangan, atau --last-letter N.")
        restored = None
        if file is not None:
            try:
                restored = restoring.restore(file, now)
            except BackupError as error:
                raise CommandError(str(error)) from error
            except OSError as error:
                raise CommandError(f"Tidak dapat dipulihkan: {error}.") from error
            self.tell(restored)
        if last_letter is not None:
            number = restoring.skip_letter_numbers(last_letter, now)
            if number > last_letter:
                self.stdout.write(
                    f"--last-letter {last_letter} diabaikan: di sini sudah sampai nomor {number}."
                )
            self.stdout.write(f"Nomor surat berikutnya: {number + 1}.")
        elif restored is not None:
            self.stdout.write(
                f"Nomor surat terakhir tahun {to_wib(now).year} dalam cadangan:"
                f" {restored.last_number}. Bila buku agenda lebih jauh, jalankan restore"
                " --last-letter N sebelum surat berikutnya ditandatangani."
            )
        if restored is not None and restored.faults:
            raise CommandError(
                "Dipulihkan, tetapi ada yang tidak cocok: " + "; ".join(restored.faults)
            )

    def tell(self, restored: Restored) -> None:
        say = self.stdout.write
        say(
            f"Dipulihkan: keadaan {instant_id(restored.made_at)}, {restored.rows} baris,"
            f" {restored.files} berkas. Pekerjaan setelahnya tidak ada di sini."
        )
        if restored.migrated:
            say(f"Cadangan lebih lama dari program: {restored.migrated} migrasi diterapkan.")
        if not restored.faults:
            say(
                f"{restored.letters} berkas surat sama dengan sidik SHA-256-nya; rantai jurnal sah"
                f" s.d. urut {restored.journal}."
            )
        if restored.held:
            say(
                f"{restored.held} pemberitahuan yang belum terkirim ditahan. Lepaskan dengan"
                " send_notices --release bila memang belum terkirim."
            )
        if restored.links_die:
            say(
                "SECRET_KEY di sini lain: tautan pelanggan dari cadangan tidak berlaku, kecuali"
                " kunci lama ditulis di SECRET_KEY_FALLBACKS."
            )


def positive(text: str) -> int:
    """A letter number from the command line."""
    if not text.isdecimal() or len(text) > len(str(HIGHEST)) or not 1 <= int(text) <= HIGHEST:
        raise argparse.ArgumentTypeError(f"{text} bukan nomor urut dari 1 sampai 1.000.000")
    return int(text)
