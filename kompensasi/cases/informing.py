"""Step 5's notice of delay to the customer: by WhatsApp link, on paper, by mail of the outbox.

The notice is no letter: it has no number and nobody signs it.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import quote

from kompensasi.cases import drafts
from kompensasi.cases.models import CustomerInformed, Visit
from kompensasi.letters.models import Letterhead
from kompensasi.notices import actions as notices
from kompensasi.notices.actions import Message
from kompensasi.notices.models import Notice
from kompensasi.people.models import User
from spm_monitor.models import Order
from spm_monitor.wording import instant_id
from spm_monitor.workdays import to_wib

STEP = 5
COUNTRY = "62"
MOBILE = re.compile(rf"{COUNTRY}8\d{{7,11}}")
ABROAD = re.compile(rf"(?!{COUNTRY})[1-9]\d{{7,14}}")
BETWEEN_NUMBERS = re.compile(r"[,;/]|\batau\b")


def mobile_number(phone: str) -> str:
    """The first number that can be a mobile, as wa.me wants it: 6281234567890; "" for none.

    "0812-3456-7890", "+62 812 …" and "812…" are Indonesian; "+65 …" is a number abroad.
    """
    for part in BETWEEN_NUMBERS.split(phone):
        digits = re.sub(r"\D", "", part)
        if part.strip().startswith("+") or digits.startswith("00"):
            digits = digits.removeprefix("00")
            if ABROAD.fullmatch(digits):
                return digits
        elif digits.startswith(("0", "8")):
            digits = COUNTRY + digits.removeprefix("0")
        if MOBILE.fullmatch(digits):
            return digits
    return ""


def whatsapp_url(order: Order, text: str) -> str:
    """A link that opens WhatsApp with the text prepared; "" without a mobile number."""
    number, text = mobile_number(order.phone), "\n".join(text.splitlines())
    return f"https://wa.me/{number}?text={quote(text, safe='')}" if number else ""


def mails_for(order: Order) -> bool:
    """Whether choosing *surel* makes us send the notice ourselves."""
    return notices.mail_is_on() and bool(order.email)


def queue_mail(informed: CustomerInformed, order: Order, now: datetime) -> None:
    """Put the notice into the outbox when it goes by mail, in the transaction of its step."""
    if informed.channel != CustomerInformed.Channel.EMAIL or not mails_for(order):
        return
    head = Letterhead.objects.on(to_wib(now).date())
    foot = f"\n{head.unit}\n{head.contact}\n" if head else ""
    notices.write(
        messages=[
            Message(
                event=f"informed:{informed.visit_id}", kind=Notice.Kind.DELAY,
                address=order.email, subject=f"Pemberitahuan tentang pesanan {order.number}",
                body=f"Yth. {informed.told_to}\n\n{informed.message}\n{foot}",
            )
        ],
        now=now,
    )  # fmt: skip


def sees_contact(order: Order, user: User, now: datetime) -> bool:
    """Whether this person may use the customer's number: it stands in the WhatsApp link."""
    return user.capacity_for("spm_monitor.see_contact", order.section_id, now) is not None


def saved_notice(visit: Visit, user: User, now: datetime) -> dict[str, str] | None:
    """How the notice that a finished visit saved can be passed on; None when it saved none."""
    if not hasattr(visit, "informed"):
        return None
    order = visit.case.order
    url = whatsapp_url(order, visit.informed.message) if sees_contact(order, user, now) else ""
    return {"whatsapp_url": url, "mail": mail_state(visit)}


def mail_state(visit: Visit) -> str:
    """What became of the mail that a visit queued, without the address; "" when it queued none."""
    mail = Notice.objects.filter(key__startswith=f"informed:{visit.pk}:").first()
    if mail is None:
        return ""
    if mail.sent_at is not None:
        return f"Surel kepada pelanggan terkirim {instant_id(mail.sent_at)}."
    if mail.state == Notice.State.FAILED:
        return "Surel kepada pelanggan gagal dikirim. Sampaikan dengan cara lain."
    return "Surel kepada pelanggan menunggu dikirim."


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The notice as it is printed."""

    letterhead: Letterhead | None
    dated: date
    told_to: str
    address: str
    """The customer's; "" for who may not see it."""
    message: str
    sender: str
    """The post that tells, without a name."""


def proposed_sheet(visit: Visit, user: User, now: datetime) -> Sheet:
    """The notice as the form of an open step 5 proposes it."""
    order = visit.case.order
    contact = order.contact_name if sees_contact(order, user, now) else ""
    return _sheet(
        order, user, now, at=now, told_to=contact or order.customer.name,
        message=drafts.delay_message(visit.case, order, now), sender=visit.row.actor.title(),
    )  # fmt: skip


def saved_sheet(visit: Visit, user: User, now: datetime) -> Sheet:
    """The notice as a finished visit saved it."""
    informed = visit.informed
    return _sheet(
        visit.case.order, user, now, at=informed.told_at, told_to=informed.told_to,
        message=informed.message, sender=visit.finished_capacity,
    )  # fmt: skip


def _sheet(order: Order, user: User, now: datetime, *, at: datetime, **words: str) -> Sheet:
    day = to_wib(at).date()
    address = order.address if sees_contact(order, user, now) else ""
    return Sheet(letterhead=Letterhead.objects.on(day), dated=day, address=address, **words)
