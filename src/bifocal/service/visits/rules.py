"""The visit's states. A decision of the office may be refused; a fact of the field never is (decision 1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bifocal.kernel.jobs.rules import Work
from bifocal.lib.errors import CannotMove


class Status(StrEnum):
    UNSCHEDULED = "unscheduled"
    SCHEDULED = "scheduled"
    DISPATCHED = "dispatched"
    EN_ROUTE = "en_route"
    ON_SITE = "on_site"
    WORKING = "working"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


S = Status
NEXT: dict[Status, set[Status]] = {
    S.UNSCHEDULED: {S.SCHEDULED, S.CANCELLED},
    S.SCHEDULED: {S.SCHEDULED, S.DISPATCHED, S.UNSCHEDULED, S.CANCELLED, S.EN_ROUTE, S.ON_SITE},
    S.DISPATCHED: {S.SCHEDULED, S.EN_ROUTE, S.ON_SITE, S.CANCELLED},
    S.EN_ROUTE: {S.ON_SITE, S.DISPATCHED, S.DONE},
    S.ON_SITE: {S.WORKING, S.PAUSED, S.DONE},  # paused: called away to another visit
    S.WORKING: {S.PAUSED, S.DONE},
    S.PAUSED: {S.WORKING, S.DONE},
    S.DONE: set(),
    S.CANCELLED: {S.UNSCHEDULED},
}
# How far along a visit is: a late fact never moves it back.
ORDER = [S.UNSCHEDULED, S.SCHEDULED, S.DISPATCHED, S.EN_ROUTE, S.ON_SITE, S.PAUSED, S.WORKING, S.DONE]
LIVE = {S.EN_ROUTE, S.ON_SITE, S.WORKING, S.PAUSED}
PLANNED = {S.SCHEDULED, S.DISPATCHED}
# What a trip came to, and what the job does then: its own outcome, or 'return' for another trip.
OUTCOMES = {
    "completed": "completed", "return_needed": "return", "parts_wrong": "return", "no_access": "return", "customer_no_show": "return",
    "unsafe": "return", "refused": "refused", "canceled_on_route": "refused", "canceled_on_arrival": "refused",
    "diagnosed_quote_left": "diagnosed_only", "unused": "diagnosed_only",
}  # fmt: skip
SECOND_TRIP = "return"
LIST_HOURS = (7, 17)  # what a visit without a time is planned for: the shift
WORDS = {S.EN_ROUTE: "en route", S.ON_SITE: "on site", S.CANCELLED: "canceled"}


@dataclass(frozen=True)
class Accepted:
    """A field fact that fits the plan; `moves` is false where the state is further along already."""

    moves: bool = True


@dataclass(frozen=True)
class AcceptedWithConflict:
    """A field fact that the plan did not expect: it stands, and the dispatcher gets this card."""

    card: str
    moves: bool = True


def word(status: str) -> str:
    """The state as people say it."""
    return WORDS.get(Status(status), status)


def check_move(at: str, to: str) -> None:
    """A decision of the office: refused in a sentence that names what is possible. Raises CannotMove."""
    if Status(to) not in NEXT[Status(at)]:
        possible = ", ".join(sorted(word(s) for s in NEXT[Status(at)])) or "nothing more"
        raise CannotMove(f"This visit is {word(at)}; it can't become {word(to)}. From here: {possible}.")


def field_fact(at: str, to: Status, *, mine: bool, who: str) -> Accepted | AcceptedWithConflict:
    """What the field did stands. Says whether the visit moves, and what the dispatcher must hear."""
    now = Status(at)
    if to in (S.DISPATCHED, S.UNSCHEDULED):  # turned round on the way: nothing was done that could conflict
        return Accepted(moves=now == S.EN_ROUTE)
    if now == S.CANCELLED:
        return AcceptedWithConflict(f"{who} is {word(to)} on a visit that the office had canceled.")
    if now == S.DONE:
        return AcceptedWithConflict(f"{who} reports '{word(to)}' for a visit that is done already.", moves=False)
    if now == S.UNSCHEDULED:
        return AcceptedWithConflict(f"{who} is {word(to)} on a visit that was taken off the plan.")
    moves = {now, to} == {S.PAUSED, S.WORKING} or ((to != S.PAUSED or now in LIVE) and ORDER.index(to) > ORDER.index(now))
    if not mine:
        return AcceptedWithConflict(f"{who} is {word(to)} on a visit that is assigned to somebody else.", moves=moves)
    return Accepted(moves=moves)


def rolled_up(seats: Iterable[str], to: Status) -> Status:
    """The visit's state from those of its people who have reported (section 2.4): the furthest live one wins.

    Done only when everybody who was there is done; whoever never reported holds nobody up.
    """
    states = {Status(s) for s in seats if s}
    live = [s for s in (S.WORKING, S.ON_SITE, S.EN_ROUTE, S.PAUSED, S.DISPATCHED) if s in states]
    return live[0] if live else to


def check_nobody_there(visits: Iterable[tuple[str, str]], number: str, *, paused_too: bool = False) -> None:
    """Refuse to hold, complete or cancel a job while somebody is on it. `visits`: state and who. Raises CannotMove."""
    for status, who in visits:
        if Status(status) in LIVE and (paused_too or status != S.PAUSED):
            raise CannotMove(f"{who} is {word(status)} for {number}. End that trip first, with its outcome.")


def job_status(at: str, visits: Iterable[str], *, started: bool) -> Work:
    """The derived half of the job's states (section 2.2): open, scheduled or in progress, from its visits.

    A job in progress stays so: taking a visit off the plan does not undo the work.
    """
    if Work(at) not in (Work.OPEN, Work.SCHEDULED, Work.IN_PROGRESS):
        return Work(at)
    states = {Status(v) for v in visits}
    if started or at == Work.IN_PROGRESS or states & LIVE or S.DONE in states:
        return Work.IN_PROGRESS
    return Work.SCHEDULED if states & PLANNED else Work.OPEN
