"""Send the outbox by hand, as the worker does; let go what is held or failed."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from kompensasi.notices import actions, sending


class Command(BaseCommand):
    help = "Mengirim pemberitahuan yang menunggu, seperti yang dilakukan worker."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--release", action="store_true", help="lepaskan dahulu yang ditahan oleh pemulihan"
        )
        parser.add_argument(
            "--retry", action="store_true", help="coba lagi yang gagal, dari percobaan pertama"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        if options["release"]:
            self.stdout.write(f"dilepaskan {actions.release_held(now=now)}")
        if options["retry"]:
            self.stdout.write(f"dicoba lagi {actions.retry_failed(now=now)}")
        if not actions.mail_is_on():
            self.stdout.write("Surel tidak diatur (EMAIL_HOST kosong); tidak ada yang dikirim.")
            return
        done = sending.send_waiting(now)
        self.stdout.write(str(done))
        if done.unreachable:
            raise CommandError("Server surel tidak dapat dihubungi; yang menunggu tetap menunggu.")
