"""What a step of the procedure is made of. The table itself is `steps.py`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from django.forms import BooleanField

from kompensasi.cases.models import Case, Ending, Visit
from spm_monitor.models import Order

if TYPE_CHECKING:
    from kompensasi.cases.forms import StepForm

Target = int | Ending
MONITORING = 1  # every case begins here, and returns here while its order is in its SPM
DRAFTING = 8  # where a case goes whose letter became void


@dataclass(frozen=True, kw_only=True)
class Situation:
    """A case as it stands when somebody looks at it or acts on it."""

    case: Case
    order: Order
    visit: Visit
    by: Any
    """Who acts (a User); None is the customer, by the link."""
    now: datetime


@dataclass(frozen=True, kw_only=True)
class Act(Situation):
    """Somebody finishes a step: what they answered, and as what they act."""

    outcome: "Outcome"
    data: dict[str, Any]
    """The cleaned answers of the step's form; of a return, its `note`."""
    capacity: Any
    """The Appointment acted under; None for the customer."""
    together: tuple[Situation, ...]
    """All that this act finishes, its own situation first: a letter may serve several cases."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A way out of a step."""

    code: str
    """What the form posts as `outcome`."""
    label: str
    """What the button says."""
    to: tuple[Target, ...]
    """Where it can lead: step numbers and endings."""
    route: Callable[[Situation], Target] | None = None
    """Chooses among several `to` by the facts, after the effect."""
    when: Callable[[Situation], str | None] | None = None
    """The sentence why this outcome is not true now; None when it may be chosen."""
    back: bool = False
    """A return: asks for a note, not for papers."""
    staff_only: bool = False
    """Not for the customer's own link."""

    def target(self, situation: Situation) -> Target:
        """Where it leads as things stand."""
        return self.to[0] if self.route is None else self.route(situation)

    def refusal(self, situation: Situation) -> str | None:
        """Why it may not be chosen now, None when it may."""
        if self.staff_only and situation.by is None:
            return "Pilihan ini hanya untuk petugas balai."
        return self.when(situation) if self.when else None


@dataclass(frozen=True, kw_only=True)
class Step:
    """A row of the table of behaviours; words, actor and minutes are the SOP revision's."""

    number: int
    form: "type[StepForm]"
    outcomes: tuple[Outcome, ...]
    effect: Callable[[Act], None]
    """Writes what the step records, in the transaction that ends it."""
    guard: Callable[[Situation], str | None] | None = None
    """The sentence why no outcome that needs papers can be chosen now."""
    writers_stand_aside: int = 0
    """Four eyes: who wrote a version of the letter does not decide; where that leaves nobody of
    the step's own post, the post of this other step decides. 0: whoever holds the post."""
    in_time_ends: Literal["never", "when ended", "always"] = "never"
    """Whether the system ends a case standing here when its order turns out to be in its SPM."""
    in_bulk: bool = False
    """Whether many cases may be answered on one page."""
    joint: bool = False
    """One act for all cases that the letter in hand serves (DOMAIN 6)."""
    corrects: tuple[str, ...] = ()
    """The fields of its form in which a mistake may be corrected later (DOMAIN 2)."""
    corrects_after_signing: bool = False
    """Whether it may still be corrected when the letter is signed."""
    counts: bool = True
    """Whether lateness at this step is the office's."""
    on_approval_screen: bool = False
    """Whether it waits on the screen of who instructs and signs."""

    @property
    def keeps_drafts(self) -> bool:
        """Whether something is typed that could be lost; what is only declared is said anew."""
        fields: dict[str, Any] = self.form.base_fields
        return any(not isinstance(field, BooleanField) for field in fields.values())

    def outcome(self, code: str) -> Outcome | None:
        """The outcome of this code, if the step has it."""
        return next((outcome for outcome in self.outcomes if outcome.code == code), None)

    def offered(self, situation: Situation) -> list[Outcome]:
        """The outcomes that are true now; with a guard against it, only returns."""
        blocked = self.guard is not None and self.guard(situation) is not None
        return [
            outcome
            for outcome in self.outcomes
            if outcome.refusal(situation) is None and (outcome.back or not blocked)
        ]
