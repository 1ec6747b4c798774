"""The proposal: sent by a link, chosen from, signed once, declined, withdrawn."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from pydantic import Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.engines.estimating.pricing import check_choice, usual
from bifocal.kernel.documents.commands import keep
from bifocal.kernel.documents.paper import render
from bifocal.kernel.jobs.commands import may_open
from bifocal.kernel.jobs.rules import Profile
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import dollars
from bifocal.projects.contracts.models import Contract
from bifocal.projects.estimates import paper, queries
from bifocal.projects.estimates.commands.outcome import become, sold_of
from bifocal.projects.estimates.commands.sheet import frozen, locked
from bifocal.projects.estimates.facts import ProposalDeclined, ProposalSent, ProposalSigned, ProposalWithdrawn
from bifocal.projects.estimates.models import Estimate, Proposal
from bifocal.projects.estimates.rules import NEXT, Becomes, Status, check_sendable, check_signable
from bifocal.projects.register import commands as register
from bifocal.projects.register.rules import check_move

Name = Annotated[str, Field(min_length=1, max_length=120)]
Reason = Annotated[str, Field(min_length=1, max_length=300)]


@command("proposal.send")
def send(
    *, estimate: UUID, name: Name, email: Annotated[str, Field(max_length=254)] = "", days: Annotated[int, Field(ge=1, le=365)] = 30,
    override_hold: str = "", actor: Actor, call: Call,
) -> dict[str, object]:  # fmt: skip
    """Freeze the estimate, print it, and send the client a link to choose and sign. What was sent before can't be signed any more."""
    row = locked(estimate, actor, call)
    require(actor, "estimate.send")
    check_move(NEXT, row.status, Status.SENT, row.number)
    found = queries.priced(row)
    price = found.sum("price", usual(queries.options(row)))
    signed = row.job is not None and Contract.objects.filter(job=row.job).exists()
    check_sendable(row.becomes, row.lines.count(), price, row.job.lens if row.job else "", signed)
    if row.job is None:
        profile = Profile.PROJECT if row.becomes == Becomes.PROJECT else Profile.SERVICE
        may_open(customer=row.customer, site=row.site, profile=profile, customer_po="asked when signed", override_hold=override_hold)
    version = frozen(row, f"Sent to {name}", actor=actor, call=call)
    row.proposals.filter(status="sent").update(status="superseded")
    until = accounting_day(call.occurred_at, row.branch) + timedelta(days=days)
    proposal = Proposal(
        estimate=row, estimate_version=version, contact_name=name, contact_email=email, until=until, price=price,
        chosen=usual(queries.options(row)),
    )  # fmt: skip
    inner = actor.within("proposal.send")
    pdf = render("proposal", paper.data(proposal))
    proposal.sent_sha256 = hashlib.sha256(pdf).hexdigest()
    proposal.save()
    keep(data=pdf, name=f"{row.number} v{version.number}.pdf", sort="paper", about=proposal.subject, actor=inner, call=call)
    row.change(status=Status.SENT)
    link, address = register.send_link(
        about=proposal.subject, purpose="proposal", rights=["proposal.answer"], name=name, email=email,
        title=f"{row.title}: our proposal", text=f"Our proposal over ${dollars(price)} for {row.title}. Choose and sign by {until:%B %-d}:",
        days=days + 1, actor=inner, call=call,
    )  # fmt: skip
    record(ProposalSent(to=name, version=version.number, price=str(price), until=str(until)), about=row, actor=actor, call=call)
    return {**proposal.answer(), "sha256": proposal.sent_sha256, "link": str(link.uid), "link_path": "/link/" + address.rsplit("/", 1)[-1]}


def _load(proposal: UUID, right: str, actor: Actor, call: Call) -> Proposal:
    """The estimate first, then its proposal: one signature at a time."""
    found: Proposal = Proposal.objects.find(proposal, actor)
    require(actor, right)
    Estimate.objects.select_for_update().get(pk=found.estimate_id)
    row: Proposal = Proposal.objects.locked(proposal, actor, call)
    return row


@command("proposal.accept")
def accept(
    *, proposal: UUID, sha256: str, chosen: list[str], name: Name, address: Annotated[str, Field(max_length=60)] = "",
    customer_po: Annotated[str, Field(max_length=60)] = "", actor: Actor, call: Call,
) -> Proposal:  # fmt: skip
    """Sign: in this one transaction the job, contract, schedule of values, budget, activities and drafts to buy are made.

    `sha256` is the hash of the paper that was read. Signing the same again changes nothing; another choice is refused.
    """
    row = _load(proposal, "proposal.answer", actor, call)
    if row.status == "accepted":
        if sha256 == row.sent_sha256 and sorted(chosen) == sorted(row.chosen):
            return row
        raise Refused(f"This proposal was signed by {row.signed_name} already, with another choice. What changes now is a change order.")
    estimate = row.estimate
    day = accounting_day(call.occurred_at, estimate.branch)
    check_signable(row.status, row.until, day, sha256, row.sent_sha256)
    check_move(NEXT, estimate.status, Status.ACCEPTED, estimate.number)
    _found, choice = queries.of_version(row.estimate_version)
    check_choice(choice, chosen)
    if estimate.customer.po_required and not customer_po and not estimate.job_id:
        raise Invalid("Please give the number of your purchase order.", field="customer_po")
    sold = sold_of(row, chosen, day)
    made = become(sold, customer_po, actor=actor, call=call)
    signed = {"signed_name": name, "signed_at": call.occurred_at, "signed_address": address}
    row.change(status="accepted", chosen=chosen, price=sold.price, made=made, **signed)
    Estimate.objects.get(pk=estimate.pk).change(status=Status.ACCEPTED)
    pdf = render("proposal", paper.data(row))
    inner = actor.within("proposal.accept")
    keep(data=pdf, name=f"{estimate.number} signed.pdf", sort="paper", about=row.subject, actor=inner, call=call)
    named = [o.name for o in choice if o.key in chosen]
    told = ProposalSigned(by=name, price=str(sold.price), options=named, address=address, sha256=sha256)
    record(told, about=estimate, actor=actor, call=call)
    return row


@command("proposal.decline")
def decline(*, proposal: UUID, name: Name, reason: Reason, actor: Actor, call: Call) -> Proposal:
    """The client says no, with the reason."""
    row = _load(proposal, "proposal.answer", actor, call)
    if row.status != "sent":
        raise Refused(f"This proposal is {row.status} already.")
    row.change(status="declined", reason=reason, signed_name=name)
    Estimate.objects.get(pk=row.estimate_id).change(status=Status.DECLINED)
    record(ProposalDeclined(by=name, reason=reason), about=row.estimate, actor=actor, call=call)
    return row


@command("proposal.withdraw")
def withdraw(*, proposal: UUID, reason: Reason, actor: Actor, call: Call) -> Proposal:
    """Take an offer back before it is signed."""
    row = _load(proposal, "estimate.send", actor, call)
    if row.status != "sent":
        raise Refused(f"This proposal is {row.status} already.")
    row.change(status="withdrawn", reason=reason)
    Estimate.objects.get(pk=row.estimate_id).change(status=Status.DRAFT)
    record(ProposalWithdrawn(reason=reason), about=row.estimate, actor=actor, call=call)
    return row
