"""What DOMAIN 2 says of an order and its case, asked of the tables alone.

Written from DOMAIN and not from the product's rules, which it is to judge.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from spm_monitor.workdays import to_wib

COMPENSATED = {"compensated", "gift_refused", "undelivered"}


class Broken(AssertionError):
    """A rule of DOMAIN does not hold. Begins with the rule's name."""


def hold(rule: str, holds: bool, seen: Any = "") -> None:
    """The rule, or Broken with its name."""
    if not holds:
        raise Broken(f"{rule}: {seen}")


# --- what DOMAIN says --------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Seen:
    """An order and its case at an instant, as the tables have them."""

    now: datetime
    due: datetime | None
    estimate: datetime | None
    ready: datetime | None
    withdrawn: datetime | None
    flagged: bool
    step: int | None = None
    opens: datetime | None = None
    endings: tuple[str, ...] = ()
    letter: int | None = None
    """The letter in hand: its key, and how far it is."""
    letter_is: str = ""
    fits: bool = True
    gift: int | None = None
    """The open case's reservation, while it waits or has left."""
    gift_is: str = ""
    failed: int = 0

    @property
    def late(self) -> bool:
        """Late = due < now and not withdrawn at or before due, and (no ready, or ready > due)."""
        if self.due is None or not self.due < self.now:
            return False
        if self.withdrawn is not None and self.withdrawn <= self.due:
            return False
        return self.ready is None or self.ready > self.due

    @property
    def outside(self) -> bool:
        """Due passed without a result, or ready > due, or (open) estimate > due."""
        if self.due is None:
            return False
        if self.ready is not None:
            return self.ready > self.due
        if self.late:
            return True
        is_open = self.withdrawn is None
        return is_open and self.estimate is not None and self.estimate > self.due

    @property
    def sent(self) -> bool:
        return self.letter_is == "sent"

    def ways(self) -> dict[str, int | str]:
        """The outcomes of the open step that are true now, and where each leads."""
        waits = self.opens is not None and self.opens > self.now
        if self.step is None or waits:
            return {}
        a_date = self.ready or self.withdrawn
        if a_date is None and self.estimate and self.due:
            a_date = self.estimate if self.estimate > max(self.due, self.now) else None
        going = self.fits or self.sent
        past = self.due is not None and self.due < self.now
        table: dict[int, dict[str, tuple[bool, int | str]]] = {
            1: {"record": (True, 2)},
            2: {
                "done": (self.withdrawn is None, 3),
                "obstacle": (self.ready is None, 4),
                "running": (self.ready is None and self.withdrawn is None and not past, 1),
            },
            3: {"handed": (True, 4 if self.outside else "in_spm")},
            4: {"inform": (True, 5)},
            5: {"informed": (True, 6 if self.outside else 1)},
            6: {"report": (True, 7)},
            7: {"instruct": (True, 8), "ask": (True, 6)},
            8: {"submit": (a_date is not None, 9)},
            9: {"approve": (True, 10), "return": (True, 8)},
            10: {"sign": (self.fits, 11), "return": (True, 8)},
            11: {"send": (going, 12), "redraft": (not going, 8)},
            12: {
                "received": (True, "compensated"),
                "refused": (self.gift_is == "left", "gift_refused"),
                "undeliverable": (True, 11),
                "undelivered": (self.failed > 0, "undelivered"),
            },
        }
        return {code: to for code, (true, to) in table[self.step].items() if true}

    def after_an_entry(self, before: "Seen") -> int | str | None:
        """Where the case stands, or how it ended, after an entry on the order made this of it."""
        step = before.step
        if step is None or before.sent:
            return step
        if self.withdrawn is not None and not self.late:
            return "withdrawn"
        if step == 3 and self.ready is None:
            return 2
        ended = self.ready is not None
        if not self.outside and (6 <= step <= 11 or (ended and 4 <= step <= 11)):
            return "in_spm"
        return step

    @property
    def owed(self) -> bool:
        """Whether a sweep opens a case now."""
        closed = COMPENSATED | {"cancelled"}
        return self.late and self.step is None and not closed & set(self.endings)

    @property
    def at_rest(self) -> bool:
        """Nothing is open and nothing is owed."""
        return self.step is None and not self.owed

    def key(self) -> tuple[Any, ...]:
        """What makes two situations one, for the rules."""

        def to_due(at: datetime | None) -> str:
            if at is None:
                return ""
            return "free" if self.due is None else "in" if at <= self.due else "out"

        past = "" if self.due is None else "passed" if self.due < self.now else "ahead"
        gone = self.estimate is not None and self.estimate <= self.now
        settled = self.ready is not None or self.withdrawn is not None
        return (
            past, to_due(self.ready), to_due(self.withdrawn), self.flagged,
            "" if settled else to_due(self.estimate), gone and not settled,
            self.step, self.opens is not None and self.opens > self.now,
            bool(COMPENSATED & set(self.endings)), "cancelled" in self.endings,
            self.letter_is, self.fits, self.gift_is, self.failed > 0,
        )  # fmt: skip


# --- what the tables say -----------------------------------------------------------------------


def rows(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Plain SQL: thousands of situations are looked at, and the product is not to judge itself."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def instant(value: Any) -> datetime | None:
    """A time as SQLite (UTC without saying so) or PostgreSQL gives it."""
    return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


def look(order_pk: int, now: datetime) -> Seen:
    """An order and its case, read anew."""
    ((due, estimate, ready, withdrawn, flagged),) = rows(
        "SELECT due_at, estimate_at, ready_at, withdrawn_at, flagged_due_at IS NOT NULL"
        " FROM spm_monitor_order WHERE id = %s", order_pk
    )  # fmt: skip
    cases = rows(
        "SELECT id, ending, reservation_id FROM cases_case WHERE order_id = %s ORDER BY id",
        order_pk,
    )
    is_open = [case for case in cases if case[1] == ""]
    hold("one open case an order", len(is_open) <= 1, is_open)
    standing = rows(
        "SELECT v.case_id, s.number, v.opens_at FROM cases_visit v"
        " JOIN sop_revisionstep s ON s.id = v.row_id JOIN cases_case c ON c.id = v.case_id"
        " WHERE c.order_id = %s AND v.finished_at IS NULL", order_pk
    )  # fmt: skip
    hold(
        "an open case has one open visit, an ended one none",
        [visit[0] for visit in standing] == [case[0] for case in is_open], standing,
    )  # fmt: skip
    seen = Seen(
        now=now, due=instant(due), estimate=instant(estimate), ready=instant(ready),
        withdrawn=instant(withdrawn), flagged=bool(flagged),
        endings=tuple(case[1] for case in cases if case[1]),
    )  # fmt: skip
    if not is_open:
        return seen
    ((case, _, gift),), ((_, step, opens),) = is_open, standing
    letters = rows(
        "SELECT l.id, CASE WHEN l.sent_at IS NOT NULL THEN 'sent'"
        " WHEN l.signed_at IS NOT NULL THEN 'signed' ELSE 'draft' END FROM letters_letter l"
        " JOIN cases_caseletter c ON c.letter_id = l.id"
        " WHERE c.case_id = %s AND l.voided_at IS NULL", case
    )  # fmt: skip
    hold("one letter in hand", len(letters) <= 1, letters)
    letter, letter_is = letters[0] if letters else (None, "")
    held = rows(
        "SELECT CASE WHEN left_at IS NOT NULL THEN 'left' WHEN released_at IS NULL THEN 'waits'"
        " ELSE '' END FROM souvenirs_reservation WHERE id = %s", gift
    )  # fmt: skip
    failed = rows(
        "SELECT COUNT(*) FROM souvenirs_receipt r JOIN cases_receiving g ON g.receipt_id = r.id"
        " JOIN cases_visit v ON v.id = g.visit_id"
        " WHERE v.case_id = %s AND r.result = 'undeliverable'", case
    )  # fmt: skip
    return replace(
        seen, step=step, opens=instant(opens), letter=letter, letter_is=letter_is,
        fits=letter is None or fits(letter, now), gift=gift, gift_is=held[0][0] if held else "",
        failed=failed[0][0],
    )  # fmt: skip


def fits(letter: int, now: datetime) -> bool:
    """Variant and dates are still those of every order it speaks of, and no promise has passed."""
    told = rows(
        "SELECT t.variant, t.due_at, t.done_at, o.due_at, o.estimate_at, o.ready_at, o.withdrawn_at"
        " FROM cases_caseletter t JOIN cases_case c ON c.id = t.case_id"
        " JOIN spm_monitor_order o ON o.id = c.order_id WHERE t.letter_id = %s", letter
    )  # fmt: skip
    for variant, told_due, told_done, due, estimate, ready, withdrawn in told:
        true = "finished" if ready else "expected"
        date = None if withdrawn else ready or estimate
        if (variant, told_due, told_done) != (true, due, date):
            return False
        if true == "expected" and date and to_wib(instant(date)).date() < to_wib(now).date():
            return False
    return True
