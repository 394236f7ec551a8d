"""A later date agreed with the customer: on record once, beside the due, which stays."""

from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from spm_monitor import actions, files, journal, rights
from spm_monitor.models import Extension, Order
from spm_monitor.refusals import BadInput, NotNow
from spm_monitor.wording import instant_id

RIGHT = "spm_monitor.enter_order"


def agree(
    *, order: Order, until: datetime, consent: UploadedFile, by: Any, now: datetime, note: str = ""
) -> Extension:
    """The customer consents to wait until `until`, after the due. NotYours, NotNow, BadInput."""
    with journal.act():
        order_now = actions.locked(order)
        capacity = rights.require(by, RIGHT, order_now, at=now)
        if order_now.ended:
            raise NotNow(f"Pesanan {order_now.number} sudah berakhir.")
        if order_now.due_at is None:
            raise NotNow("Pesanan ini belum memiliki target, jadi belum ada yang diperpanjang.")
        if (before := Extension.objects.filter(order=order_now).first()) is not None:
            raise NotNow(
                f"Perpanjangan sampai {instant_id(before.until)} sudah disepakati; hanya sekali."
            )
        if until <= max(order_now.due_at, now):
            said = instant_id(max(order_now.due_at, now))
            raise BadInput(f"Isi waktu setelah {said}.", "until")
        kept = files.keep_upload("persetujuan", consent)
        extension = Extension.objects.create(
            order=order_now, until=until, note=note, consent=kept.name,
            consent_sha256=kept.sha256, recorded_at=now, by=by,
        )  # fmt: skip
        journal.record(
            "order.extended", order_now, by=by, capacity=capacity, now=now, note=note,
            after={"until": until, "sha256": kept.sha256},
        )  # fmt: skip
    return extension
