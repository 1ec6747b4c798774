"""Decisions of the office: they may be refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.jobs import commands as jobs
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.jobs.rules import LIVE as JOB_LIVE
from bifocal.kernel.jobs.rules import Work, check_people
from bifocal.kernel.people import commands as people
from bifocal.kernel.people.models import Person
from bifocal.kernel.people.queries import qualified
from bifocal.kernel.people.rules import AllocationKind, Firmness
from bifocal.lib.errors import CannotMove, Invalid, NotFound, Refused
from bifocal.lib.periods import TimeRange
from bifocal.service.visits.facts import (
    ConflictSettled,
    HelperChanged,
    PeopleNeeded,
    VisitAdded,
    VisitAmended,
    VisitConfirmed,
    VisitMoved,
    VisitScheduled,
    WindowPromised,
)  # fmt: skip
from bifocal.service.visits.models import Assignment, Ban, Card, Promise, Visit
from bifocal.service.visits.rules import LIVE, PLANNED, Status, check_move, check_nobody_there, job_status, word


def job_and_visit(visit: UUID, actor: Actor, call: Call | None = None) -> tuple[Job, Visit]:
    """A visit and its job, locked in the one order (job, then visit). Raises NotFound, StaleVersion."""
    job: Job | None = Job.objects.select_for_update(of=("self",)).select_related(*Job.beside).filter(visits__uid=visit).first()
    row: Visit = Visit.objects.locked(visit, actor, call)
    if job is None:
        raise NotFound(f"There is no visit {visit}, or you may not see it.")
    row.job = job
    return job, row


def new_visit(
    *, job: Job, actor: Actor, call: Call, minutes: int = 0, skill: str | None = None, why: str = "", people: int = 0
) -> Visit:  # fmt: skip
    """One more trip on a job, not yet scheduled; what is not said is as the job's type has it. The caller holds the job's lock."""
    kind = job.job_type
    needed = people or (kind.people if kind else 1)
    check_people(needed)
    visit = Visit.objects.create(
        job=job, seq=job.visits.count() + 1, minutes=minutes or (kind.minutes if kind else 60),
        skill=skill if skill is not None else (kind.skill if kind else ""), note=why, people=needed,
    )  # fmt: skip
    record(VisitAdded(seq=visit.seq, why=why), about=visit, actor=actor, call=call)
    return visit


@command("visit.add")
def add_visit(*, job: UUID, minutes: int = 0, people: int = 0, note: str = "", actor: Actor, call: Call) -> Visit:
    """Add a trip to a job that still has work: a return with a part, a second day, one for two people."""
    row: Job = Job.objects.locked(job, actor)
    require(actor, "visit.schedule")
    if row.work_status not in JOB_LIVE:
        raise Refused(f"{row.number} is {row.work_status}: reopen it before another visit.")
    return new_visit(job=row, actor=actor, call=call, minutes=minutes, why=note, people=people)


@command("visit.set_people")
def set_people(*, visit: UUID, people: int, actor: Actor, call: Call) -> Visit:
    """Say how many people a visit needs at once: the board says who is missing, the optimiser sends them together."""
    _, row = job_and_visit(visit, actor, call)
    require(actor, "visit.schedule")
    check_people(people)
    if row.status in (Status.DONE, Status.CANCELLED):
        raise CannotMove(f"This visit is {word(row.status)}: nobody goes there any more.")
    record(PeopleNeeded(before=row.people, after=people), about=row, actor=actor, call=call)
    return row.change(people=people)


@command("visit.schedule")
def schedule_visit(
    *, visit: UUID, technician: UUID, start: datetime, end: datetime | None = None,
    window_start: datetime | None = None, window_end: datetime | None = None, reason: str = "",
    override: str = "", helpers: list[UUID] = [], actor: Actor, call: Call,  # noqa: B006
) -> Visit:  # fmt: skip
    """Plan (or move) a visit for a free, qualified technician, with the arrival window promised to the customer.

    `helpers` are sent along in the same act, `override` is the reason for sending somebody without the skill.
    Raises CannotMove, PersonIsTaken (who holds them), StaleVersion, NotAllowed.
    """
    _, row = job_and_visit(visit, actor, call)
    window = TimeRange(window_start, window_end) if window_start and window_end else None
    row = plan_visit(row, technician, start, end, window=window, reason=reason, override=override, actor=actor, call=call)
    for helper in helpers:
        row = add_helper(visit=row.uid, person=helper, actor=actor, call=call.inner())
    return row


def plan_visit(
    row: Visit, technician: UUID, start: datetime, end: datetime | None = None, *, window: TimeRange | None, actor: Actor,
    call: Call, reason: str = "", override: str = "",
) -> Visit:  # fmt: skip
    """`visit.schedule` for a caller that holds the locks of job and visit, or has just made them."""
    require(actor, "visit.schedule")
    check_move(row.status, Status.SCHEDULED)
    job, who = row.job, Person.objects.find(technician, actor)
    during = TimeRange(start, end or start + timedelta(minutes=row.minutes))
    if row.skill and not override and not qualified(row.skill, accounting_day(during.start, job.branch)).filter(pk=who.pk).exists():
        raise Refused(
            f"{who.name} does not hold '{row.skill}' on {during.start:%a %-d %b}. Choose somebody who does, or give a reason.",
            field="technician",
        )
    refuse_banned(job, who, override)
    inner = actor.within("visit.schedule")
    people.release(source=row.subject, actor=inner, call=call)
    for person in sorted({who, *seat_lead(row, who, call)}, key=lambda p: p.pk):
        hold_person(row, person, during, actor=inner, call=call)
    row.change(status=Status.SCHEDULED, planned=(during.start, during.end), dispatched_at=None, on_list=False)
    if window:
        promise(row, window, reason, actor, call)
    jobs.join(job, who, "technician", actor=inner, call=call)
    follow(job, actor=inner, call=call)
    told = VisitScheduled(technician=who.name, start=during.start, end=during.end)
    record(told, about=row, actor=actor, call=call)
    return row


def refuse_banned(job: Job, who: Person, override: str = "") -> None:
    """Raise Refused where the customer does not want to see this person, unless a reason is given."""
    ban = None if override else Ban.objects.filter(customer=job.customer_id, person=who).first()
    if ban:
        raise Refused(
            f"{job.customer.name} does not want {who.name} again: {ban.why}. Choose somebody else, or give a reason.", field="technician"
        )


def seat_lead(visit: Visit, who: Person, call: Call) -> list[Person]:
    """The visit is this person's to lead from now on; its helpers stay and are returned. The caller holds its lock."""
    seats = list(visit.assignments.filter(removed_at=None).select_related("person"))
    for seat in seats:
        if seat.lead and seat.person_id != who.pk:
            seat.removed_at = call.occurred_at
            seat.save(update_fields=["removed_at"])
        elif seat.person_id == who.pk and not seat.lead:
            seat.lead = True
            seat.save(update_fields=["lead"])
    if who.pk not in {seat.person_id for seat in seats}:
        Assignment.objects.create(visit=visit, person=who)
    return [seat.person for seat in seats if not seat.lead and seat.person_id != who.pk]


def hold_person(visit: Visit, person: Person, during: TimeRange, *, actor: Actor, call: Call) -> None:
    """Put somebody into the calendar for this visit. Raises PersonIsTaken."""
    people.allocate(
        person=person, during=during, use=AllocationKind.VISIT, source=visit.subject, label=visit.label, actor=actor,
        call=call.inner(), firmness=Firmness.FIRM,
    )  # fmt: skip


def promise(visit: Visit, window: TimeRange, reason: str, actor: Actor, call: Call) -> None:
    """Keep what the customer was told; earlier promises stay in the history."""
    span = (window.start, window.end)
    Promise.objects.create(visit=visit, window=span, at=call.occurred_at, by=actor.name, reason=reason)
    Visit.objects.filter(pk=visit.pk).update(window=span)
    record(WindowPromised(start=window.start, end=window.end, reason=reason), about=visit, actor=actor, call=call)


def follow(job: Job, *, actor: Actor, call: Call) -> None:
    """Let the job's derived state follow its visits. The caller holds the job's lock."""
    states = list(job.visits.values_list("status", flat=True))
    to = job_status(job.work_status, states, started=job.started_at is not None)
    if to != job.work_status:
        started: dict[str, Any] = {"started_at": call.occurred_at} if to == Work.IN_PROGRESS and job.started_at is None else {}
        jobs.move_job(job, to, actor=actor, call=call, **started)


def decide(visit: UUID, to: Status, right: str, reason: str, actor: Actor, call: Call, *, at: Status | None = None) -> tuple[Visit, Actor]:
    """The common beats of a decision that moves a visit: load and lock, right, rule (and `at`: from that state only)."""
    _, row = job_and_visit(visit, actor, call)
    require(actor, right)
    if (at is None and row.status == Status.CANCELLED) or (at is not None and row.status != at):
        raise CannotMove(f"This visit is {word(row.status)}: {f'this needs one that is {word(at)}' if at else 'restore it first'}.")
    check_move(row.status, to)
    record(VisitMoved(before=row.status, after=to, reason=reason), about=row, actor=actor, call=call)
    return row, actor.within(right)


@command("visit.dispatch")
def dispatch_visit(*, visit: UUID, actor: Actor, call: Call) -> Visit:
    """Send the visit to the technician's phone."""
    row, _ = decide(visit, Status.DISPATCHED, "visit.dispatch", "", actor, call, at=Status.SCHEDULED)
    return row.change(status=Status.DISPATCHED, dispatched_at=call.occurred_at)


@command("visit.recall")
def recall_visit(*, visit: UUID, reason: str = "", actor: Actor, call: Call) -> Visit:
    """Take a dispatched visit back from the phone; it stays on the plan."""
    row, _ = decide(visit, Status.SCHEDULED, "visit.dispatch", reason, actor, call, at=Status.DISPATCHED)
    return row.change(status=Status.SCHEDULED, dispatched_at=None)


@command("visit.confirm")
def confirm_visit(*, visit: UUID, actor: Actor, call: Call) -> Visit:
    """The customer has confirmed the window: it does not move any more without telling them."""
    _, row = job_and_visit(visit, actor, call)
    require(actor, "visit.schedule")
    if row.status not in PLANNED:
        raise CannotMove(f"This visit is {word(row.status)}: only a scheduled one can be confirmed.")
    window = f"{row.window.lower.isoformat()}/{row.window.upper.isoformat()}" if row.window else ""
    record(VisitConfirmed(window=window), about=row, actor=actor, call=call)
    return row.change(confirmed_at=call.occurred_at)


@command("visit.add_helper")
def add_helper(*, visit: UUID, person: UUID, actor: Actor, call: Call) -> Visit:
    """Send one more to a visit: a second pair of hands, with a clock of their own. Raises PersonIsTaken."""
    job, row = job_and_visit(visit, actor, call)
    require(actor, "visit.schedule")
    if row.status in (Status.UNSCHEDULED, Status.DONE, Status.CANCELLED):
        raise CannotMove(f"This visit is {word(row.status)}: it takes no helper.")
    who: Person = Person.objects.find(person, actor)
    if row.assignments.filter(person=who, removed_at=None).exists():
        raise Refused(f"{who.name} is on this visit already.", field="person")
    inner = actor.within("visit.schedule")
    refuse_banned(job, who)
    if row.planned and not row.on_list:
        hold_person(row, who, TimeRange(row.planned.lower, row.planned.upper), actor=inner, call=call)
    if row.status in LIVE:
        row.assignments.filter(removed_at=None, status="").update(status=row.status)  # who was alone there till now
    Assignment.objects.create(visit=row, person=who, lead=False)
    jobs.join(job, who, "technician", actor=inner, call=call)
    record(HelperChanged(person=who.name, joined=True), about=row, actor=actor, call=call)
    return row.change()


@command("visit.remove_helper")
def remove_helper(*, visit: UUID, person: UUID, actor: Actor, call: Call) -> Visit:
    """Take a helper off a visit. One who is there already ends their part first: their clock runs."""
    _, row = job_and_visit(visit, actor, call)
    require(actor, "visit.schedule")
    seat = row.assignments.filter(person__uid=person, removed_at=None, lead=False).select_related("person").first()
    if seat is None:
        raise Refused("They are no helper on this visit.", field="person")
    check_nobody_there([(seat.status or Status.SCHEDULED, seat.person.name)], row.job.number)
    people.release(source=row.subject, person=seat.person, actor=actor.within("visit.schedule"), call=call)
    Assignment.objects.filter(pk=seat.pk).update(removed_at=call.occurred_at)
    record(HelperChanged(person=seat.person.name, joined=False), about=row, actor=actor, call=call)
    return row.change()


def off_the_plan(row: Visit, to: Status, *, actor: Actor, call: Call) -> Visit:
    """Take a visit out of the calendar: into the tray, or canceled. The caller has checked the move and holds the job's lock."""
    people.release(source=row.subject, actor=actor, call=call)
    Assignment.objects.filter(visit=row, removed_at=None).update(removed_at=call.occurred_at)
    return row.change(
        status=to, on_list=False, **({"planned": None, "dispatched_at": None, "confirmed_at": None} if to == Status.UNSCHEDULED else {})
    )


@command("visit.unschedule")
def unschedule_visit(*, visit: UUID, reason: str = "", actor: Actor, call: Call) -> Visit:
    """Put a visit back into the tray: the technician is free again."""
    row, inner = decide(visit, Status.UNSCHEDULED, "visit.schedule", reason, actor, call)
    off_the_plan(row, Status.UNSCHEDULED, actor=inner, call=call)
    follow(row.job, actor=inner, call=call)
    return row


@command("visit.cancel")
def cancel_visit(*, visit: UUID, reason: str, actor: Actor, call: Call) -> Visit:
    """Cancel a trip that was not made. A trip under way is finished with its outcome instead."""
    if not reason:
        raise Invalid("Say why the visit is canceled.", field="reason")
    row, inner = decide(visit, Status.CANCELLED, "visit.schedule", reason, actor, call)
    off_the_plan(row, Status.CANCELLED, actor=inner, call=call)
    follow(row.job, actor=inner, call=call)
    return row


@command("visit.restore")
def restore_visit(*, visit: UUID, reason: str = "", actor: Actor, call: Call) -> Visit:
    """A canceled trip is wanted again: back into the tray, while its job is live."""
    row, inner = decide(visit, Status.UNSCHEDULED, "visit.schedule", reason, actor, call, at=Status.CANCELLED)
    if row.job.work_status not in JOB_LIVE:
        raise Refused(f"{row.job.number} is {row.job.work_status}: reopen or reinstate it first.")
    row.change(status=Status.UNSCHEDULED, planned=None)
    follow(row.job, actor=inner, call=call)
    return row


@command("visit.amend")
def amend_visit(*, visit: UUID, note: str, reason: str = "", actor: Actor, call: Call) -> Visit:
    """Better what was written about a finished visit: the technician until the office has reviewed it, the office until it is closed."""
    job, row = job_and_visit(visit, actor, call)
    require(actor, "visit.field")
    if row.status != Status.DONE:
        raise CannotMove(f"This visit is {word(row.status)}: write its note when it is finished.")
    if job.work_status == Work.CLOSED or (job.work_status == Work.READY_TO_BILL and not actor.sees_all):
        raise Refused(f"{job.number} is {job.work_status.replace('_', ' ')}: the office has taken it over.")
    record(VisitAmended(before=row.note, after=note, reason=reason), about=row, actor=actor, call=call)
    return row.change(note=note)


@command("card.settle")
def settle_card(*, card: UUID, actor: Actor, call: Call) -> Card:
    """The dispatcher has looked at a conflict from the field."""
    row: Card = Card.objects.locked(card, actor, call)
    require(actor, "visit.dispatch")
    row.change(settled_at=call.occurred_at, settled_by=actor.name)
    record(ConflictSettled(sentence=row.sentence), about=row.visit, actor=actor, call=call)
    return row
