"""Lines of an estimate: typed into the sheet, brought by an assembly, put under an option."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from django.db.models import Max
from pydantic import BaseModel, Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.engines.estimating.assemblies import Exploded, explode
from bifocal.engines.estimating.pricing import usual
from bifocal.kernel.jobs.models import CostCode
from bifocal.kernel.parties.models import Vendor
from bifocal.lib.errors import Invalid
from bifocal.projects.estimates import queries
from bifocal.projects.estimates.commands.sheet import CostType, locked, touched
from bifocal.projects.estimates.facts import EstimateAssembled, EstimateEdited, EstimateOptionSet
from bifocal.projects.estimates.models import Estimate, EstimateLine, EstimateOption

Amount = Annotated[Decimal, Field(max_digits=14, decimal_places=4)]
MOST = 2000


class LineIn(BaseModel):
    """A line to add, or (with `uid`) what changes of one. `option` '-' is the base scope, `vendor` '-' is none."""

    uid: UUID | None = None
    phase: Annotated[str, Field(max_length=20)] | None = None
    cost_code: str | None = None
    cost_type: CostType | None = None
    description: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    quantity: Amount | None = None
    unit: Annotated[str, Field(min_length=1, max_length=12)] | None = None
    unit_cost: Amount | None = None
    waste: Annotated[Decimal, Field(ge=0, lt=10, decimal_places=4)] | None = None
    per_hour: Annotated[Decimal, Field(ge=0, decimal_places=4)] | None = None
    option: str | None = None
    vendor: str | None = None
    allowance: bool | None = None


@command("estimate.edit")
def edit(
    *, estimate: UUID, lines: Annotated[list[LineIn], Field(max_length=MOST)] = [], remove: list[UUID] = [], actor: Actor, call: Call  # noqa: B006 - read only
) -> dict[str, Any]:  # fmt: skip
    """Change, add and remove lines of the sheet, all or none. The answer holds the new hours, cost and price of every line."""
    row = locked(estimate, actor, call)
    known = {li.uid: li for li in row.lines.all()}
    gone = [uid for uid in remove if uid in known]
    row.lines.filter(uid__in=gone).delete()
    place = (row.lines.aggregate(m=Max("place"))["m"] or 0) + 1
    new: list[EstimateLine] = []
    for n, given in enumerate(lines):
        values = _values(row, given, f"lines.{n}")
        if given.uid is None:
            new.append(_new(row, values, place + len(new), f"lines.{n}"))
            continue
        found = known.get(given.uid)
        if found is None or given.uid in gone:
            raise Invalid("That line is not there any more. Load the page again.", field=f"lines.{n}")
        EstimateLine.objects.filter(pk=found.pk).update(**values)
    take_in(row, new)
    touched(row)
    return {**row.answer(), **_told(row, len(lines), len(gone), actor, call), "added": [str(li.uid) for li in new]}


def take_in(row: Estimate, new: list[EstimateLine]) -> None:
    """Add lines that were made elsewhere (assemblies, imports). Raises Invalid beyond the most that an estimate holds."""
    if row.lines.count() + len(new) > MOST:
        raise Invalid(f"An estimate holds at most {MOST} lines. Split it.", field="lines")
    EstimateLine.objects.bulk_create(new)


def _told(row: Estimate, lines: int, removed: int, actor: Actor, call: Call) -> dict[str, Any]:
    """The figures after the change, and its fact."""
    found = queries.priced(row)
    f = queries.figures(found, usual(queries.options(row)))
    record(EstimateEdited(lines=lines, removed=removed, cost=str(f["cost"]), price=str(f["price"])), about=row, actor=actor, call=call)
    sections = [{"option": s.key, "cost": s.cost, "price": s.price, "hours": s.hours} for s in found.sections]
    rows = [{"uid": p.line.key, "hours": p.hours, "cost": p.cost, "price": p.price} for s in found.sections for p in s.lines]
    return {"figures": f, "sections": sections, "lines": rows}


def _values(row: Estimate, given: LineIn, where: str) -> dict[str, Any]:
    """What changes, as columns. Raises Invalid for an unknown code, option or vendor."""
    plain = ("phase", "cost_type", "description", "quantity", "unit", "unit_cost", "waste", "allowance")
    out: dict[str, Any] = {n: getattr(given, n) for n in plain if getattr(given, n) is not None}
    if given.per_hour is not None:
        out["per_hour"] = given.per_hour or None
    if given.cost_code is not None:
        out["cost_code"] = CostCode.objects.filter(code=given.cost_code).first()
        if out["cost_code"] is None:
            raise Invalid(f"There is no cost code '{given.cost_code}'.", field=f"{where}.cost_code")
    if given.option is not None:
        out["option"] = None if given.option in ("-", "") else row.options.filter(uid=_uid(given.option, where)).first()
        if out["option"] is None and given.option not in ("-", ""):
            raise Invalid("That option is not in this estimate.", field=f"{where}.option")
    if given.vendor is not None:
        out["vendor"] = None if given.vendor in ("-", "") else Vendor.objects.filter(uid=_uid(given.vendor, where)).first()
        if out["vendor"] is None and given.vendor not in ("-", ""):
            raise Invalid("There is no such vendor.", field=f"{where}.vendor")
    return out


def _uid(text: str, where: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as bad:
        raise Invalid(f"'{text}' is not an id.", field=where) from bad


def _new(row: Estimate, values: dict[str, Any], place: int, where: str) -> EstimateLine:
    missing = [n for n in ("description", "cost_code", "cost_type") if not values.get(n)]
    if missing:
        raise Invalid(f"A new line needs a {missing[0].replace('_', ' ')}.", field=f"{where}.{missing[0]}")
    usual_values = {"quantity": Decimal(1), "unit_cost": Decimal(0)}
    return EstimateLine(estimate=row, place=place, **{**usual_values, **values})


@command("estimate.option")
def set_option(
    *, estimate: UUID, option: UUID | None = None, name: Annotated[str, Field(min_length=1, max_length=120)],
    group: Annotated[str, Field(max_length=80)] = "", text: Annotated[str, Field(max_length=400)] = "", usual: bool = False,
    actor: Actor, call: Call,
) -> EstimateOption:  # fmt: skip
    """Add an option (an alternate), or change one. Of those with the same group the client chooses exactly one."""
    row = locked(estimate, actor, call)
    twin = row.options.filter(name=name).exclude(uid=option).exists() if option else row.options.filter(name=name).exists()
    if twin:
        raise Invalid(f"{row.number} has an option '{name}' already.", field="name")
    if usual and group:
        row.options.filter(group=group).update(usual=False)
    values = {"name": name, "group": group, "text": text, "usual": usual}
    if option is None:
        found: EstimateOption = EstimateOption.objects.create(estimate=row, place=row.options.count(), **values)
    else:
        got = row.options.filter(uid=option).first()
        if got is None:
            raise Invalid("That option is not in this estimate.", field="option")
        found = got
        EstimateOption.objects.filter(pk=found.pk).update(**values)
    touched(row)
    record(EstimateOptionSet(name=name, group=group), about=row, actor=actor, call=call)
    return found


@command("estimate.drop_option")
def drop_option(*, estimate: UUID, option: UUID, keep_lines: bool = False, actor: Actor, call: Call) -> Estimate:
    """Take an option out, with its lines or with its lines moved into the base scope."""
    row = locked(estimate, actor, call)
    found = row.options.filter(uid=option).first()
    if found is None:
        raise Invalid("That option is not in this estimate.", field="option")
    moved = found.lines.update(option=None) if keep_lines else 0
    gone = 0 if keep_lines else found.lines.count()
    found.delete()
    touched(row)
    _told(row, moved, gone, actor, call)
    return row


@command("estimate.assemble")
def assemble(
    *, estimate: UUID, assembly: str, quantity: Annotated[Decimal, Field(gt=0, le=1000000)], parameters: dict[str, Decimal] | None = None,
    option: UUID | None = None, phase: Annotated[str, Field(max_length=20)] = "", actor: Actor, call: Call,
) -> dict[str, Any]:  # fmt: skip
    """Bring an assembly into the estimate: its parts become lines, nested ones opened, quantities by their formulas."""
    row = locked(estimate, actor, call)
    require(actor, "estimate.edit")
    under = row.options.filter(uid=option).first() if option else None
    if option and under is None:
        raise Invalid("That option is not in this estimate.", field="option")
    parts = explode(assembly, queries.library(), quantity, parameters or {})
    codes = {c.code: c for c in CostCode.objects.filter(code__in={x.part.cost_code for x in parts})}
    place = (row.lines.aggregate(m=Max("place"))["m"] or 0) + 1
    take_in(row, [_line(row, x, codes, under, phase, place + n) for n, x in enumerate(parts)])
    touched(row)
    record(EstimateAssembled(assembly=assembly, quantity=str(quantity), lines=len(parts)), about=row, actor=actor, call=call)
    return {**row.answer(), **_told(row, len(parts), 0, actor, call)}


def _line(
    row: Estimate, found: Exploded, codes: dict[str, CostCode], option: EstimateOption | None, phase: str, place: int
) -> EstimateLine:  # fmt: skip
    p = found.part
    return EstimateLine(
        estimate=row, option=option, place=place, phase=phase or p.phase, cost_code=codes[p.cost_code], cost_type=p.cost_type,
        description=p.description, quantity=found.quantity, unit=p.unit, unit_cost=p.unit_cost, waste=p.waste, per_hour=p.per_hour,
        source=" > ".join(found.path)[:120],
    )  # fmt: skip
