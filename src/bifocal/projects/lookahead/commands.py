"""The look-ahead: every write. The field writes its own layer; the schedule moves only when the scheduler accepts."""

from __future__ import annotations

from datetime import date as Date
from decimal import Decimal
from typing import Any
from uuid import UUID

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.jobs.models import Job
from bifocal.lib.errors import Invalid, NotFound, Refused
from bifocal.projects.lookahead.facts import (
    ConstraintCleared,
    ConstraintNoted,
    RemainingDecided,
    RemainingProposed,
    WeekJudged,
    WeekPromised,
)
from bifocal.projects.lookahead.models import Commitment, Constraint, Proposal
from bifocal.projects.lookahead.rules import Constrains, Missed, Said, monday
from bifocal.projects.schedule.board import load
from bifocal.projects.schedule.changes import Change
from bifocal.projects.schedule.edits import change_schedule
from bifocal.projects.schedule.models import Activity


def _activity(uid: UUID, actor: Actor) -> Activity:
    """An activity of a job that the actor may see. Raises NotFound."""
    row: Activity | None = Activity.objects.select_related("job").filter(uid=uid, job__in=Job.objects.visible_to(actor)).first()
    if row is None:
        raise NotFound(f"There is no activity {uid}, or you may not see it.")
    return row


def _of_job(rows: Any, uid: UUID, actor: Actor, through: str) -> Any:
    """A row of the look-ahead, locked. Raises NotFound where its job may not be seen."""
    found = rows.select_for_update(of=("self",)).filter(uid=uid, **{f"{through}__in": Job.objects.visible_to(actor)}).first()
    if found is None:
        raise NotFound(f"There is no {rows.model._meta.verbose_name} {uid}, or you may not see it.")
    return found


@command("lookahead.constrain")
def note_constraint(
    *, activity: UUID, sort: Constrains, what: str, who: str = "", needed_by: Date | None = None, actor: Actor, call: Call
) -> Constraint:
    """Note what stands in the way of an activity: information, materials, labor, a permit, an inspection."""
    row = _activity(activity, actor)
    require(actor, "lookahead.edit")
    if not what:
        raise Invalid("Say what is missing.", field="what")
    made = Constraint.objects.create(activity=row, sort=sort, what=what[:200], who=who[:120], needed_by=needed_by)
    record(ConstraintNoted(code=row.code, sort=sort, what=made.what), about=row.job, actor=actor, call=call)
    return made


@command("lookahead.clear")
def clear_constraint(*, constraint: UUID, on: Date | None = None, actor: Actor, call: Call) -> Constraint:
    """What stood in the way is out of it."""
    row: Constraint = _of_job(Constraint.objects, constraint, actor, "activity__job")
    require(actor, "lookahead.edit")
    if row.cleared_on is not None:
        raise Refused(f"This was cleared on {row.cleared_on:%d %b} already.")
    job = row.activity.job
    day = on or accounting_day(call.occurred_at, job.branch)
    row.change(cleared_on=day)
    record(ConstraintCleared(code=row.activity.code, what=row.what, on=day), about=job, actor=actor, call=call)
    return row


@command("lookahead.promise")
def promise_week(*, job: UUID, week: Date, what: str, activity: UUID | None = None, who: str = "", actor: Actor, call: Call) -> Commitment:
    """Promise work for a week. Refused where something that the activity needs is not cleared: then it can't be promised."""
    row: Job = Job.objects.find(job, actor)
    require(actor, "lookahead.edit")
    if not what:
        raise Invalid("Say what will be done.", field="what")
    act = _activity(activity, actor) if activity else None
    if act is not None and act.job_id != row.pk:
        raise NotFound("This activity belongs to another job.", field="activity")
    stands = act.constraints.filter(cleared_on=None).first() if act else None
    if act is not None and stands is not None:
        raise Refused(f"{act.code} waits for {stands.sort}: {stands.what}. Clear it first, or promise other work.", field="activity")
    made = Commitment.objects.create(job=row, activity=act, week=monday(week), what=what[:200], who=who[:120])
    record(WeekPromised(week=made.week, what=made.what, who=made.who), about=row, actor=actor, call=call)
    return made


@command("lookahead.judge")
def judge_promise(*, commitment: UUID, done: bool, reason: Missed | None = None, note: str = "", actor: Actor, call: Call) -> Commitment:
    """Was the promise kept? Where not, why not: that is what is learned from."""
    row: Commitment = _of_job(Commitment.objects, commitment, actor, "job")
    require(actor, "lookahead.edit")
    if not done and reason is None:
        raise Invalid("Say why it was not done.", field="reason")
    row.change(done=done, reason="" if done or reason is None else reason.value, note=note[:300])
    record(WeekJudged(week=row.week, what=row.what, done=done, reason=row.reason), about=row.job, actor=actor, call=call)
    return row


@command("lookahead.propose")
def propose_remaining(*, activity: UUID, days: Decimal, why: str = "", actor: Actor, call: Call) -> Proposal:
    """Say how many working days are really left of an activity. The schedule stays as it is until the scheduler accepts."""
    row = _activity(activity, actor)
    require(actor, "lookahead.edit")
    if not 0 <= days <= 2000:
        raise Invalid("Between 0 and 2,000 working days.", field="days")
    job: Job = Job.objects.locked(row.job.uid, actor)
    board = load(job)
    key = board.keys.get(row.pk)
    if key is None or board.acts[key].actual_finish is not None:
        raise Refused(f"{row.code} is finished or a group: nothing is left to propose.", field="activity")
    Proposal.objects.filter(activity=row, state=Said.OPEN).update(state=Said.REPLACED)
    was = Decimal(board.acts[key].remaining) / board.per_day(row)
    made = Proposal.objects.create(activity=row, days=days, was=was.quantize(Decimal("0.1")), why=why[:300], by=actor.name)
    record(RemainingProposed(code=row.code, days=f"{days:f}", was=f"{made.was:f}", why=made.why), about=job, actor=actor, call=call)
    return made


@command("lookahead.decide")
def decide_proposal(*, proposal: UUID, accept: bool, actor: Actor, call: Call) -> dict[str, Any]:
    """Accept what the field proposes, which moves the schedule and its crews, or reject it."""
    row: Proposal = _of_job(Proposal.objects, proposal, actor, "activity__job")
    require(actor, "schedule.edit")
    if row.state != Said.OPEN:
        raise Refused(f"This proposal was {row.state} already.")
    act = row.activity
    moved = _accept(row, actor.within("lookahead.decide"), call) if accept else {}
    row.change(state=Said.ACCEPTED if accept else Said.REJECTED, decided_by=actor.name)
    record(RemainingDecided(code=act.code, days=f"{row.days:f}", accepted=accept), about=act.job, actor=actor, call=call)
    return {**row.answer(), "schedule": moved}


def _accept(row: Proposal, actor: Actor, call: Call) -> dict[str, Any]:
    """The duration becomes what was done and what is left."""
    board = load(row.activity.job)
    act, per_day = board.acts[board.keys[row.activity_id]], board.per_day(row.activity)
    minutes = act.duration - act.remaining + round(row.days * per_day)
    change = Change.model_validate({"do": "resize", "activity": row.activity.uid, "minutes": minutes})
    return change_schedule(job=row.activity.job.uid, changes=[change], actor=actor, call=call.inner())
