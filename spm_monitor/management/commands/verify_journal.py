"""Prove the journal's chain, or name the first entry that does not fit it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from spm_monitor import journal


class Command(BaseCommand):
    help = "Memeriksa rantai jurnal; kode keluar 1 dan catatan pertama yang tidak sah bila putus."

    def handle(self, *args: Any, **options: Any) -> None:
        seq = journal.first_broken()
        if seq is not None:
            entry = journal.JournalEntry.objects.filter(seq=seq).first()
            what = f"{entry.verb}, {entry.subject} {entry.subject_id}" if entry else "hilang"
            raise CommandError(f"Rantai putus pada urut {seq}: {what}.")
        last = journal.JournalEntry.objects.order_by("-seq").first()
        self.stdout.write(f"Rantai sah s.d. urut {last.seq if last else 0}")
