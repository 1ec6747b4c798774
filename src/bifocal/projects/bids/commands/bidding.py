"""What a bidder does from the link: gives prices, asks, passes."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import ZERO
from bifocal.projects.bids.facts import BidGiven, BidPassed, BidQuestionAsked
from bifocal.projects.bids.models import BidInvitation, BidPackage, BidPrice, BidQuestion
from bifocal.projects.bids.rules import Answer, Status, lateness

Name = Annotated[str, Field(min_length=1, max_length=120)]


class PriceIn(BaseModel):
    """A price for one line; a line without one is not included in the bid."""

    scope: UUID
    amount: Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)]


def _load(invitation: UUID, actor: Actor, call: Call) -> tuple[BidPackage, BidInvitation]:
    """The package first, then the invitation: an award and a late bid come one after the other."""
    found: BidInvitation = BidInvitation.objects.find(invitation, actor)
    require(actor, "bid.give")
    package = BidPackage.objects.select_for_update().get(pk=found.package_id)
    row: BidInvitation = BidInvitation.objects.locked(invitation, actor, call)
    return package, row


@command("bid.give")
def give(
    *, invitation: UUID, prices: Annotated[list[PriceIn], Field(max_length=500)], name: Name, inclusions: str = "", exclusions: str = "",
    days: Annotated[int, Field(ge=0, le=3000)] | None = None, addenda_seen: Annotated[int, Field(ge=0)] = 0,
    address: Annotated[str, Field(max_length=60)] = "", actor: Actor, call: Call,
) -> BidInvitation:  # fmt: skip
    """Give a bid, or give it anew until it is due: the last one counts. After the due time it is marked late, or refused."""
    package, row = _load(invitation, actor, call)
    late = lateness(call.occurred_at, package.due, package.accepts_late, package.status)
    scope = {s.uid: s for s in package.scope.all()}
    wrong = next((n for n, p in enumerate(prices) if p.scope not in scope), None)
    if wrong is not None:
        raise Invalid("One of the lines is not in this package. Load the page again.", field=f"prices.{wrong}.scope")
    amounts = {p.scope: p.amount for p in prices}
    if not any(amounts.values()):
        raise Invalid("Give a price for at least one line.", field="prices")
    addenda = package.addenda.count()
    if addenda_seen < addenda:
        raise Refused(f"Addendum {addenda} came since you opened the page. Please read it, then send your bid.")
    row.prices.all().delete()
    BidPrice.objects.bulk_create(BidPrice(invitation=row, scope=scope[uid], amount=a) for uid, a in amounts.items())
    row.plugs.filter(scope__in=[scope[u] for u in amounts]).delete()
    row.change(
        status=Answer.BID, inclusions=inclusions[:4000], exclusions=exclusions[:4000], days=days, addenda_seen=addenda, given_by=name,
        given_at=call.occurred_at, address=address, late=late, reason="",
    )  # fmt: skip
    total = sum(amounts.values(), ZERO)
    told = BidGiven(vendor=row.vendor.name, by=name, total="sealed" if package.sealed else str(total), lines=len(amounts), late=late)
    record(told, about=package, actor=actor, call=call)
    return row


@command("bid.pass")
def pass_by(*, invitation: UUID, name: Name, reason: Annotated[str, Field(max_length=300)] = "", actor: Actor, call: Call) -> BidInvitation:
    """Say that they will not bid."""
    package, row = _load(invitation, actor, call)
    if package.status != Status.OUT:
        raise Refused("This package is not out for bid any more.")
    row.prices.all().delete()
    row.change(status=Answer.PASSED, reason=reason, given_by=name, given_at=call.occurred_at)
    record(BidPassed(vendor=row.vendor.name, by=name, reason=reason), about=package, actor=actor, call=call)
    return row


@command("bid.ask")
def ask(*, invitation: UUID, text: Annotated[str, Field(min_length=1, max_length=1000)], actor: Actor, call: Call) -> BidQuestion:
    """Ask about the work. The answer goes to all bidders, without the name of who asked."""
    package, row = _load(invitation, actor, call)
    if package.status != Status.OUT:
        raise Refused("This package is not out for bid any more.")
    question = BidQuestion.objects.create(package=package, invitation=row, text=text, asked_at=call.occurred_at)
    record(BidQuestionAsked(vendor=row.vendor.name, question=text[:300]), about=package, actor=actor, call=call)
    return question
