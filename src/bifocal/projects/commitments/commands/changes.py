"""Changes of a commitment: priced, then in the commitment in one transaction."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from django.db.models import Max
from pydantic import Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import ZERO, dollars
from bifocal.projects.commitments import queries
from bifocal.projects.commitments.commands.contract import CommitmentLineIn, codes_of
from bifocal.projects.commitments.facts import CommitmentChangeMoved, CommitmentChangeProposed
from bifocal.projects.commitments.models import Commitment, CommitmentChange, CommitmentLine
from bifocal.projects.commitments.rules import BILLABLE, CHANGE_NEXT, may_approve
from bifocal.projects.register.models import Document
from bifocal.projects.register.rules import check_move


@command("commitment.propose_change")
def propose_change(
    *, commitment: UUID, title: Annotated[str, Field(min_length=1, max_length=160)], lines: list[CommitmentLineIn], days: int = 0,
    cause: UUID | None = None, actor: Actor, call: Call,
) -> CommitmentChange:  # fmt: skip
    """Price a change of a commitment: pending in the budget until it is approved."""
    row: Commitment = Commitment.objects.locked(commitment, actor, call)
    require(actor, "commitment.edit")
    doc = Document.objects.find(cause, actor) if cause else None
    return propose(row, title, lines, days=days, cause=doc, actor=actor, call=call)


def propose(
    row: Commitment, title: str, lines: list[CommitmentLineIn], *, days: int = 0, cause: Document | None = None, actor: Actor, call: Call
) -> CommitmentChange:
    """The change, for the command and for a change event. The caller holds the commitment's row."""
    if row.status not in BILLABLE:
        raise Refused(f"{row.number or 'This commitment'} is {row.status.replace('_', ' ')}: it can't be changed.")
    if not lines:
        raise Invalid("A change needs at least one line.", field="lines")
    codes, total = codes_of(lines), sum((li.amount for li in lines), ZERO)
    number = (row.changes.aggregate(n=Max("number"))["n"] or 0) + 1
    change = CommitmentChange.objects.create(commitment=row, number=number, title=title, amount=total, days=days, cause=cause)
    place = row.lines.count()
    CommitmentLine.objects.bulk_create(
        CommitmentLine(commitment=row, change=change, counts=False, place=place + n, item=f"C{number}.{li.item}"[:20],
                       description=li.description, cost_code=codes[li.cost_code], cost_type=li.cost_type, amount=li.amount)
        for n, li in enumerate(lines)
    )  # fmt: skip
    told = CommitmentChangeProposed(number=f"{row.number} change {number}", amount=str(total), days=days)
    record(told, about=row, actor=actor, call=call)
    return change


def _move(change: UUID, to: str, reason: str, actor: Actor, call: Call) -> CommitmentChange:
    found: CommitmentChange = CommitmentChange.objects.find(change, actor)
    Commitment.objects.select_for_update().get(pk=found.commitment_id)
    row: CommitmentChange = CommitmentChange.objects.locked(change, actor, call)
    check_move(CHANGE_NEXT, row.status, to, f"Change {row.number}")
    before = row.status
    row.change(status=to)
    told = CommitmentChangeMoved(number=f"{row.commitment.number} change {row.number}", before=before, after=to, reason=reason)
    record(told, about=row.commitment, actor=actor, call=call)
    return row


@command("commitment.approve_change")
def approve_change(*, change: UUID, actor: Actor, call: Call) -> CommitmentChange:
    """Approve it: its lines and its sum are the commitment's, in one transaction. Refused above the actor's limit."""
    require(actor, "commitment.approve")
    row = _move(change, "approved", "", actor, call)
    if not may_approve(abs(row.amount), queries.limits(), actor.roles):
        raise Refused(f"{dollars(row.amount)} is above your approval limit. Ask the owner.", field="change")
    commitment = row.commitment
    if commitment.status not in BILLABLE:
        raise Refused(f"{commitment.number} is {commitment.status.replace('_', ' ')}: it can't be changed.")
    row.lines.update(counts=True)
    commitment.change(sum=commitment.sum + row.amount)
    return row


@command("commitment.reject_change")
def reject_change(*, change: UUID, reason: Annotated[str, Field(min_length=1)], actor: Actor, call: Call) -> CommitmentChange:
    """Reject a priced change, with the reason: it leaves the pending column."""
    require(actor, "commitment.edit")
    return _move(change, "rejected", reason, actor, call)
