"""The spine of RFIs, submittals, change orders, logs and punch items: numbers, ball in court, clocks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from bifocal.lib.errors import CannotMove, Invalid


class Sort(StrEnum):
    RFI = "rfi"
    SUBMITTAL = "submittal"
    CHANGE = "change_order"
    LOG = "daily_log"
    PUNCH = "punch"
    EVENT = "change_event"
    POTENTIAL = "pco"
    REQUEST = "cor"
    TICKET = "tm_ticket"


PREFIX = {Sort.RFI: "RFI-", Sort.SUBMITTAL: "SUB-", Sort.CHANGE: "CO-", Sort.LOG: "LOG-", Sort.PUNCH: "PL-", Sort.EVENT: "CE-",
          Sort.POTENTIAL: "PCO-", Sort.REQUEST: "COR-", Sort.TICKET: "TM-"}  # fmt: skip
# What turns a sort on for a job that is no project.
CAPABILITY = {
    Sort.RFI: "rfis", Sort.SUBMITTAL: "submittals", Sort.CHANGE: "changes", Sort.LOG: "log", Sort.PUNCH: "punch", Sort.EVENT: "changes",
    Sort.POTENTIAL: "changes", Sort.REQUEST: "changes", Sort.TICKET: "changes",
}  # fmt: skip
NAME = {
    Sort.RFI: "RFI",
    Sort.SUBMITTAL: "submittal",
    Sort.CHANGE: "change order",
    Sort.LOG: "daily log",
    Sort.PUNCH: "punch item",
    Sort.EVENT: "change event",
    Sort.POTENTIAL: "potential change",
    Sort.REQUEST: "change order request",
    Sort.TICKET: "time and materials ticket",
}


class Ball(StrEnum):
    """Who must act next, as a role of the document; computed from its state, never typed."""

    CREATOR = "creator"
    MANAGER = "manager"
    ASSIGNEE = "assignee"
    SUBMITTER = "submitter"
    REVIEWER = "reviewer"
    NOBODY = ""


def check_move(table: Mapping[str, Set[str]], at: str, to: str, what: str) -> None:
    """Refuse an illegal move in a sentence. Raises CannotMove."""
    if to not in table[at]:
        possible = ", ".join(sorted(s.replace("_", " ") for s in table[at])) or "nothing more"
        raise CannotMove(f"{what} is {at.replace('_', ' ')}; it can't become {to.replace('_', ' ')}. From here: {possible}.")


class Asked(StrEnum):
    """Where somebody who is asked on a document stands."""

    WAITING = "waiting"  # a later step
    ASKED = "asked"
    FORWARDED = "forwarded"  # gave it on; it comes back to them with the answer
    ANSWERED = "answered"
    PASSED = "passed"  # optional, and the step went on without them


@dataclass(frozen=True)
class Place:
    """One seat at a document as the rules see it: whose, in which step, must they answer, where they stand."""

    name: str
    step: int
    required: bool
    state: Asked


def check_steps(places: Iterable[Place]) -> None:
    """Steps count 1, 2, 3 and each waits for somebody. Raises Invalid."""
    found = list(places)
    steps = sorted({p.step for p in found})
    if steps != list(range(1, len(steps) + 1)):
        raise Invalid(f"Steps are counted 1, 2, 3 without a gap, not {', '.join(map(str, steps)) or 'none'}.", field="step")
    idle = next((s for s in steps if not any(p.required for p in found if p.step == s)), None)
    if idle is not None:
        raise Invalid(f"Step {idle} has only optional people: say whose answer it waits for.", field="required")


def step_now(places: Iterable[Place]) -> int | None:
    """The first step in which a required answer is missing; None when every step has what it needs."""
    return min((p.step for p in places if p.required and p.state != Asked.ANSWERED), default=None)


def in_court(places: Collection[Place]) -> list[str]:
    """Who must act now: the required people of the step that is on, whose answer is missing.

    Two required reviewers hold the ball together until both have answered; an optional one never holds it.
    """
    now = step_now(places)
    return [p.name for p in places if p.step == now and p.required and p.state == Asked.ASKED]


def working_day_after(start: date, days: int, weekdays: Collection[int], off: Collection[date] = ()) -> date:
    """The day that is so many working days after `start`; Monday is weekday 0. Raises Invalid for a week without work."""
    if not weekdays:
        raise Invalid("A work calendar needs at least one working day a week.", field="weekdays")
    day = start
    while days > 0:
        day += timedelta(days=1)
        days -= day.weekday() in weekdays and day not in off
    return day


def overdue(due: date | None, today: date, ball: str) -> bool:
    """Open at somebody and past its day."""
    return bool(ball) and due is not None and today > due
