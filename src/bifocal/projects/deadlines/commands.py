"""Setting the days that deadlines count from, noting what went out, keeping states' forms."""

from __future__ import annotations

import base64
from datetime import date as Date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.core.subject import Subject
from bifocal.engines.liens import due_dates, form_for
from bifocal.kernel.documents.commands import keep
from bifocal.kernel.jobs.models import Job
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.ids import uuid7
from bifocal.projects.contracts.models import Contract
from bifocal.projects.contracts.rules import OurRole
from bifocal.projects.deadlines.facts import BlankFormKept, LienClockSet, LienDeadlineDone
from bifocal.projects.deadlines.models import BlankForm, LienClock, LienDeadline


@command("deadlines.set")
def set_clock(
    *, job: UUID, sector: Literal["private", "public", "federal"] = "private", first_on: Date | None = None, last_on: Date | None = None,
    completed_on: Date | None = None, actor: Actor, call: Call,
) -> LienClock:  # fmt: skip
    """Say when work was first and last furnished and completed: notices, liens and bond claims of the state become things to do.

    Asked again, open ones move with the dates; what is done stays. The dates are a reminder: verify them with counsel.
    """
    row: Job = Job.objects.locked(job, actor)
    require(actor, "deadline.edit")
    if first_on and last_on and last_on < first_on:
        raise Invalid("The last day of work can't be before the first.", field="last_on")
    values = {"sector": sector, "first_on": first_on, "last_on": last_on, "completed_on": completed_on}
    clock, made = LienClock.objects.get_or_create(job=row, defaults=values)
    if not made:
        clock.change(**values)
    contract = Contract.objects.filter(job=row).first()
    role = OurRole(contract.our_role) if contract else OurRole.PRIME
    found = due_dates(
        row.site.state, sector, below=role != OurRole.PRIME, second_tier=role == OurRole.SECOND_TIER, first=first_on, last=last_on,
        completed=completed_on,
    )  # fmt: skip
    done = set(row.lien_deadlines.filter(done_on__isnull=False).values_list("title", flat=True))
    row.lien_deadlines.filter(done_on=None).delete()
    LienDeadline.objects.bulk_create(
        LienDeadline(job=row, title=d.deadline.kind, due=d.day, citation=d.deadline.citation, remark=d.deadline.remark)
        for d in found if d.deadline.kind not in done
    )  # fmt: skip
    told = LienClockSet(
        sector=sector, first_on=str(first_on or ""), last_on=str(last_on or ""), completed_on=str(completed_on or ""),
        deadlines=[f"{d.deadline.kind}: {d.day}" for d in found],
    )  # fmt: skip
    record(told, about=row, actor=actor, call=call)
    return clock


@command("deadline.done")
def done(
    *, deadline: UUID, note: Annotated[str, Field(max_length=300)] = "", on: Date | None = None, actor: Actor, call: Call
) -> LienDeadline:
    """Note that the notice went out, the lien was filed, or that it is not needed and why."""
    row: LienDeadline = LienDeadline.objects.locked(deadline, actor, call)
    require(actor, "deadline.edit")
    if row.done_on:
        raise Refused(f"This is done since {row.done_on}.")
    row.change(done_on=on or accounting_day(call.occurred_at, row.job.branch), done_by=actor.name, note=note)
    record(LienDeadlineDone(title=row.title, due=str(row.due), note=note), about=row.job, actor=actor, call=call)
    return row


@command("waiverform.keep")
def keep_form(*, state: str, sort: str, content: str, name: str = "form.pdf", actor: Actor, call: Call) -> BlankForm:
    """Keep a state's own blank waiver form (PDF, base64): it is printed behind our data sheet where the statute prescribes its words."""
    require(actor, "settings.edit")
    if form_for(state, sort) is None:
        raise Invalid(f"No statute of {state} that prescribes a {sort.replace('_', ' ')} waiver is in the table.", field="state")
    try:
        data = base64.b64decode(content, validate=True)
    except ValueError as bad:
        raise Invalid("The file's content must be base64.", field="content") from bad
    if not data.startswith(b"%PDF-"):
        raise Invalid("The form must be a PDF.", field="content")
    uid = uuid7()
    inner = actor.within("waiverform.keep")
    file = keep(data=data, name=name, sort="form", about=Subject("blank_form", uid), actor=inner, call=call)
    row, _ = BlankForm.objects.update_or_create(state=state, sort=sort, defaults={"uid": uid, "file": file.uid})
    record(BlankFormKept(state=state, sort=sort), about=row, actor=actor, call=call)
    return row
