"""The job's states, and what follows from its profile."""

from __future__ import annotations

from enum import StrEnum

from bifocal.lib.errors import CannotMove, Invalid


class Profile(StrEnum):
    SERVICE = "service"
    MAINTENANCE = "maintenance"
    PROJECT = "project"
    WARRANTY = "warranty"


class Work(StrEnum):
    OPEN = "open"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    DONE = "done"
    READY_TO_BILL = "ready_to_bill"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Hold(StrEnum):
    PARTS = "parts"
    CUSTOMER = "customer"
    APPROVAL = "approval"
    PERMIT = "permit"
    OTHER_TRADE = "other_trade"
    WEATHER = "weather"
    CREDIT = "credit"
    ACCESS = "access"
    INTERNAL = "internal"


class BillingRule(StrEnum):
    FLAT = "flat"
    TIME_AND_MATERIALS = "time_and_materials"
    CONTRACT = "contract"
    NOT_BILLABLE = "not_billable"


# Section 2.2 of the service reference. Derived moves (from visits) are here too; `check_move` serves both.
NEXT: dict[Work, set[Work]] = {
    Work.OPEN: {Work.SCHEDULED, Work.IN_PROGRESS, Work.ON_HOLD, Work.DONE, Work.CANCELLED},
    Work.SCHEDULED: {Work.OPEN, Work.IN_PROGRESS, Work.ON_HOLD, Work.DONE, Work.CANCELLED},
    Work.IN_PROGRESS: {Work.ON_HOLD, Work.DONE},
    Work.ON_HOLD: {Work.OPEN, Work.SCHEDULED, Work.IN_PROGRESS, Work.DONE, Work.CANCELLED},
    Work.DONE: {Work.READY_TO_BILL, Work.IN_PROGRESS, Work.CLOSED},
    Work.READY_TO_BILL: {Work.IN_PROGRESS, Work.CLOSED},
    Work.CLOSED: {Work.READY_TO_BILL},
    Work.CANCELLED: {Work.OPEN},
}
LIVE = {Work.OPEN, Work.SCHEDULED, Work.IN_PROGRESS, Work.ON_HOLD}
OUTCOMES = {"completed", "completed_no_charge", "partial_accepted", "diagnosed_only", "refused"}
MOST_PEOPLE = 12  # at once on one visit
WORDS = {
    Work.IN_PROGRESS: "in progress",
    Work.ON_HOLD: "on hold",
    Work.READY_TO_BILL: "ready to bill",
    Work.CANCELLED: "canceled",
}


def word(state: str) -> str:
    """The state as people say it."""
    return WORDS.get(Work(state), state)


def check_move(at: str, to: str, *, number: str = "This job") -> None:
    """Refuse an illegal move in a sentence that names what is possible. Raises CannotMove."""
    if Work(to) not in NEXT[Work(at)]:
        possible = ", ".join(sorted(word(s) for s in NEXT[Work(at)])) or "nothing"
        raise CannotMove(f"{number} is {word(at)}; it can't become {word(to)}. From here: {possible}.")


def lens(profile: str) -> str:
    """Which lens looks at the job: 'project' or 'service'."""
    return "project" if profile == Profile.PROJECT else "service"


def check_people(people: int) -> None:
    """A visit needs somebody, and no army: more is a crew day of a project. Raises Invalid."""
    if not 1 <= people <= MOST_PEOPLE:
        raise Invalid("A visit needs 1 to 12 people at once. For more, plan crew days of a project.", field="people")
