"""Levelling with plugs, and the award: a commitment's draft, or the winner's prices in the estimate."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from django.utils import timezone
from pydantic import Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import dollars
from bifocal.projects.bids import queries
from bifocal.projects.bids.commands.package import locked
from bifocal.projects.bids.facts import BidAwarded, BidPlugged
from bifocal.projects.bids.models import BidInvitation, BidPackage, BidPlug, BidScope
from bifocal.projects.bids.rules import NEXT, Answer, Status, needs_reason, opened
from bifocal.projects.commitments import commands as commitments
from bifocal.projects.commitments.models import Commitment
from bifocal.projects.commitments.rules import Sort
from bifocal.projects.contracts.models import Contract
from bifocal.projects.estimates.commands.sheet import frozen, touched
from bifocal.projects.estimates.models import Estimate, EstimateLine
from bifocal.projects.estimates.rules import OPEN
from bifocal.projects.register.rules import check_move


def _bid(package: BidPackage, invitation: UUID, call: Call) -> BidInvitation:
    rows = BidInvitation.objects.filter(package=package, uid=invitation, status=Answer.BID)
    found: BidInvitation | None = rows.select_related("vendor").first()
    if found is None:
        raise Invalid("They have not given a bid on this package.", field="invitation")
    now = min(call.occurred_at, timezone.now())  # an envelope from the future opens no seal
    if not opened(package.sealed, package.due, now):
        raise Refused(f"The bids of {package.number} are sealed until they are due.")
    return found


@command("bid.plug")
def plug(
    *, package: UUID, invitation: UUID, scope: UUID, amount: Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)] | None = None,
    reason: Annotated[str, Field(max_length=200)] = "", actor: Actor, call: Call,
) -> BidPackage:  # fmt: skip
    """Put our own figure where a bidder left a line out, so that totals compare; without an amount the plug is taken out again."""
    row = locked(package, actor, call)
    if row.status != Status.OUT:
        raise Refused(f"{row.number} is {row.status.replace('_', ' ')}: it is not levelled any more.")
    bid = _bid(row, invitation, call)
    line = BidScope.objects.filter(package=row, uid=scope).first()
    if line is None:
        raise Invalid("That line is not in this package.", field="scope")
    if bid.prices.filter(scope=line).exists():
        raise Refused(f"{bid.vendor.name} has a price for '{line.description}': a plug is only for what was left out.")
    if amount is None:
        bid.plugs.filter(scope=line).delete()
    else:
        BidPlug.objects.update_or_create(invitation=bid, scope=line, defaults={"amount": amount, "reason": reason, "by": actor.name})
    row.change()
    told = BidPlugged(vendor=bid.vendor.name, work=line.description, amount="" if amount is None else str(amount), reason=reason)
    record(told, about=row, actor=actor, call=call)
    return row


@command("bid.award")
def award(
    *, package: UUID, invitation: UUID, reason: Annotated[str, Field(max_length=300)] = "",
    retainage: Annotated[Decimal, Field(ge=0, le=1, max_digits=6, decimal_places=4)] = Decimal(0), actor: Actor, call: Call,
) -> dict[str, Any]:  # fmt: skip
    """Award the package. On a project: a subcontract's draft with the bidder's own lines. Before: their prices go into the estimate.

    To anybody but the complete low bidder only with the reason. What a plug stands for stays in the budget: it is not let.
    """
    found: BidPackage = BidPackage.objects.find(package, actor)
    require(actor, "bid.manage")
    estimate: Estimate = Estimate.objects.select_for_update(of=("self",)).select_related("job").get(pk=found.estimate_id)
    row = locked(package, actor, call)
    check_move(NEXT, row.status, Status.AWARDED, row.number)
    bid = _bid(row, invitation, call)
    sheet = queries.levelled(row)
    mine = next(b for b in sheet.bids if b.bid.key == str(bid.uid))
    if needs_reason(mine.rank) and not reason:
        said = "is not complete" if mine.rank is None else f"is number {mine.rank} at {dollars(mine.total)}"
        raise Invalid(f"{bid.vendor.name} {said}: say why they get it all the same.", field="reason")
    prices = [(p.scope, p.amount) for p in bid.prices.select_related("scope__cost_code", "scope__line").order_by("scope__place")]
    made: Commitment | None = None
    if estimate.job and Contract.objects.filter(job=estimate.job).exists():
        made = _let(row, estimate, bid, prices, retainage, actor.within("bid.award"), call)
    else:
        _take(row, estimate, bid, prices, actor, call)
    row.change(status=Status.AWARDED, awarded=bid, award_reason=reason, commitment=made)
    told = BidAwarded(vendor=bid.vendor.name, amount=str(mine.asked), budget=str(sheet.budget), reason=reason)
    record(told, about=row, actor=actor, call=call)
    return {**row.answer(), "commitment": str(made.uid) if made else None, "amount": mine.asked}


def _let(
    row: BidPackage, estimate: Estimate, bid: BidInvitation, prices: list[tuple[BidScope, Decimal]], retainage: Decimal, actor: Actor,
    call: Call,
) -> Commitment:  # fmt: skip
    """The subcontract's draft: its schedule of values is what they bid, line by line."""
    lines = [
        commitments.CommitmentLineIn(item=str(n), description=s.description, cost_code=s.cost_code.code, cost_type="S", amount=a)
        for n, (s, a) in enumerate(prices, 1)
    ]
    assert estimate.job is not None
    words = [f"Awarded from {row.number}."] + [f"{w}: {t}" for w, t in (("Included", bid.inclusions), ("Excluded", bid.exclusions)) if t]
    return commitments.write_commitment(
        job=estimate.job.uid, sort=Sort.SUBCONTRACT, vendor=bid.vendor.uid, title=row.title, lines=lines, retainage=retainage,
        scope="\n".join(words), actor=actor, call=call.inner(),
    )  # fmt: skip


def _take(
    row: BidPackage, estimate: Estimate, bid: BidInvitation, prices: list[tuple[BidScope, Decimal]], actor: Actor, call: Call
) -> None:  # fmt: skip
    """Before there is a contract: their prices stand in the estimate as subcontracted lump sums; the signature makes the draft."""
    if estimate.status not in OPEN:
        raise Refused(f"{estimate.number} is {estimate.status} and has no contract: there is nothing to award to.")
    frozen(estimate, f"Before the award of {row.number}", actor=actor, call=call)
    new: list[EstimateLine] = []
    lump = {"quantity": Decimal(1), "unit": "ls", "waste": Decimal(0), "per_hour": None, "cost_type": "S", "vendor": bid.vendor}
    place = estimate.lines.count() + 1
    for s, amount in prices:
        if s.line_id:
            EstimateLine.objects.filter(pk=s.line_id).update(**lump, unit_cost=amount)
        else:
            extra = {"description": s.description, "cost_code": s.cost_code, "source": row.number, "unit_cost": amount}
            new.append(EstimateLine(estimate=estimate, place=place + len(new), **lump, **extra))
    EstimateLine.objects.bulk_create(new)
    touched(estimate)
