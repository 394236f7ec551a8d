"""`/sehat/`: is the whole product at work? For the monitoring of the office's servers."""

from datetime import datetime

from django.contrib.auth.decorators import login_not_required
from django.db import Error
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from kompensasi.celery import app
from spm_monitor import pulse
from spm_monitor.wording import instant_id

WELL = "baik"


@login_not_required
@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """200 when web, database, broker and the age of the last sweep are well, else 503.

    The body tells each part: `baik`, or in a sentence what is wrong. It names no host, no user.
    """
    parts = {"web": WELL, **_database_and_sweep(timezone.now()), "antrean": _broker()}
    well = all(state == WELL for state in parts.values())
    return JsonResponse({"sehat": well, **parts}, status=200 if well else 503)


def _database_and_sweep(now: datetime) -> dict[str, str]:
    try:
        swept = pulse.last(pulse.SWEEP)
    except Error:
        return {"basis_data": "Tidak menjawab.", "sapuan": "Tidak diketahui."}
    return {"basis_data": WELL, "sapuan": _sweep(swept, now)}


def _sweep(swept: datetime | None, now: datetime) -> str:
    """Counted from the start of this process when the last one was before it."""
    if not pulse.is_stale(swept, now):
        return WELL
    said = instant_id(swept) if swept else "belum pernah"
    return f"Terakhir {said}. Periksa beat dan worker."


def _broker() -> str:
    with app.connection_for_write() as connection:
        try:
            connection.connect()
        except (*connection.connection_errors, *connection.channel_errors):
            return "Tidak menjawab."
    return WELL
