"""Decisions about a whole job and the visits on it: hold, release, complete, cancel, reinstate (section 2.2)."""

from __future__ import annotations

from uuid import UUID

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.billing.models import Invoice
from bifocal.kernel.billing.queries import money_of_jobs
from bifocal.kernel.billing.rules import InvoiceStatus
from bifocal.kernel.jobs import commands as jobs
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.jobs.rules import OUTCOMES, Hold, Work
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import dollars
from bifocal.service.visits.commands.office import new_visit, off_the_plan
from bifocal.service.visits.facts import VisitMoved
from bifocal.service.visits.models import Visit
from bifocal.service.visits.rules import PLANNED, Status, check_nobody_there, job_status


def _visits(job: Job) -> list[Visit]:
    """The job's visits that are neither done nor canceled, locked; the caller holds the job's lock."""
    rows = Visit.objects.select_for_update(of=("self",)).filter(job=job).exclude(status__in=[Status.DONE, Status.CANCELLED])
    return list(rows.order_by("seq"))


def _alone(job: Job, *, paused_too: bool = False) -> list[Visit]:
    """Its open visits, when nobody is on the way, on site or working. Raises CannotMove, with who is."""
    rows = _visits(job)
    seats = {v.pk: ", ".join(a.person.name for a in v.assignments.filter(removed_at=None).select_related("person")) for v in rows}
    check_nobody_there([(v.status, seats[v.pk] or "Somebody") for v in rows], job.number, paused_too=paused_too)
    return rows


def _put_away(visits: list[Visit], to: Status, reason: str, *, actor: Actor, call: Call) -> None:
    for row in visits:
        record(VisitMoved(before=row.status, after=to, reason=reason), about=row, actor=actor, call=call)
        off_the_plan(row, to, actor=actor, call=call)


@command("job.hold")
def hold_job(*, job: UUID, reason: Hold, note: str = "", actor: Actor, call: Call) -> Job:
    """Put a job on hold with the reason: parts, customer, approval, permit, weather. Its planned visits go back to the tray."""
    row: Job = Job.objects.locked(job, actor, call)
    require(actor, "job.hold")
    inner = actor.within("job.hold")
    planned = [v for v in _alone(row) if v.status in PLANNED]
    jobs.move_job(row, Work.ON_HOLD, actor=inner, call=call, reason=reason, hold_reason=reason, hold_note=note)
    _put_away(planned, Status.UNSCHEDULED, f"the job waits: {reason}", actor=inner, call=call)
    return row


@command("job.release")
def release_job(*, job: UUID, actor: Actor, call: Call) -> Job:
    """Take a job off hold: in progress if somebody was there, scheduled if a visit has its date, else open."""
    row: Job = Job.objects.locked(job, actor, call)
    require(actor, "job.hold")
    states = list(row.visits.values_list("status", flat=True))
    to = job_status(Work.OPEN, states, started=row.started_at is not None) if row.work_status == Work.ON_HOLD else Work.OPEN
    return jobs.move_job(row, to, actor=actor.within("job.hold"), call=call, hold_reason="", hold_note="")


@command("job.complete")
def complete_job(*, job: UUID, outcome: str = "completed", reason: str = "", actor: Actor, call: Call) -> Job:
    """The work is complete; visits that are not needed any more are canceled. Refused while somebody is still on it."""
    row: Job = Job.objects.locked(job, actor, call)
    require(actor, "job.complete")
    if outcome not in OUTCOMES:
        raise Invalid(f"'{outcome}' is not an outcome. Use one of: {', '.join(sorted(OUTCOMES))}.", field="outcome")
    if row.started_at is None and not reason:
        raise Invalid(f"Nobody has been to {row.number}. Say why it is complete without a visit.", field="reason")
    inner = actor.within("job.complete")
    unused = _alone(row, paused_too=True)
    done = {"outcome": outcome, "done_at": call.occurred_at, "hold_reason": "", "hold_note": ""}
    jobs.move_job(row, Work.DONE, actor=inner, call=call, reason=reason or outcome, **done)
    _put_away(unused, Status.CANCELLED, "not needed: the job is complete", actor=inner, call=call)
    return row


@command("job.cancel")
def cancel_job(*, job: UUID, reason: str, actor: Actor, call: Call) -> Job:
    """Cancel a job on which no trip was made, with its visits. Money taken or invoiced is given back or credited first."""
    row: Job = Job.objects.locked(job, actor, call)
    require(actor, "job.cancel")
    if not reason:
        raise Invalid("Say why the job is canceled.", field="reason")
    if row.started_at:
        raise Refused(f"{row.number} has had a trip, so it has cost. Complete it with an outcome instead.")
    invoice = Invoice.objects.filter(job=row, status=InvoiceStatus.POSTED).first()
    if invoice and invoice.open_amount:
        raise Refused(f"{row.number} has the invoice {invoice.number}. Credit it first.", invoice=str(invoice.uid))
    deposits = money_of_jobs([row.pk])[row.pk]["deposits"]
    if deposits:
        raise Refused(f"{row.number} holds {dollars(deposits)} of the customer's money. Apply it to another invoice or give it back first.")
    inner, open_ = actor.within("job.cancel"), _alone(row)
    jobs.move_job(row, Work.CANCELLED, actor=inner, call=call, reason=reason)
    _put_away(open_, Status.CANCELLED, reason, actor=inner, call=call)
    return row


@command("job.reinstate")
def reinstate_job(*, job: UUID, reason: str, actor: Actor, call: Call) -> Job:
    """A canceled job is wanted after all: open again, with a new visit to schedule."""
    row: Job = Job.objects.locked(job, actor, call)
    require(actor, "job.cancel")
    if not reason:
        raise Invalid("Say why it is wanted again.", field="reason")
    inner = actor.within("job.cancel")
    jobs.move_job(row, Work.OPEN, actor=inner, call=call, reason=reason)
    new_visit(job=row, actor=inner, call=call, why=reason)
    return row
