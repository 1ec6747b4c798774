"""The risk of a schedule: every write. A simulation runs in the queue and never touches the schedule."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.engines.cpm.model import Activity as Work
from bifocal.kernel.jobs.models import Job
from bifocal.lib.errors import Invalid, NotFound, Refused
from bifocal.projects.risk.facts import DurationsSpread, RiskAsked
from bifocal.projects.risk.models import RiskRun, ThreeDurations
from bifocal.projects.risk.queries import open_work, points_of
from bifocal.projects.schedule.board import Board, load
from bifocal.projects.schedule.models import Activity

LONGEST = 5000  # working days
FEWEST, MOST = 100, 5000
DRAWS = 5_000_000  # samples times activities: what fits into the memory and the patience of a small server


@command("risk.durations")
def give_durations(*, activity: UUID, low: float, likely: float, high: float, actor: Actor, call: Call) -> dict[str, Any]:
    """The shortest, most likely and longest time that is left of an activity, in working days of its calendar."""
    row: Activity | None = Activity.objects.filter(uid=activity, job__in=Job.objects.visible_to(actor)).first()
    if row is None:
        raise NotFound(f"There is no activity {activity}, or you may not see it.")
    job: Job = Job.objects.locked(row.job.uid, actor)
    require(actor, "schedule.edit")
    if not 0 <= low <= likely <= high <= LONGEST:
        raise Invalid(f"Give three durations in order, between 0 and {LONGEST} days: shortest, most likely, longest.", field="low")
    board = load(job)
    act = next((a for a in open_work(board) if a.id == board.keys.get(row.pk)), None)
    if act is None:
        raise Refused(f"{row.code} has nothing left that could vary.", field="activity")
    day = board.per_day(row)
    _keep(board, [(act, round(low * day), round(likely * day), round(high * day))])
    said = f"{row.code}: {low:g}, {likely:g} or {high:g} days"
    record(DurationsSpread(activities=1, said=said), about=job, actor=actor, call=call)
    return {"kind": "activity", "uid": str(row.uid), "said": said}


@command("risk.spread")
def spread_durations(
    *, job: UUID, low_percent: int, high_percent: int, branch: UUID | None = None, actor: Actor, call: Call
) -> dict[str, Any]:
    """The same spread for all that is open in a branch of the plan (else in the whole plan): 90 and 130 percent of what is left."""
    row: Job = Job.objects.locked(job, actor)
    require(actor, "schedule.edit")
    if not 0 <= low_percent <= 100 <= high_percent <= 1000:
        raise Invalid("The shortest is 0 to 100 percent of what the plan says, the longest 100 to 1000.", field="low_percent")
    board = load(row)
    wanted = _below(board, branch)
    acts = [a for a in open_work(board) if wanted is None or board.by_key[a.id].pk in wanted]
    if not acts:
        raise Refused("Nothing is open there whose duration could vary.", field="branch")
    _keep(board, [(a, a.remaining * low_percent // 100, a.remaining, a.remaining * high_percent // 100) for a in acts])
    said = f"{low_percent} to {high_percent} percent"
    record(DurationsSpread(activities=len(acts), said=said), about=row, actor=actor, call=call)
    return {"kind": "job", "uid": str(row.uid), "activities": len(acts), "said": said}


def _below(board: Board, branch: UUID | None) -> set[int] | None:
    """The keys of a row and of what is below it; None for the whole plan."""
    if branch is None:
        return None
    top = next((r for r in board.rows if r.uid == branch), None)
    if top is None:
        raise NotFound("There is no such branch in this schedule. Load it again.", field="branch")
    return {top.pk, *(r.pk for r in board.descendants(top))}


def _keep(board: Board, given: Iterable[tuple[Work, int, int, int]]) -> None:
    rows = [
        ThreeDurations(activity=board.by_key[act.id], low=low, likely=likely, high=high, base=act.remaining)
        for act, low, likely, high in given
    ]
    ThreeDurations.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["activity"], update_fields=["low", "likely", "high", "base"], batch_size=1000
    )


@command("risk.run")
def run_risk(*, job: UUID, samples: int = 1000, actor: Actor, call: Call) -> RiskRun:
    """Simulate the schedule so many times in the queue: P50, P80 and P90 finish, criticality, tornado. The schedule stays as it is."""
    row: Job = Job.objects.locked(job, actor)
    require(actor, "schedule.edit")
    if not FEWEST <= samples <= MOST:
        raise Invalid(f"Between {FEWEST} and {MOST} samples.", field="samples")
    points = points_of(load(row))
    if not points:
        raise Refused("No duration varies yet. Give a spread to the plan or to a branch of it first.")
    if len(points) * samples > DRAWS:
        raise Invalid(f"{len(points)} activities vary: ask for at most {DRAWS // len(points)} samples.", field="samples")
    run, made = RiskRun.objects.get_or_create(job=row, defaults={"samples": samples})
    if not made:
        run.change(samples=samples, status="waiting", share=0, sentence="")
    record(RiskAsked(samples=samples), about=row, actor=actor, call=call)
    from bifocal.projects.risk.tasks import simulate_risk

    simulate_risk.defer(run=str(run.uid), version=run.version)
    return run
