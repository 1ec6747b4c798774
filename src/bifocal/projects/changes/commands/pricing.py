"""A change is drafted and priced: lines of cost, markups, days."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import ZERO
from bifocal.projects.changes.facts import ChangePriced
from bifocal.projects.changes.models import ChangeLine, ChangeOrder
from bifocal.projects.changes.queries import TIER_SORTS
from bifocal.projects.changes.rules import BALL, LOWEST, PRICEABLE, Cost, Markup, price_lines
from bifocal.projects.contracts.models import Contract
from bifocal.projects.register import commands as register
from bifocal.projects.register.models import Document
from bifocal.projects.register.rules import NAME, Sort
from bifocal.projects.terms.queries import terms_of

Money = Annotated[Decimal, Field(max_digits=14, decimal_places=2)]


class LineIn(BaseModel):
    """A cost of the change. With a `price` of its own (time and materials, unit prices) it takes no markup."""

    description: str
    cost_code: str
    cost_type: Literal["L", "M", "E", "S", "O"] = "L"
    cost: Money
    price: Money | None = None
    source: UUID | None = None


class MarkupIn(BaseModel):
    """A share on top: overhead, profit, fee, bond. On the subtotal, or on every line; of the cost, or (margin) of the price."""

    name: str
    rate: Annotated[Decimal, Field(ge=0, le=1)]
    compounds: bool = False
    per_line: bool = False
    margin: bool = False
    types: Annotated[str, Field(pattern="^[LMESO]*$")] = ""
    cost_code: str = ""

    @property
    def rule(self) -> Markup:
        """As the rules see it."""
        return Markup(self.name, self.rate, self.compounds, self.per_line, self.margin, self.types, self.cost_code)


@command("change.draft")
def draft_change(
    *, job: UUID, title: str, reason: str = "", rfi: UUID | None = None, markups: list[MarkupIn] | None = None, actor: Actor, call: Call
) -> Document:
    """Start a change, from an RFI if there was one: an order, or where the contract has tiers a potential change.

    A service job that runs long has changes too, without a contract. Without `markups` those of the contract's terms stand.
    """
    row: Job = Job.objects.locked(job, actor)
    require(actor, "change.edit")
    if row.lens == "project" and not Contract.objects.filter(job=row).exists():
        raise Refused(f"{row.number} has no contract to change.")
    terms = terms_of(row)
    sort = LOWEST[terms.tiers]
    doc = register.draft(job=row, sort=sort, title=title, body=reason, actor=actor, call=call)
    if sort == Sort.POTENTIAL:
        doc.change(number=register.number(doc))
    start = terms.markups if markups is None else [m.model_dump(mode="json") for m in markups]
    ChangeOrder.objects.create(document=doc, markups=start)
    if rfi:
        register.link_documents(source=rfi, target=doc.uid, actor=actor.within("change.draft"), call=call.inner())
    return doc


@command("change.price")
def price_change(
    *, change: UUID, lines: list[LineIn], markups: list[MarkupIn] | None = None, days: int = 0, actor: Actor, call: Call
) -> Document:
    """Price a change by cost code, with its markups and the contract days it adds.

    Without `markups` those of the contract's terms stand; an empty list is none.
    """
    doc: Document = Document.objects.filter(sort__in=TIER_SORTS).locked(change, actor, call)
    require(actor, "change.edit")
    row = doc.change_order
    _check_priceable(doc, row, lines)
    codes = _codes(lines, markups or [])
    used = [MarkupIn.model_validate(m) for m in terms_of(doc.job).markups] if markups is None else markups
    found = price_lines([Cost(li.cost, li.cost_type, li.price) for li in lines], [m.rule for m in used])
    row.lines.all().delete()
    ChangeLine.objects.bulk_create(
        ChangeLine(change=row, description=li.description, cost_code=codes[li.cost_code], cost_type=li.cost_type, cost=li.cost, price=p,
                   fixed=li.price is not None, source=li.source)
        for li, p in zip(lines, found.lines, strict=True)
    )  # fmt: skip
    row.cost, row.price, row.days = sum((li.cost for li in lines), ZERO), found.total, days
    row.markups = [{**m.model_dump(mode="json"), "amount": str(a)} for m, a in zip(used, found.added, strict=True)]
    row.save()
    if doc.status == "draft":
        doc = register.move(doc, "pricing", BALL["pricing"], actor=actor, call=call)
    else:
        doc.change()
    record(ChangePriced(cost=str(row.cost), price=str(row.price), days=days), about=doc, actor=actor, call=call)
    return doc


def _check_priceable(doc: Document, row: ChangeOrder, lines: list[LineIn]) -> None:
    if doc.status not in PRICEABLE:
        raise Refused(f"{doc.number} is {doc.status.replace('_', ' ')}: it can't be priced again. Revise it first.")
    if doc.members.exists():
        raise Refused(f"{doc.number or 'This ' + NAME[Sort(doc.sort)]} groups others: price those, or take them out first.")
    if row.group_id:
        raise Refused(f"{doc.number} is in a group: take it out to price it again.")
    if not lines:
        raise Invalid("A change needs at least one line.", field="lines")


def _codes(lines: list[LineIn], markups: list[MarkupIn]) -> dict[str, CostCode]:
    wanted = {li.cost_code for li in lines} | {m.cost_code for m in markups if m.cost_code}
    codes = {c.code: c for c in CostCode.objects.filter(code__in=wanted)}
    missing = next((c for c in sorted(wanted) if c not in codes), None)
    if missing is not None:
        raise Invalid(f"There is no cost code '{missing}'.", field="lines")
    return codes
