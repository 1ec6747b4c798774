"""On hire, kept longer, off hire; and the reminder."""

from __future__ import annotations

from datetime import date as Date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.kernel.messages.commands import send
from bifocal.kernel.parties.models import Vendor
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import dollars
from bifocal.projects.commitments.models import Commitment
from bifocal.projects.rentals.facts import RentalKept, RentalOffHire, RentalOnHire, RentalReminded
from bifocal.projects.rentals.models import Rental
from bifocal.projects.rentals.rules import Per, reminder

Text = Annotated[str, Field(min_length=1, max_length=160)]


@command("rental.on_hire")
def on_hire(
    *, job: UUID, vendor: UUID, description: Text, rate: Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=2)], per: Per,
    expected: Date, since: Date | None = None, order: UUID | None = None, cost_code: str = "", actor: Actor, call: Call,
) -> Rental:  # fmt: skip
    """Note that something is on hire from a day, at a rate, and when it should go back. Two days before somebody is told."""
    row: Job = Job.objects.locked(job, actor)
    require(actor, "rental.edit")
    who: Vendor = Vendor.objects.find(vendor, actor)
    on: Commitment | None = Commitment.objects.find(order, actor) if order else None
    if on and (on.job_id != row.pk or on.vendor_id != who.pk):
        raise Invalid(f"{on.number or 'This order'} is of another job or vendor.", field="order")
    code = CostCode.objects.filter(code=cost_code).first() if cost_code else None
    if cost_code and code is None:
        raise Invalid(f"There is no cost code '{cost_code}'.", field="cost_code")
    day = since or accounting_day(call.occurred_at, row.branch)
    if expected < day:
        raise Invalid("It can't go back before it came.", field="expected")
    made = Rental.objects.create(
        job=row, vendor=who, order=on, cost_code=code, description=description, rate=rate, per=per, on_hire=day, expected=expected
    )
    record(RentalOnHire(what=description, expected=str(expected), rate=f"{dollars(rate)} a {per}"), about=row, actor=actor, call=call)
    return made


def _open(uid: UUID, actor: Actor, call: Call) -> Rental:
    row: Rental = Rental.objects.locked(uid, actor, call)
    require(actor, "rental.edit")
    if row.off_hire:
        raise Refused(f"'{row.description}' is off hire since {row.off_hire}.")
    return row


@command("rental.keep")
def keep_longer(*, rental: UUID, expected: Date, reason: Text, actor: Actor, call: Call) -> Rental:
    """Keep it longer, with the reason; the reminder moves along."""
    row = _open(rental, actor, call)
    if expected <= row.expected:
        raise Invalid(f"It is expected back on {row.expected}: give a later day.", field="expected")
    row.change(expected=expected, told=None)
    record(RentalKept(what=row.description, expected=str(expected), reason=reason), about=row.job, actor=actor, call=call)
    return row


@command("rental.off_hire")
def off_hire(
    *, rental: UUID, confirmation: Annotated[str, Field(min_length=1, max_length=60)], on: Date | None = None, actor: Actor, call: Call
) -> Rental:
    """Call it off hire: the vendor's off-hire number is kept, for the bill that goes on."""
    row = _open(rental, actor, call)
    day = on or accounting_day(call.occurred_at, row.job.branch)
    if day < row.on_hire:
        raise Invalid("It can't go back before it came.", field="on")
    row.change(off_hire=day, confirmation=confirmation)
    record(RentalOffHire(what=row.description, on=str(day), confirmation=confirmation), about=row.job, actor=actor, call=call)
    return row


def remind(today: Date, *, actor: Actor, call: Call) -> int:
    """Write to the team of each job about what should go back: two days before, on the day, then every week. Returns how many letters."""
    sent = 0
    for row in Rental.objects.select_for_update(of=("self",)).filter(off_hire=None).select_related("job", "vendor").order_by("id"):
        due = reminder(row.expected, today)
        if due is None or (row.told is not None and row.told <= due):
            continue
        to = [email for _, email in row.job.run_by()]
        body = f"{row.description} of {row.vendor.name} on {row.job.number} {row.job.title} should go back by {row.expected:%B %-d}:"
        body += f" it costs {dollars(row.rate)} a {row.per}.\n\nCall it off hire, or keep it longer with the reason.\n"
        for address in to:
            send(to=address, title=f"On rent: {row.description}", body=body, about=row.job.subject, actor=actor, call=call)
        row.change(told=due)
        record(RentalReminded(what=row.description, to=to), about=row.job, actor=actor, call=call)
        sent += len(to)
    return sent
