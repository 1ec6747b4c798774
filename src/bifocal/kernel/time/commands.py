"""The timeline: every write. A field fact is stored even where it collides: then disputed, out of costing (decision 12)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Q

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import Removed, record
from bifocal.core.policy import require
from bifocal.core.subject import Subject
from bifocal.kernel.jobs.models import CostCode, Job, Phase, WageRule
from bifocal.kernel.jobs.rules import Profile
from bifocal.kernel.ledger import commands as ledger
from bifocal.kernel.ledger.rules import Acc, Entry
from bifocal.kernel.people.commands import lock_person
from bifocal.kernel.people.models import Person
from bifocal.kernel.people.queries import rate_on
from bifocal.kernel.time.facts import ClockStarted, ClockStopped, TimeApproved, TimeDisputed, TimeEntered
from bifocal.kernel.time.models import TimeSegment
from bifocal.kernel.time.rules import NEXT, Activity, HourCost, Status, post_time, resolve
from bifocal.lib.errors import CannotMove, Invalid, NotFound
from bifocal.lib.periods import hours_between


def hour_cost(person: Person, job: Job | None, *, activity: str, work_class: str, day: date) -> HourCost:
    """Pay class and rate of an hour, with the reason; effective-dated (decision 12)."""
    rate = rate_on(person.pk, "regular", day)
    base = (rate.pay_class, rate.rate, rate.burden) if rate else None
    wage = None
    if job is not None and work_class:
        rule = WageRule.objects.filter(job=job, work_class=work_class, from_date__lte=day).order_by("-from_date").first()
        wage = (rule.pay_class, rule.rate, rule.fringe) if rule else None
    return resolve(base, wage, activity=activity)


def start_clock(
    *, person: Person, activity: Activity, at: datetime, job: Job | None, source: Subject, actor: Actor, call: Call,
    phase: Phase | None = None, cost_code: CostCode | None = None, work_class: str = "",
) -> TimeSegment:  # fmt: skip
    """Open a segment; whatever was open closes at that moment. Locks the person."""
    require(actor, "time.clock")
    lock_person(person)
    stop_clock(person=person, at=at, actor=actor, call=call)
    segment = _segment(person, (at, None), activity, job, phase, cost_code, work_class, source)
    segment.status = Status.OPEN
    _save_or_dispute(segment, actor=actor, call=call)
    record(ClockStarted(person=person.name, activity=activity, at=at), about=segment, actor=actor, call=call)
    return segment


def stop_clock(*, person: Person, at: datetime, actor: Actor, call: Call) -> TimeSegment | None:
    """Close the open segment, if there is one. A stop before its start keeps the start (a clock that ran back)."""
    require(actor, "time.clock")
    row: TimeSegment | None = TimeSegment.objects.select_for_update().filter(person=person, status=Status.OPEN).first()
    if row is None:
        return None
    end = max(at, row.began)
    if end == row.began:
        record(Removed(why="a clock that was stopped as it started"), about=row, actor=actor, call=call)
        row.delete()
        return None
    row.change(during=DateTimeTZRange(row.began, end), status=Status.CLOSED, hours=hours_between(row.began, end))
    record(ClockStopped(person=person.name, hours=str(row.hours)), about=row, actor=actor, call=call)
    return row


def _segment(
    person: Person, during: tuple[datetime, datetime | None], activity: Activity, job: Job | None,
    phase: Phase | None, cost_code: CostCode | None, work_class: str, source: Subject,
) -> TimeSegment:  # fmt: skip
    day = accounting_day(during[0], job.branch if job else person.branch)
    cost = hour_cost(person, job, activity=activity, work_class=work_class, day=day)
    return TimeSegment(
        person=person, during=during, job=job, phase=phase, cost_code=cost_code, activity=activity, work_class=work_class,
        pay_class=cost.pay_class, rate=cost.rate, burden=cost.burden, why=cost.reason, source_kind=source.kind,
        source_uid=source.uid,
    )  # fmt: skip


def _save_or_dispute(segment: TimeSegment, *, actor: Actor, call: Call) -> None:
    try:
        with transaction.atomic():
            segment.save(force_insert=True)
    except IntegrityError:
        start: Any = segment.during
        end = start[1] or call.occurred_at
        segment.status = Status.DISPUTED
        segment.during = (start[0], end) if end > start[0] else (start[0], None)
        segment.hours = hours_between(start[0], end) if end > start[0] else Decimal(0)
        segment.dispute = "overlaps other time of the same person"
        segment.save(force_insert=True)
        record(TimeDisputed(why=segment.dispute), about=segment, actor=actor, call=call)


@command("time.enter", field_fact=True)
def enter_time(
    *, person: UUID, start: datetime, end: datetime, job: UUID | None = None, phase: str = "", cost_code: str = "",
    activity: Activity = Activity.WORK, work_class: str = "", note: str = "", uid: UUID | None = None,
    actor: Actor, call: Call,
) -> TimeSegment:  # fmt: skip
    """Enter a finished stretch of time. It is kept even where it collides: then it waits for a decision."""
    who: Person = Person.objects.find(person, actor)
    require(actor, "time.enter")
    if start.tzinfo is None or end.tzinfo is None:
        raise Invalid("A time needs its zone, like 2026-11-23T08:00:00-05:00.", field="start")
    if end <= start:
        raise Invalid("The end must be after the start.", field="end")
    on: Job | None = Job.objects.find(job, actor) if job else None
    code = CostCode.objects.filter(code=cost_code).first() if cost_code else None
    if cost_code and code is None:
        raise Invalid(f"There is no cost code '{cost_code}'.", field="cost_code")
    part = Phase.objects.filter(job=on, code=phase).first() if phase else None
    if phase and part is None:
        raise Invalid(f"The job has no phase '{phase}'.", field="phase")
    lock_person(who)
    segment = _segment(who, (start, end), activity, on, part, code, work_class, on.subject if on else who.subject)
    segment.status, segment.hours, segment.note = Status.CLOSED, hours_between(start, end), note
    if uid:
        segment.uid = uid
    _save_or_dispute(segment, actor=actor, call=call)
    told = TimeEntered(person=who.name, hours=str(segment.hours), status=segment.status)
    record(told, about=segment, actor=actor, call=call)
    return segment


@command("time.settle")
def settle_time(*, segment: UUID, start: datetime, end: datetime, actor: Actor, call: Call) -> TimeSegment:
    """Settle disputed time: the hours that really were, which may not overlap any other."""
    row: TimeSegment = TimeSegment.objects.locked(segment, actor, call)
    require(actor, "time.approve")
    _check(row, Status.CLOSED)
    try:
        with transaction.atomic():
            row.change(during=(start, end), hours=hours_between(start, end), status=Status.CLOSED, dispute="")
    except IntegrityError as overlap:
        raise Invalid("These hours overlap other time of the same person.", field="start") from overlap
    record(TimeEntered(person=row.person.name, hours=str(row.hours), status=row.status), about=row, actor=actor, call=call)
    return row


@command("time.approve")
def approve_time(*, segments: list[UUID] | None = None, job: UUID | None = None, actor: Actor, call: Call) -> dict[str, Any]:
    """Approve closed time (named, or all of a job): its cost goes to the books at the rate of its day."""
    require(actor, "time.approve")
    wanted = TimeSegment.objects.visible_to(actor).select_for_update(of=("self",)).filter(status=Status.CLOSED)
    if segments is None and job is None:
        raise Invalid("Say which time to approve: segments or a job.", field="segments")
    rows = list(wanted.filter(Q(uid__in=segments or []) | Q(job__uid=job) if job else Q(uid__in=segments or [])).order_by("id"))
    if segments and len(rows) < len(set(segments)):
        raise NotFound("Some of this time is not there, not closed yet, or approved already.")
    total = sum((approve_one(row, actor=actor.within("time.approve"), call=call) for row in rows), Decimal(0))
    return {"kind": "time_approval", "segments": len(rows), "amount": total}


def approve_one(row: TimeSegment, *, actor: Actor, call: Call) -> Decimal:
    """Approve one segment and post it (L1, L5; warranty work to callback cost). Returns its cost."""
    _check(row, Status.APPROVED)
    row.change(status=Status.APPROVED)
    ledger.post(entry_of(row), actor=actor, call=call)
    record(TimeApproved(hours=str(row.hours), amount=str(row.amount)), about=row, actor=actor, call=call)
    return row.amount


def entry_of(row: TimeSegment) -> Entry:
    """The posting of a segment: used by the command and by the bulk loader alike."""
    day = accounting_day(row.began, row.job.branch if row.job else row.person.branch)
    dims = {
        "job_id": row.job_id, "phase_id": row.phase_id, "cost_code_id": row.cost_code_id, "person_id": row.person_id,
        "branch_id": row.person.branch_id, "business_unit_id": row.job.business_unit_id if row.job else None,
    }  # fmt: skip
    account = None
    if row.job is not None and row.activity != Activity.SHOP and row.activity != Activity.BREAK:
        account = Acc.CALLBACK if row.job.profile == Profile.WARRANTY else Acc.LABOR
    lines = post_time(segment=row.subject, hours=row.hours or Decimal(0), cost=row.cost, job_account=account, dims=dims)
    return Entry("time approved", row.subject, day, lines, f"{row.person.name} {row.hours} h")


def _check(row: TimeSegment, to: Status) -> None:
    if to not in NEXT[Status(row.status)]:
        raise CannotMove(f"This time is {row.status}; it can't become {to}.")
