"""When an outcome is true, and which way it leads: the sentences and forks of the step table."""

from kompensasi.cases import facts
from kompensasi.cases.models import Ending
from kompensasi.cases.procedure import Situation, Target
from kompensasi.souvenirs.models import Receipt
from spm_monitor.wording import instant_id


def not_withdrawn(now: Situation) -> str | None:
    """Step 2: a withdrawn order has no result."""
    if now.order.withdrawn_at is not None:
        return "Pesanan sudah dibatalkan pelanggan, jadi tidak ada hasil."
    return None


def not_ready(now: Situation) -> str | None:
    """Step 2: once ready is recorded only *selesai* is true."""
    if now.order.ready_at is not None:
        return f"Hasil sudah siap sejak {instant_id(now.order.ready_at)}; pilih Selesai."
    return None


def not_yet_due(now: Situation) -> str | None:
    """Step 2: never *berjalan, dalam SPM* when ready, withdrawn, or past due."""
    order = now.order
    if order.ended:
        return not_ready(now) or not_withdrawn(now)
    if order.due_at is not None and order.due_at < now.now:
        return f"Target selesai {instant_id(order.due_at)} sudah lewat; catat kendalanya."
    return None


def in_spm_or_obstacle(now: Situation) -> Target:
    """Step 3: ready at or before due ends the case, whenever the result is handed over."""
    order = now.order
    late = order.due_at is not None and order.ready_at is not None and order.ready_at > order.due_at
    return 4 if late else Ending.IN_SPM


def report_or_monitor(now: Situation) -> Target:
    """Step 5: outside the SPM is reported, inside is monitored on."""
    return 6 if now.order.outside(now.now) else 1


def new_date_known(now: Situation) -> str | None:
    """Step 8: a letter needs a date to promise."""
    return facts.estimate_missing(now.order, now.now)


def letter_fits(now: Situation) -> str | None:
    """Step 10: only a letter that still says what is true may be signed."""
    letter = now.case.letter
    if letter is None:
        return "Konsep surat belum ada."
    return facts.misfit(letter, now.order, now.now)


def letter_fits_or_was_sent(now: Situation) -> str | None:
    """Step 11: a letter that was sent before goes out again as it is."""
    letter = now.case.letter
    if letter is not None and letter.sent_at is not None:
        return None
    return letter_fits(now)


def letter_does_not_fit(now: Situation) -> str | None:
    """Step 11: the way back to 8 is for a letter that no longer fits, and was never sent."""
    if letter_fits_or_was_sent(now) is None:
        return "Surat masih sesuai dengan pesanan; catat pengirimannya."
    return None


def gift_was_sent(now: Situation) -> str | None:
    """Step 12: only a souvenir that was sent can be refused."""
    reservation = now.case.reservation
    if reservation is None or reservation.left_at is None:
        return "Tidak ada souvenir yang dikirim."
    return None


def tried_before(now: Situation) -> str | None:
    """Step 12: a case ends undelivered from the second failed delivery on."""
    failed = Receipt.objects.filter(
        dispatch__sendings__visit__case=now.case, result=Receipt.Result.UNDELIVERABLE
    )
    if failed.exists():
        return None
    return "Kirim ulang dahulu; kasus dapat diakhiri sejak kegagalan kedua."
