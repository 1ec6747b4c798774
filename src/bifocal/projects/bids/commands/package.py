"""Writing a package, inviting bidders, telling all of them more, reminding those who wait."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from bifocal.core.actor import Actor, system
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.numbering import next_number
from bifocal.core.policy import require
from bifocal.core.search import remember
from bifocal.engines.estimating.pricing import cost_of, ordered_of
from bifocal.kernel.jobs.models import CostCode
from bifocal.kernel.messages.commands import send
from bifocal.kernel.parties.models import Vendor
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import ZERO
from bifocal.projects.bids.facts import BidAddendumSent, BidderInvited, BidPackageVoided, BidPackageWritten, BidsReminded
from bifocal.projects.bids.models import BidAddendum, BidInvitation, BidPackage, BidQuestion, BidScope
from bifocal.projects.bids.rules import NEXT, Answer, Status
from bifocal.projects.estimates import queries as estimates
from bifocal.projects.estimates.models import Estimate
from bifocal.projects.register import commands as register
from bifocal.projects.register.rules import check_move

Text = Annotated[str, Field(min_length=1, max_length=300)]


class ScopeIn(BaseModel):
    """A line that is not in the estimate: clean-up, a bond, an alternate."""

    description: Annotated[str, Field(min_length=1, max_length=200)]
    cost_code: str
    quantity: Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=4)] = Decimal(1)
    unit: Annotated[str, Field(min_length=1, max_length=12)] = "ls"
    budget: Annotated[Decimal, Field(max_digits=14, decimal_places=2)] = ZERO


@command("bid.package")
def write(
    *, estimate: UUID, title: Annotated[str, Field(min_length=1, max_length=160)], lines: list[UUID], due: datetime,
    more: list[ScopeIn] | None = None, text: str = "", accepts_late: bool = True, sealed: bool = False, actor: Actor, call: Call,
) -> BidPackage:  # fmt: skip
    """Put lines of an estimate (and more scope) into a package that subcontractors price alike. The budget is what they cost now."""
    row: Estimate = Estimate.objects.locked(estimate, actor)
    require(actor, "bid.manage")
    if row.status == "void":
        raise Refused(f"{row.number} is void.")
    if due.tzinfo is None:
        raise Invalid("Say in which zone bids are due, like 2026-11-23T17:00:00-05:00.", field="due")
    if due <= call.occurred_at:
        raise Invalid("Bids must be due after now.", field="due")
    scope = [*_from_lines(row, lines), *_more(more or [])]
    if not scope:
        raise Invalid("A package needs at least one line.", field="lines")
    package = BidPackage.objects.create(
        number=next_number("bid_package", "BP-"), estimate=row, title=title, text=text, due=due, accepts_late=accepts_late, sealed=sealed
    )
    for n, s in enumerate(scope):
        s.package, s.place = package, n
    BidScope.objects.bulk_create(scope)
    remember(package, title=f"{package.number} {title}", detail=f"bid package · {row.number} {row.title}")
    record(BidPackageWritten(number=package.number, title=title, lines=len(scope), due=str(due)), about=package, actor=actor, call=call)
    return package


def _from_lines(row: Estimate, lines: list[UUID]) -> list[BidScope]:
    known = {li.uid: li for li in estimates.rows_of(row)}
    missing = next((u for u in lines if u not in known), None)
    if missing is not None:
        raise Invalid("One of the lines is not in this estimate.", field="lines")
    found = [known[u] for u in dict.fromkeys(lines)]
    return [
        BidScope(line=li, description=li.description, quantity=ordered_of(estimates.engine_line(li)), unit=li.unit, cost_code=li.cost_code,
                 budget=cost_of(estimates.engine_line(li)))
        for li in found
    ]  # fmt: skip


def _more(more: list[ScopeIn]) -> list[BidScope]:
    codes = {c.code: c for c in CostCode.objects.filter(code__in={m.cost_code for m in more})}
    wrong = next((m.cost_code for m in more if m.cost_code not in codes), None)
    if wrong is not None:
        raise Invalid(f"There is no cost code '{wrong}'.", field="more")
    return [
        BidScope(description=m.description, quantity=m.quantity, unit=m.unit, cost_code=codes[m.cost_code], budget=m.budget) for m in more
    ]


def locked(package: UUID, actor: Actor, call: Call | None = None) -> BidPackage:
    """The package, locked, by somebody who may run it."""
    row: BidPackage = BidPackage.objects.locked(package, actor, call)
    require(actor, "bid.manage")
    return row


@command("bid.invite")
def invite(
    *, package: UUID, vendor: UUID, name: Annotated[str, Field(min_length=1, max_length=120)],
    email: Annotated[str, Field(max_length=254)] = "", actor: Actor, call: Call,
) -> dict[str, object]:  # fmt: skip
    """Invite a subcontractor to bid by a link, without an account. Invited again, they get a new link to the same bid."""
    row = locked(package, actor, call)
    who: Vendor = Vendor.objects.find(vendor, actor)
    if row.status not in (Status.DRAFT, Status.OUT):
        raise Refused(f"{row.number} is {row.status}: nobody can be invited any more.")
    found, _new = BidInvitation.objects.update_or_create(
        package=row, vendor=who, defaults={"contact_name": name, "contact_email": email}
    )  # fmt: skip
    due = row.due.astimezone(ZoneInfo(row.estimate.branch.tz))
    inner = actor.within("bid.invite")
    link, address = register.send_link(
        about=found.subject, purpose="bid", rights=["bid.give"], name=name, email=email,
        title=f"{row.number} {row.title}: please bid", text=f"Please price {row.title} by {due:%A, %B %-d at %-I:%M %p}:",
        days=max((row.due - call.occurred_at).days, 0) + 30, actor=inner, call=call,
    )  # fmt: skip
    if row.status == Status.DRAFT:
        row.change(status=Status.OUT)
    record(BidderInvited(vendor=who.name, to=name), about=row, actor=actor, call=call)
    return {**found.answer(), "link": str(link.uid), "link_path": "/link/" + address.rsplit("/", 1)[-1]}


@command("bid.addendum")
def addendum(
    *, package: UUID, text: Annotated[str, Field(min_length=1, max_length=4000)], question: UUID | None = None, due: datetime | None = None,
    actor: Actor, call: Call,
) -> BidAddendum:  # fmt: skip
    """Tell all bidders more, as the next addendum; `question` is answered by it, `due` moves the day for all."""
    row = locked(package, actor, call)
    if row.status != Status.OUT:
        raise Refused(f"{row.number} is {row.status.replace('_', ' ')}: there is nobody to tell.")
    asked = BidQuestion.objects.filter(uid=question, package=row, addendum=None).first() if question else None
    if question and asked is None:
        raise Invalid("There is no such open question on this package.", field="question")
    if due is not None and (due.tzinfo is None or due <= call.occurred_at):
        raise Invalid("The new day must come after now, with its zone.", field="due")
    new = BidAddendum.objects.create(package=row, number=row.addenda.count() + 1, text=text, at=call.occurred_at)
    if asked:
        BidQuestion.objects.filter(pk=asked.pk).update(addendum=new)
    row.change(**({"due": due} if due else {}))
    title, inner = f"{row.number} {row.title}: addendum {new.number}", actor.within("bid.addendum")
    told = _write_to(row.invitations.exclude(status=Answer.PASSED), title, f"{text}\n\nYour link shows it too.", inner, call)
    record(BidAddendumSent(addendum=new.number, text=text[:500], to=told), about=row, actor=actor, call=call)
    return new


def _write_to(rows: object, title: str, text: str, actor: Actor, call: Call) -> int:
    found = [i for i in rows if i.contact_email]  # type: ignore[attr-defined]
    for i in found:
        send(to=i.contact_email, title=title, body=f"Dear {i.contact_name},\n\n{text}\n", about=i.subject, actor=actor, call=call)
    return len(found)


@command("bid.remind")
def remind(*, package: UUID, actor: Actor, call: Call) -> BidPackage:
    """Remind those who were invited and have not answered."""
    row = locked(package, actor, call)
    if row.status != Status.OUT:
        raise Refused(f"{row.number} is {row.status.replace('_', ' ')}: there is nothing to remind of.")
    due = row.due.astimezone(ZoneInfo(row.estimate.branch.tz))
    text = f"{row.title} is due {due:%A, %B %-d at %-I:%M %p}. Your link is in our first letter; if you will not bid, please say so there."
    told = _write_to(
        row.invitations.filter(status=Answer.INVITED), f"{row.number} {row.title}: a reminder", text, actor.within("bid.remind"), call
    )
    row.change(reminded_at=call.occurred_at)
    record(BidsReminded(to=told), about=row, actor=actor, call=call)
    return row


def remind_due(now: datetime, days: int = 2) -> int:
    """Remind for every package that is due within two days and was not reminded of yet; run by the daily task."""
    soon = BidPackage.objects.filter(status=Status.OUT, due__gt=now, due__lte=now + timedelta(days=days), reminded_at=None)
    found = list(soon.filter(invitations__status=Answer.INVITED).distinct())
    for row in found:
        remind(package=row.uid, actor=system("bid reminder"), call=Call.new(occurred_at=now))
    return len(found)


@command("bid.void")
def void(*, package: UUID, reason: Text, actor: Actor, call: Call) -> BidPackage:
    """Give a package up: nobody can bid any more."""
    row = locked(package, actor, call)
    check_move(NEXT, row.status, Status.VOID, row.number)
    row.change(status=Status.VOID)
    record(BidPackageVoided(reason=reason), about=row, actor=actor, call=call)
    return row
