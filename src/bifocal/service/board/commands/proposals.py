"""Optimise: asked for, found within a bounded time (in the queue where it takes longer), accepted whole or in part."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.models import Branch
from bifocal.core.policy import require
from bifocal.lib.errors import Invalid, NotFound, Refused
from bifocal.service.board.commands.drafts import add_to
from bifocal.service.board.commands.moves import Line, apply, keep
from bifocal.service.board.day import Asked, Day, day_of
from bifocal.service.board.facts import ProposalAsked, ProposalReady, ProposalSettled
from bifocal.service.board.models import Draft, Proposal
from bifocal.service.board.queries import Ground, ground
from bifocal.service.board.rules import Scope
from bifocal.service.board.trays import waiting
from bifocal.service.visits.models import Visit
from bifocal.service.visits.rules import Status

AT_ONCE, LONGEST = 2, 60  # seconds: what a page may wait for, what the queue may spend
ON_BOARD, DRIVES_IN = 10, 300  # a visit that somebody was promised is worth so many that nobody was; seconds
OPEN = ("waiting", "working", "ready", "failed")
KEPT = ("visit", "version", "technician", "start", "end", "window_start", "window_end", "helpers")


@command("board.optimise")
def ask_proposal(
    *, branch: str, day: date, scope: Scope = Scope.DAY, technician: UUID | None = None, visits: list[UUID] | None = None,
    seconds: int = 0, actor: Actor, call: Call,
) -> dict[str, Any]:  # fmt: skip
    """Ask the optimiser for a better day: of all, of one technician, of a selection, or places for what has none.

    Up to two seconds it answers at once, else the queue works on it and its progress is shown. Nothing changes before it is accepted.
    """
    require(actor, "visit.schedule")
    where = Branch.objects.filter(code=branch).first()
    if where is None:
        raise NotFound(f"There is no branch '{branch}'.")
    if (scope == Scope.TECHNICIAN and not technician) or (scope == Scope.SELECTION and not visits):
        raise Invalid("Say which technician, or which visits.", field="scope")
    asked = {"technician": str(technician or ""), "visits": [str(v) for v in visits or []]}
    Proposal.objects.filter(actor_key=actor.key, branch=where, day=day, status__in=OPEN).update(status="dismissed")
    row = Proposal.objects.create(actor_key=actor.key, branch=where, day=day, scope=scope, asked=asked)
    record(ProposalAsked(scope=scope, day=str(day)), about=row, actor=actor, call=call)
    found = ground(where, day, 1, actor)
    budget = min(seconds, LONGEST) or _enough(found)
    if budget <= AT_ONCE:
        work(row, found, budget, actor, call)
    else:
        from bifocal.service.board.tasks import solve

        solve.defer(proposal=str(row.uid), seconds=budget)
    return {**row.answer(), "budget": budget, "lines": len(row.found.get("lines", []))}


def _enough(found: Ground) -> int:
    """Seconds of thinking that a day of this size repays: measured in benchmarks/dispatch.py."""
    visits = sum(b.visit is not None for b in found.bands)
    return 1 if visits < 40 else 2 if visits < 90 else 10


def work(row: Proposal, found: Ground, seconds: float, actor: Actor, call: Call, *, tell: Any = None) -> None:
    """Solve what was asked and keep the differences on the proposal. Raises Invalid where nothing can be planned."""
    from bifocal.service.board.budget import budget
    from bifocal.service.board.optimise import legs_into, optimise

    answer = optimise(chosen(row, found, timezone.now()), stop=budget(seconds, tell), seed=row.pk)
    told = answer.answer()
    told["lines"] = legs_into(found, told["lines"])
    row.change(status="ready", share=100, found=told)
    record(ProposalReady(lines=len(told["lines"])), about=row, actor=actor, call=call)


def chosen(row: Proposal, found: Ground, now: datetime) -> Day:
    """The day as it was asked: whose, what of it may be touched, and what has no time yet."""
    along = {b.person for b in found.bands if b.visit and not b.lead}  # an apprentice goes where their crew goes
    people = [p for p in found.people if p.dispatchable or p.pk in along]
    free = waiting(row.branch)
    wanted = set(row.asked["visits"])
    if row.scope == Scope.TECHNICIAN:
        people, free = [p for p in people if str(p.uid) == row.asked["technician"]], []
    if row.scope == Scope.SELECTION:
        free = [v for v in free if str(v.uid) in wanted]

    def may(visit: Visit) -> bool:
        """Sent to the phone, under way or pinned: the optimiser leaves it where it is."""
        if visit.status != Status.SCHEDULED or visit.pk in found.pinned or row.scope == Scope.UNASSIGNED:
            return False
        return row.scope != Scope.SELECTION or str(visit.uid) in wanted

    return day_of(found, people, now, Asked(may, tuple(free), step=DRIVES_IN, worth=ON_BOARD, at_price=False))


@command("board.accept")
def accept_proposal(
    *, proposal: UUID, lines: list[UUID] | None = None, into_draft: UUID | None = None, actor: Actor, call: Call
) -> dict[str, Any]:
    """Accept a proposal, whole or the chosen visits, as one act: what changed meanwhile is told and left out."""
    row: Proposal = Proposal.objects.locked(proposal, actor)
    require(actor, "visit.schedule")
    if row.status != "ready":
        raise Refused(f"This proposal is {row.status}: ask for another.")
    wanted = None if lines is None else {str(v) for v in lines}
    taken = [
        Line.model_validate({k: li[k] for k in KEPT if k in li}) for li in row.found["lines"] if wanted is None or li["visit"] in wanted
    ]
    if not taken:
        raise Invalid("Choose at least one line.", field="lines")
    if into_draft:
        draft: Draft = Draft.objects.locked(into_draft, actor)
        add_to(draft, taken, actor, call)
        answer: dict[str, Any] = {"moved": [], "left_out": []}
    else:
        answer = keep(apply(taken, why="optimised", actor=actor, call=call), "optimised", actor, call)
    row.change(status="accepted")
    told = ProposalSettled(accepted=len(answer["moved"]), left_out=len(answer["left_out"]))
    record(told, about=row, actor=actor, call=call)
    return {**answer, **row.answer()}


@command("board.dismiss")
def dismiss_proposal(*, proposal: UUID, actor: Actor, call: Call) -> Proposal:
    """Lay a proposal aside: the board stays as it is."""
    row: Proposal = Proposal.objects.locked(proposal, actor)
    require(actor, "visit.schedule")
    row.change(status="dismissed")
    record(ProposalSettled(accepted=0, left_out=0), about=row, actor=actor, call=call)
    return row
