"""Demo people, stock, orders and cases at every step."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from kompensasi.demo.orders import seed_orders, seed_stock
from kompensasi.demo.people import seed_people
from kompensasi.people.models import User
from spm_monitor.models import Order
from spm_monitor.workdays import to_wib


class Command(BaseCommand):
    help = "Mengisi data contoh: orang, stok, pesanan, dan kasus pada setiap langkah."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--orders", type=int, default=40, metavar="N", help="jumlah pesanan")
        parser.add_argument(
            "--if-empty", action="store_true", help="hanya bila belum ada pesanan sama sekali"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        if settings.HTTPS and not settings.DEMO:  # an office in service, though still empty
            raise CommandError(
                f"{settings.PUBLIC_URL} adalah pemasangan untuk dipakai; data contoh tidak"
                " ditambahkan. Cobalah data contoh di tempat lain dengan `make run`."
            )
        if User.objects.filter(is_demo=False).exists():
            raise CommandError("Di sini ada akun yang bukan contoh; data contoh tidak ditambahkan.")
        if Order.objects.exists():
            if not options["if_empty"]:
                self.stderr.write("Sudah ada pesanan; data contoh tidak ditambahkan.")
            return
        with transaction.atomic():  # half a demo would be taken for a whole one
            people = seed_people(to_wib(now).date())
            seed_stock(now)
            orders = seed_orders(options["orders"], now)
        self.stdout.write(f"Data contoh: {people} orang, {orders} pesanan.")
