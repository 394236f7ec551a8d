"""The first account of a new office: its administrator, with a password to be used once."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from kompensasi.demo import left
from kompensasi.people import administrators
from kompensasi.people.actions import TEMPORARY_FOR
from kompensasi.people.forms import NewAccountForm
from spm_monitor.refusals import Refused
from spm_monitor.wording import instant_id


class Command(BaseCommand):
    help = "Membuat administrator pertama dan menampilkan kata sandi sekali pakainya."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", metavar="NAMA_PENGGUNA")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--name", metavar="NAMA", help="nama lengkap akun baru")
        what.add_argument(
            "--new-password", action="store_true",
            help="kata sandi sekali pakai yang baru bagi administrator yang tidak dapat masuk",
        )  # fmt: skip

    def handle(
        self, *args: Any, username: str, name: str | None, new_password: bool, **options: Any
    ) -> None:
        now = timezone.now()
        if demo := left.sentence():
            raise CommandError(demo)
        try:
            if new_password:
                password = administrators.renew_password(username=username, now=now)
            else:
                account = self.account(username, name or "")
                password = administrators.add_first(account=account, now=now)
                self.stdout.write(f"Akun {account.username} ({account}) dibuat: administrator.")
        except Refused as refused:
            raise CommandError(refused.sentence) from refused
        self.stdout.write(f"Kata sandi sekali pakai: {password}")
        self.stdout.write(
            f"Masuk di {settings.PUBLIC_URL}/masuk/ sebelum {instant_id(now + TEMPORARY_FOR)}, lalu"
            " ganti kata sandi itu. Ia tidak ditampilkan lagi dan tidak disimpan."
        )

    def account(self, username: str, name: str) -> Any:
        """A new account by the rules of the settings page, not saved yet."""
        form = NewAccountForm({"username": username, "full_name": name})
        if not form.is_valid():
            told = (f"{form.fields[n].label}: {e[0]}" for n, e in form.errors.items())
            raise CommandError(" ".join(told))
        return form.instance
