"""Potential changes into a request, requests or potential changes into the order that is sent; and apart again."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.jobs.models import Job
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import ZERO
from bifocal.projects.changes.facts import ChangesGrouped, ChangesUngrouped
from bifocal.projects.changes.models import ChangeOrder
from bifocal.projects.changes.queries import TIER_SORTS
from bifocal.projects.changes.rules import BALL, tier_above
from bifocal.projects.register import commands as register
from bifocal.projects.register.models import Document
from bifocal.projects.register.rules import Sort
from bifocal.projects.terms.queries import terms_of


@command("change.group")
def group_changes(
    *, members: Annotated[list[UUID], Field(min_length=1)], title: str, reason: str = "", actor: Actor, call: Call
) -> Document:
    """Put priced potential changes (or requests) of one project together: into a request or order, as the contract's tiers say."""
    found: list[Document] = [Document.objects.filter(sort__in=TIER_SORTS).find(m, actor) for m in dict.fromkeys(members)]
    job: Job = Job.objects.locked(found[0].job.uid, actor)
    require(actor, "change.edit")
    rows = [Document.objects.locked(d.uid, actor) for d in sorted(found, key=lambda d: d.pk)]
    sort = _check(rows, job)
    doc = register.draft(job=job, sort=sort, title=title, body=reason, actor=actor, call=call)
    if sort == Sort.REQUEST:
        doc.change(number=register.number(doc))
    sums = [r.change_order for r in rows]
    ChangeOrder.objects.create(
        document=doc, cost=sum((c.cost for c in sums), ZERO), price=sum((c.price for c in sums), ZERO), days=sum(c.days for c in sums)
    )
    ChangeOrder.objects.filter(pk__in=[r.pk for r in rows]).update(group=doc)
    doc = register.move(doc, "pricing", BALL["pricing"], actor=actor, call=call)
    told = ChangesGrouped(members=[r.number for r in rows], price=str(doc.change_order.price))
    record(told, about=doc, actor=actor, call=call)
    return doc


def _check(rows: list[Document], job: Job) -> Sort:
    """What they go into. Raises Refused or Invalid."""
    if any(r.job_id != job.pk for r in rows):
        raise Invalid("All of them must be of one project.", field="members")
    if len({r.sort for r in rows}) > 1:
        raise Invalid("Group potential changes or requests, not both at once.", field="members")
    for r in rows:
        if r.status != "pricing" or r.change_order.group_id:
            where = "in a group already" if r.change_order.group_id else r.status.replace("_", " ")
            raise Refused(f"{r.number} is {where}: only priced ones that stand alone can be grouped.", field="members")
    return tier_above(Sort(rows[0].sort), terms_of(job).tiers)


@command("change.ungroup")
def ungroup_changes(*, change: UUID, reason: str = "", actor: Actor, call: Call) -> Document:
    """Take a group apart: its papers stand alone again and can be priced; the group's number stays, withdrawn."""
    found: Document = Document.objects.filter(sort__in=TIER_SORTS).find(change, actor)
    Job.objects.select_for_update().filter(pk=found.job_id).first()
    doc: Document = Document.objects.locked(change, actor, call)
    require(actor, "change.edit")
    if doc.status not in ("pricing", "revised", "rejected"):
        raise Refused(f"{doc.number or 'This group'} is {doc.status.replace('_', ' ')}: revise it before it is taken apart.")
    members = list(Document.objects.filter(change_order__group=doc).order_by("pk"))
    if not members:
        raise Refused(f"{doc.number or 'This change'} groups nothing.")
    if doc.change_order.group_id:
        raise Refused(f"{doc.number} is in a group itself: take that one apart first.")
    ChangeOrder.objects.filter(group=doc).update(group=None)
    for m in members:
        if m.status != "pricing":
            register.move(m, "pricing", BALL["pricing"], actor=actor, call=call, reason=reason)
    doc = register.move(doc, "void", BALL["void"], actor=actor, call=call, reason=reason or "taken apart")
    record(ChangesUngrouped(members=[m.number for m in members], reason=reason), about=doc, actor=actor, call=call)
    return doc
