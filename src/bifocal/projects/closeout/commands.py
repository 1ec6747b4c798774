"""The end of a project."""

from __future__ import annotations

from datetime import date as Date
from uuid import UUID

from dateutil.relativedelta import relativedelta
from pydantic import BaseModel

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.costs.queries import margin
from bifocal.kernel.jobs import commands as jobs
from bifocal.kernel.jobs.facts import JobClosed
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.jobs.rules import Work
from bifocal.lib.errors import CannotMove, Invalid, Refused
from bifocal.lib.money import dollars
from bifocal.projects.closeout.facts import CloseoutPlanned, DeliverableSettled, ProjectClosed, SubstantiallyCompleted
from bifocal.projects.closeout.models import Completion, Deliverable, Warranty
from bifocal.projects.closeout.queries import open_ends
from bifocal.projects.closeout.rules import STANDARD
from bifocal.projects.contracts.models import Contract
from bifocal.projects.contracts.rules import ContractStatus


class WarrantyIn(BaseModel):
    """A warranty and its length."""

    name: str = "Workmanship"
    months: int = 12


@command("project.complete")
def complete_project(
    *, job: UUID, date: Date, certified_by: str, warranties: list[WarrantyIn] | None = None, note: str = "",
    actor: Actor, call: Call,
) -> Completion:  # fmt: skip
    """Certify substantial completion: its date starts the warranty clocks at the site."""
    row: Job = Job.objects.locked(job, actor, call)
    require(actor, "project.complete")
    if row.lens != "project" or not Contract.objects.filter(job=row).exists():
        raise Refused(f"{row.number} is not a project with a contract.")
    if Completion.objects.filter(job=row).exists():
        raise Refused(f"{row.number} is substantially complete already.")
    inner = actor.within("project.complete")
    done = {"outcome": "completed", "done_at": call.occurred_at, "hold_reason": "", "hold_note": ""}
    jobs.move_job(row, Work.DONE, actor=inner, call=call, reason="substantial completion", **done)
    made = [
        Warranty.objects.create(job=row, site=row.site, name=w.name, starts=date, ends=date + relativedelta(months=w.months))
        for w in warranties or [WarrantyIn()]
    ]
    completion = Completion.objects.create(job=row, date=date, certified_by=certified_by, note=note)
    told = SubstantiallyCompleted(date=date, warranties=[f"{w.name} until {w.ends}" for w in made])
    record(told, about=row, actor=actor, call=call)
    return completion


@command("closeout.plan")
def plan_closeout(*, job: UUID, items: list[str] | None = None, actor: Actor, call: Call) -> Job:
    """List what must be handed over at the end: the standard list, or your own. Asked again it adds what is missing."""
    row: Job = Job.objects.locked(job, actor)
    require(actor, "project.complete")
    if row.lens != "project":
        raise Refused(f"{row.number} is not a project.")
    if row.work_status == Work.CLOSED:
        raise Refused(f"{row.number} is closed: nothing more is handed over on it. Reopen it first.")
    have = set(row.deliverables.values_list("name", flat=True))
    wanted = [name for name in dict.fromkeys(items or STANDARD) if name not in have]
    Deliverable.objects.bulk_create([Deliverable(job=row, name=name[:120]) for name in wanted])
    record(CloseoutPlanned(items=wanted), about=row, actor=actor, call=call)
    return row


@command("closeout.deliver")
def deliver(*, deliverable: UUID, note: str = "", actor: Actor, call: Call) -> Deliverable:
    """Note that the owner has it: as-builts, manuals, keys, training."""
    return _settle(deliverable, "delivered", note, actor, call)


@command("closeout.waive")
def waive(*, deliverable: UUID, reason: str, actor: Actor, call: Call) -> Deliverable:
    """Note that the contract does not ask for it, with the reason."""
    if not reason:
        raise Invalid("Say why it is not needed.", field="reason")
    return _settle(deliverable, "waived", reason, actor, call)


def _settle(uid: UUID, to: str, note: str, actor: Actor, call: Call) -> Deliverable:
    row: Deliverable = Deliverable.objects.locked(uid, actor, call)
    require(actor, "project.complete")
    if row.status != "open":
        raise CannotMove(f"'{row.name}' is {row.status} already.")
    row.change(status=to, note=note, by=actor.name, at=call.occurred_at)
    record(DeliverableSettled(name=row.name, status=to, note=note), about=row.job, actor=actor, call=call)
    return row


@command("project.close")
def close_project(*, job: UUID, actor: Actor, call: Call) -> Job:
    """Close a project with its margin. Refused with the list of what is still open."""
    row: Job = Job.objects.locked(job, actor, call)
    require(actor, "project.close")
    if not Completion.objects.filter(job=row).exists():
        raise Refused(f"{row.number} is not substantially complete yet.")
    ends = open_ends(row)
    if ends:
        raise Refused(f"{row.number} can't be closed: {'; '.join(ends)}.", open_ends=ends)
    result = margin(row, call.occurred_at)
    inner = actor.within("project.close")
    jobs.move_job(row, Work.CLOSED, actor=inner, call=call, closed_at=call.occurred_at)
    contract: Contract = Contract.objects.select_for_update().get(job=row)
    contract.change(status=ContractStatus.COMPLETE)
    revenue, cost = dollars(result["revenue"]), dollars(result["cost"])
    told = ProjectClosed(contract_sum=dollars(contract.sum), revenue=revenue, cost=cost, margin=dollars(result["margin"]))
    record(told, about=row, actor=actor, call=call)
    record(JobClosed(revenue=revenue, cost=cost), about=row, actor=actor, call=call)
    return row
