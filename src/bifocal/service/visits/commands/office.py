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
from bifocal.kernel.jobs.rules import Work
from bifocal.kernel.people import commands as people
from bifocal.kernel.people.models import Person
from bifocal.kernel.people.queries import qualified
from bifocal.kernel.people.rules import AllocationKind, Firmness
from bifocal.lib.errors import Invalid, NotFound, Refused
from bifocal.lib.periods import TimeRange
from bifocal.service.visits.facts import ConflictSettled, VisitAdded, VisitMoved, VisitScheduled, WindowPromised
from bifocal.service.visits.models import Assignment, Card, Promise, Visit
from bifocal.service.visits.rules import Status, check_move, job_status


def job_and_visit(visit: UUID, actor: Actor, call: Call | None = None) -> tuple[Job, Visit]:
    """A visit and its job, locked in the one order (job, then visit). Raises NotFound, StaleVersion."""
    job: Job | None = Job.objects.select_for_update(of=("self",)).select_related(*Job.beside).filter(visits__uid=visit).first()
    row: Visit = Visit.objects.locked(visit, actor, call)
    if job is None:
        raise NotFound(f"There is no visit {visit}, or you may not see it.")
    row.job = job
    return job, row


def new_visit(*, job: Job, actor: Actor, call: Call, minutes: int = 0, skill: str | None = None, why: str = "") -> Visit:
    """One more trip on a job, not yet scheduled. The caller holds the job's lock."""
    kind = job.job_type
    visit = Visit.objects.create(
        job=job, seq=job.visits.count() + 1, minutes=minutes or (kind.minutes if kind else 60),
        skill=skill if skill is not None else (kind.skill if kind else ""), note=why,
    )  # fmt: skip
    record(VisitAdded(seq=visit.seq, why=why), about=visit, actor=actor, call=call)
    return visit


@command("visit.add")
def add_visit(*, job: UUID, minutes: int = 0, note: str = "", actor: Actor, call: Call) -> Visit:
    """Add a trip to a job that still has work: a return with a part, a second day."""
    row: Job = Job.objects.locked(job, actor)
    require(actor, "visit.schedule")
    if row.work_status not in JOB_LIVE:
        raise Refused(f"{row.number} is {row.work_status}: reopen it before another visit.")
    return new_visit(job=row, actor=actor, call=call, minutes=minutes, why=note)


@command("visit.schedule")
def schedule_visit(
    *, visit: UUID, technician: UUID, start: datetime, end: datetime | None = None,
    window_start: datetime | None = None, window_end: datetime | None = None, reason: str = "",
    override: str = "", actor: Actor, call: Call,
) -> Visit:  # fmt: skip
    """Plan (or move) a visit for a free, qualified technician, with the arrival window promised to the customer.

    Raises CannotMove, PersonIsTaken (who holds them), StaleVersion, NotAllowed. `override` is the reason for sending
    somebody without the skill.
    """
    _, row = job_and_visit(visit, actor, call)
    window = TimeRange(window_start, window_end) if window_start and window_end else None
    return plan_visit(row, technician, start, end, window=window, reason=reason, override=override, actor=actor, call=call)


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
    inner = actor.within("visit.schedule")
    _seat(row, who, call)
    people.release(source=row.subject, actor=inner, call=call)
    people.allocate(
        person=who, during=during, use=AllocationKind.VISIT, source=row.subject, label=row.label, actor=inner,
        call=call.inner(), firmness=Firmness.FIRM,
    )  # fmt: skip
    row.change(status=Status.SCHEDULED, planned=(during.start, during.end))
    if window:
        promise(row, window, reason, actor, call)
    jobs.join(job, who, "technician", actor=inner, call=call)
    follow(job, actor=inner, call=call)
    told = VisitScheduled(technician=who.name, start=during.start, end=during.end)
    record(told, about=row, actor=actor, call=call)
    return row


def _seat(visit: Visit, who: Person, call: Call) -> None:
    """The visit is this person's from now on; the caller holds its lock."""
    seats = list(visit.assignments.filter(removed_at=None))
    for seat in seats:
        if seat.person_id != who.pk:
            seat.removed_at = call.occurred_at
            seat.save(update_fields=["removed_at"])
    if who.pk not in {seat.person_id for seat in seats}:
        Assignment.objects.create(visit=visit, person=who)


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


def decide(visit: UUID, to: Status, right: str, reason: str, actor: Actor, call: Call) -> tuple[Visit, Actor]:
    """The common beats of a decision that moves a visit: load and lock, right, rule."""
    _, row = job_and_visit(visit, actor, call)
    require(actor, right)
    check_move(row.status, to)
    record(VisitMoved(before=row.status, after=to, reason=reason), about=row, actor=actor, call=call)
    return row, actor.within(right)


@command("visit.dispatch")
def dispatch_visit(*, visit: UUID, actor: Actor, call: Call) -> Visit:
    """Send the visit to the technician's phone."""
    row, _ = decide(visit, Status.DISPATCHED, "visit.dispatch", "", actor, call)
    return row.change(status=Status.DISPATCHED, dispatched_at=call.occurred_at)


@command("visit.recall")
def recall_visit(*, visit: UUID, reason: str = "", actor: Actor, call: Call) -> Visit:
    """Take a dispatched visit back from the phone; it stays on the plan."""
    row, _ = decide(visit, Status.SCHEDULED, "visit.dispatch", reason, actor, call)
    return row.change(status=Status.SCHEDULED, dispatched_at=None)


@command("visit.unschedule")
def unschedule_visit(*, visit: UUID, reason: str = "", actor: Actor, call: Call) -> Visit:
    """Put a visit back into the tray: the technician is free again."""
    row, inner = decide(visit, Status.UNSCHEDULED, "visit.schedule", reason, actor, call)
    people.release(source=row.subject, actor=inner, call=call)
    Assignment.objects.filter(visit=row, removed_at=None).update(removed_at=call.occurred_at)
    row.change(status=Status.UNSCHEDULED, planned=None)
    follow(row.job, actor=inner, call=call)
    return row


@command("visit.cancel")
def cancel_visit(*, visit: UUID, reason: str, actor: Actor, call: Call) -> Visit:
    """Cancel a trip that was not made. A trip under way is finished with its outcome instead."""
    if not reason:
        raise Invalid("Say why the visit is canceled.", field="reason")
    row, inner = decide(visit, Status.CANCELLED, "visit.schedule", reason, actor, call)
    people.release(source=row.subject, actor=inner, call=call)
    Assignment.objects.filter(visit=row, removed_at=None).update(removed_at=call.occurred_at)
    row.change(status=Status.CANCELLED)
    follow(row.job, actor=inner, call=call)
    return row


@command("card.settle")
def settle_card(*, card: UUID, actor: Actor, call: Call) -> Card:
    """The dispatcher has looked at a conflict from the field."""
    row: Card = Card.objects.locked(card, actor, call)
    require(actor, "visit.dispatch")
    row.change(settled_at=call.occurred_at, settled_by=actor.name)
    record(ConflictSettled(sentence=row.sentence), about=row.visit, actor=actor, call=call)
    return row
