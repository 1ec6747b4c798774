"""The work of a change order: analyzed against the plan before approval, part of the plan after it."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.jobs.models import Job
from bifocal.lib.errors import DomainError, Invalid, NotFound, Refused
from bifocal.lib.ids import uuid7
from bifocal.projects.changes.queries import TIER_SORTS, family
from bifocal.projects.register.models import Document
from bifocal.projects.schedule.board import Board, load
from bifocal.projects.schedule.changes import Change
from bifocal.projects.schedule.edits import change_schedule
from bifocal.projects.schedule.reports import time_impact
from bifocal.projects.ties.commands import activity_of
from bifocal.projects.ties.facts import FragmentEntered, ImpactAnalyzed
from bifocal.projects.ties.models import Fragment


class Piece(BaseModel):
    """A piece of a change's work."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    days: Annotated[float, Field(gt=0, le=2000)]


@command("change.fragment")
def analyze_change(
    *, change: UUID, pieces: Annotated[list[Piece], Field(min_length=1, max_length=50)], after: UUID, before: UUID | None = None,
    actor: Actor, call: Call,
) -> Fragment:  # fmt: skip
    """Say which work a change puts behind which activity, and what that does to the finish. The plan changes only with the approval."""
    doc: Document = Document.objects.filter(sort__in=TIER_SORTS).locked(change, actor, call)
    require(actor, "change.edit")
    if doc.status in ("approved", "rejected", "void"):
        raise Refused(f"{doc.number or 'This change'} is {doc.status}: its work can't be planned any more.")
    first, last = activity_of(after, actor, "after"), activity_of(before, actor, "before") if before else None
    for row, field in ((first, "after"), (last, "before")):
        if row is not None and row.job_id != doc.job_id:
            raise NotFound("This activity belongs to another job.", field=field)
    if first == last:
        raise Invalid("The work can't stand before and behind one and the same activity.", field="before")
    found = impact_of(load(doc.job), sum(p.days for p in pieces), first.code, last.code if last else "")
    kept = {"after": first, "before": last, "pieces": [p.model_dump() for p in pieces], "impact": {**found, "at": str(call.occurred_at)}}
    fragment: Fragment = Fragment.objects.get_or_create(document=doc, defaults=kept)[0]
    fragment.change(**kept)
    told = ImpactAnalyzed(
        after=first.code, finish_before=found["finish_before"], finish_after=found["finish_after"], calendar_days=found["calendar_days"]
    )
    record(told, about=doc, actor=actor, call=call)
    return fragment


def impact_of(board: Board, days: float, after: str, before: str) -> dict[str, Any]:
    """The time impact (AACE 29R-03, MIP 3.6), with the days on the contract's completion: calendar days between the two finishes."""
    found = time_impact(board, days, after, before)
    more = (found["finish_after"] - found["finish_before"]).days
    contract = getattr(board.job, "contract", None)
    done = contract.completion if contract else None
    new = done + timedelta(days=more) if done else None
    return {
        "finish_before": str(found["finish_before"]), "finish_after": str(found["finish_after"]), "days_later": found["days_later"],
        "calendar_days": more, "critical": found["critical"], "version": board.version,
        "completion": str(done) if done else None, "new_completion": str(new) if new else None,
    }  # fmt: skip


@command("change.enter_fragment")
def enter_fragment(*, change: UUID, actor: Actor, call: Call) -> dict[str, Any]:
    """Put the work of an approved change, and of the changes it groups, into the plan; done by itself with the approval, and once only."""
    doc: Document = Document.objects.filter(sort__in=TIER_SORTS).find(change, actor)
    require(actor, "schedule.edit")
    if doc.status != "approved":
        raise Refused(f"{doc.number or 'This change'} is {doc.status}: its work enters the plan when it is approved.")
    Job.objects.locked(doc.job.uid, actor)
    papers = [doc.pk, *(d.pk for d in family(doc))]
    rows = Fragment.objects.select_for_update(of=("self",)).filter(document__in=papers, entered_at=None).order_by("pk")
    made = [code for row in rows.select_related("document", "after", "before") for code in _enter(row, doc, actor, call)]
    return {"kind": "change_fragment", "activities": made}


def _enter(row: Fragment, doc: Document, actor: Actor, call: Call) -> list[str]:
    """Its pieces as activities in a chain behind `after` and ahead of `before`."""
    if row.after is None:
        raise Refused(f"The activity that {row.document.number}'s work stands behind is not in the plan any more. Plan it by hand.")
    board, uids, last = load(doc.job), [uuid7() for _ in row.pieces], row.after.uid
    per_day = board.per_day(board.by_pk[row.after.pk])
    changes: list[dict[str, Any]] = []
    for uid, piece in zip(uids, row.pieces, strict=True):
        text = f"{row.document.number} {piece['name']}"[:255]
        changes.append({"do": "add", "activity": uid, "other": last, "text": text, "minutes": round(piece["days"] * per_day)})
        changes.append({"do": "link", "activity": uid, "other": last})
        last = uid
    if row.before is not None:
        changes.append({"do": "link", "activity": row.before.uid, "other": last})
    said = change_schedule(job=doc.job.uid, changes=[Change.model_validate(c) for c in changes], actor=actor, call=call.inner())
    row.change(entered_at=call.occurred_at, stuck="")
    codes = [str(r[1]) for r in said["rows"] if r[0] in {str(u) for u in uids}]
    board = load(doc.job)
    record(FragmentEntered(activities=codes, finish=board.last_day(board.finish)), about=row.document, actor=actor, call=call)
    return codes


def note_stuck(change: UUID, error: DomainError) -> None:
    """Keep why a fragment could not enter the plan, so that the change's page says it."""
    Fragment.objects.filter(document__uid=change, entered_at=None).update(stuck=str(error.sentence)[:300])
