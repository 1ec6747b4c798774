"""Facts of the field: they happened. Their effects on the plan apply where the plan still allows; else a card."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.jobs import commands as jobs
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.jobs.rules import LIVE as JOB_LIVE
from bifocal.kernel.jobs.rules import Hold, Work
from bifocal.kernel.people.models import Person
from bifocal.kernel.pricebook.queries import item as item_by_code
from bifocal.kernel.stock import commands as stock
from bifocal.kernel.stock.models import Location
from bifocal.kernel.time import commands as time
from bifocal.kernel.time.rules import Activity
from bifocal.lib.errors import Invalid, NotFound
from bifocal.service.visits.commands.office import follow, job_and_visit, new_visit
from bifocal.service.visits.facts import ConflictRaised, PartPutIn, VisitFinished, VisitMoved
from bifocal.service.visits.models import Assignment, Card, PartUsed, Visit
from bifocal.service.visits.rules import LIVE, OUTCOMES, SECOND_TRIP, Accepted, AcceptedWithConflict, Status, field_fact, rolled_up


def _who(actor: Actor, visit: Visit, person: UUID | None) -> Person:
    """Whose fact it is: the actor's own person, the one the office names, else the visit's technician."""
    if actor.person_id and person is None:
        found: Person | None = Person.objects.filter(pk=actor.person_id).first()
    elif person is not None:
        found = Person.objects.find(person, actor)
    else:
        seat = visit.assignments.filter(removed_at=None).select_related("person").first()
        found = seat.person if seat else None
    if found is None:
        raise NotFound("Nobody is assigned to this visit: say whose fact this is.", field="person")
    return found


def happened(
    visit: UUID, to: Status, person: UUID | None, actor: Actor, call: Call, *, reason: str = "", **also: Any
) -> tuple[Visit, Job, Person, Actor]:
    """The common beats of a field fact: lock job and visit, take the fact, raise a card where the plan differs."""
    job, row = job_and_visit(visit, actor)
    require(actor, "visit.field")
    who = _who(actor, row, person)
    seats = list(row.assignments.filter(removed_at=None))
    seat = next((a for a in seats if a.person_id == who.pk), None)
    wanted, to = to, _everybody(seats, seat, to)
    if seat and not seat.lead:  # of two outcomes the lead's stands; a helper's fills what is still empty
        also = {k: v for k, v in also.items() if not (k in ("outcome", "note", "signed_by") and getattr(row, k))}
    verdict: Accepted | AcceptedWithConflict = field_fact(row.status, to, mine=seat is not None, who=who.name)
    if seat and len(seats) > 1 and {row.status, to} <= LIVE:
        verdict = Accepted(moves=to != row.status)  # what all of them make together may also be less far than before
    before = row.status
    stale = call.expected_version is not None and call.expected_version != row.version
    if verdict.moves:
        row.change(status=to, **also)
    elif to != wanted and also:
        row.change(**also)  # their part is over, somebody else is still on it
    if isinstance(verdict, AcceptedWithConflict):
        raise_card(row, verdict.card, actor=actor, call=call)
    elif stale:
        raise_card(row, f"{who.name} was {to} without having seen the office's last change.", actor=actor, call=call)
    told = VisitMoved(before=before, after=row.status, technician=who.name, reason=reason)
    record(told, about=row, actor=actor, call=call)
    inner = actor.within("visit.field")
    if job.started_at is None and job.work_status == Work.ON_HOLD:
        job.change(started_at=call.occurred_at)  # it stays on hold, but somebody was there: it has cost
    elif job.started_at is None and job.work_status in JOB_LIVE:
        follow(job, actor=inner, call=call)
    return row, job, who, inner


def _everybody(seats: list[Assignment], seat: Assignment | None, to: Status) -> Status:
    """Where several are on a visit: note where this one stands, and what that makes of the whole."""
    if seat is None or len(seats) == 1:
        return to
    seat.status = to
    seat.save(update_fields=["status"])
    return rolled_up([a.status for a in seats], to)


def raise_card(visit: Visit, sentence: str, *, actor: Actor, call: Call) -> None:
    """Tell the dispatcher what the plan did not expect."""
    Card.objects.create(visit=visit, sentence=sentence)
    record(ConflictRaised(sentence=sentence), about=visit, actor=actor, call=call)


def _clock(row: Visit, job: Job, who: Person, activity: Activity, actor: Actor, call: Call) -> None:
    code = job.job_type.cost_code if job.job_type else None
    time.start_clock(
        person=who, activity=activity, at=call.occurred_at, job=job, source=row.subject, cost_code=code, actor=actor,
        call=call.inner(),
    )  # fmt: skip


@command("visit.start_travel", field_fact=True)
def start_travel(*, visit: UUID, person: UUID | None = None, actor: Actor, call: Call) -> Visit:
    """On the way: the drive clock runs."""
    row, job, who, inner = happened(visit, Status.EN_ROUTE, person, actor, call)
    _clock(row, job, who, Activity.DRIVE, inner, call)
    return row


@command("visit.cancel_travel", field_fact=True)
def cancel_travel(*, visit: UUID, reason: str = "", person: UUID | None = None, actor: Actor, call: Call) -> Visit:
    """Turned round on the way: the drive stays as time, the visit waits for them again."""
    planned = Visit.objects.filter(uid=visit, planned__isnull=False).exists()
    row, _, who, inner = happened(visit, Status.DISPATCHED if planned else Status.UNSCHEDULED, person, actor, call, reason=reason)
    time.stop_clock(person=who, at=call.occurred_at, actor=inner, call=call)
    return row


@command("visit.divert", field_fact=True)
def divert(*, visit: UUID, to: UUID, reason: str = "", person: UUID | None = None, actor: Actor, call: Call) -> Visit:
    """Called away to another visit: this one pauses (or waits, if they were still driving), the other one starts with its drive."""
    list(Job.objects.select_for_update().filter(visits__uid__in=[visit, to]).order_by("id"))
    _, here = job_and_visit(visit, actor)
    require(actor, "visit.field")
    if here.status == Status.EN_ROUTE:
        cancel_travel(visit=visit, reason=reason, person=person, actor=actor, call=call)
    elif here.status in (Status.ON_SITE, Status.WORKING):
        pause_visit(visit=visit, reason=reason, person=person, actor=actor, call=call)
    return start_travel(visit=to, person=person, actor=actor, call=call)


@command("visit.arrive", field_fact=True)
def arrive(*, visit: UUID, person: UUID | None = None, actor: Actor, call: Call) -> Visit:
    """On site: the drive clock stops and the arrival is held against the promise."""
    row, _, who, inner = happened(visit, Status.ON_SITE, person, actor, call, arrived_at=call.occurred_at)
    time.stop_clock(person=who, at=call.occurred_at, actor=inner, call=call)
    return row


@command("visit.start_work", field_fact=True)
def start_work(*, visit: UUID, person: UUID | None = None, actor: Actor, call: Call) -> Visit:
    """Working: the labor clock runs."""
    row, job, who, inner = happened(visit, Status.WORKING, person, actor, call)
    if row.arrived_at is None:
        row.change(arrived_at=call.occurred_at)  # nobody pressed 'arrived': they were here at the latest now
    _clock(row, job, who, Activity.WORK, inner, call)
    return row


@command("visit.pause", field_fact=True)
def pause_visit(*, visit: UUID, person: UUID | None = None, reason: str = "break", actor: Actor, call: Call) -> Visit:
    """Paused: the labor clock stops; the visit stays in sight."""
    row, _, who, inner = happened(visit, Status.PAUSED, person, actor, call, reason=reason)
    time.stop_clock(person=who, at=call.occurred_at, actor=inner, call=call)
    return row


@command("visit.resume", field_fact=True)
def resume_visit(*, visit: UUID, person: UUID | None = None, actor: Actor, call: Call) -> Visit:
    """Back to work: the labor clock runs again."""
    row, job, who, inner = happened(visit, Status.WORKING, person, actor, call)
    _clock(row, job, who, Activity.WORK, inner, call)
    return row


@command("visit.use_part", field_fact=True)
def use_part_on_visit(
    *, visit: UUID, item: str, quantity: Decimal = Decimal(1), location: UUID | None = None, price: Decimal | None = None,
    person: UUID | None = None, uid: UUID | None = None, actor: Actor, call: Call,
) -> dict[str, Any]:  # fmt: skip
    """A part went into the job from the truck: its cost is on the job at once, its price on the next invoice."""
    job, row = job_and_visit(visit, actor)
    require(actor, "visit.field")
    what = item_by_code(item)
    who = _who(actor, row, person)
    truck: Location | None = Location.objects.filter(uid=location).first() if location else who.trucks.first()
    if truck is None:
        raise Invalid(f"{who.name} has no truck: say where the part came from.", field="location")
    inner = actor.within("visit.field")
    code = job.job_type.cost_code if job.job_type else None
    move = stock.use_part(item=what, quantity=quantity, location=truck, job=job, cost_code=code, actor=inner, call=call)
    extra = {"uid": uid} if uid else {}
    used = PartUsed.objects.create(
        visit=row, item=what, quantity=quantity, price=what.price if price is None else price, location=truck,
        move_uid=move.uid, **extra,
    )  # fmt: skip
    record(PartPutIn(item=what.name, quantity=str(quantity), place=truck.name), about=row, actor=actor, call=call)
    return {"kind": "part_used", "uid": str(used.uid), "item": item, "quantity": str(quantity)}


@command("visit.finish", field_fact=True)
def finish_visit(
    *, visit: UUID, outcome: str, note: str = "", signed_by: str = "", person: UUID | None = None,
    hold_for_parts: bool = False, actor: Actor, call: Call,
) -> Visit:  # fmt: skip
    """The trip is over, with its outcome. A return trip makes the next visit; a completed one completes the job."""
    if outcome not in OUTCOMES:
        raise Invalid(f"'{outcome}' is not an outcome. Use one of: {', '.join(sorted(OUTCOMES))}.", field="outcome")
    done: dict[str, Any] = {"outcome": outcome, "done_at": call.occurred_at, "signed_by": signed_by}
    if note:
        done["note"] = note
    row, job, who, inner = happened(visit, Status.DONE, person, actor, call, **done)
    time.stop_clock(person=who, at=call.occurred_at, actor=inner, call=call)
    record(VisitFinished(outcome=outcome, technician=who.name, note=note), about=row, actor=actor, call=call)
    if row.status == Status.DONE:  # else somebody else is still on it
        _next_step(row, job, outcome, hold_for_parts, note, inner, call)
    return row


def _next_step(row: Visit, job: Job, outcome: str, hold_for_parts: bool, note: str, actor: Actor, call: Call) -> None:
    """After the trip: another one, a hold for parts, or the job is done when no other trip is planned."""
    others = job.visits.exclude(pk=row.pk).exclude(status__in=[Status.DONE, Status.CANCELLED])
    if OUTCOMES[outcome] == SECOND_TRIP:
        if not others.exists() and job.work_status in JOB_LIVE:
            new_visit(job=job, actor=actor, call=call, minutes=row.minutes, skill=row.skill, people=row.people, why=note)
        if hold_for_parts and job.work_status in (Work.OPEN, Work.SCHEDULED, Work.IN_PROGRESS):
            told = {"hold_reason": Hold.PARTS, "hold_note": note[:200]}
            jobs.move_job(job, Work.ON_HOLD, actor=actor, call=call, reason=Hold.PARTS, **told)
        return
    if others.exists():
        return
    if job.lens == "service" and job.work_status in JOB_LIVE:
        result = OUTCOMES[outcome]
        also = {"outcome": result, "done_at": call.occurred_at, "hold_reason": "", "hold_note": ""}
        jobs.move_job(job, Work.DONE, actor=actor, call=call, reason=result, **also)
