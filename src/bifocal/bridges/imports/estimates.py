"""A sheet of an estimate: columns found by their names, each line checked, errors by line."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from decimal import Decimal

from bifocal.bridges.imports.sheets import Table, columns
from bifocal.engines.estimating.pricing import Line, cost_of
from bifocal.lib.errors import Invalid
from bifocal.lib.money import parse_money

NAMES = {
    "description": ("description", "desc", "item description", "work", "item", "name"),
    "cost_code": ("cost code", "code", "csi", "csi code", "division"),
    "cost_type": ("cost type", "type", "category", "resource type"),
    "phase": ("phase", "area", "section", "group", "room"),
    "quantity": ("quantity", "qty", "takeoff", "count"),
    "unit": ("unit", "uom", "units", "unit of measure"),
    "unit_cost": ("unit cost", "cost per unit", "unit price", "rate", "cost each", "price"),
    "waste": ("waste", "waste %", "waste factor"),
    "per_hour": ("units per hour", "per hour", "productivity", "production rate"),
    "total": ("total cost", "total", "extended", "extended cost", "amount", "line total"),
}
TYPES = {
    "l": "L", "labor": "L", "labour": "L", "m": "M", "material": "M", "materials": "M", "e": "E", "equipment": "E", "rental": "E",
    "s": "S", "sub": "S", "subs": "S", "subcontract": "S", "subcontractor": "S", "o": "O", "other": "O", "misc": "O",
}  # fmt: skip


@dataclass(frozen=True)
class EstimateRow:
    """A line of the sheet as it would come in."""

    line: int
    phase: str
    cost_code: str
    cost_type: str
    description: str
    quantity: Decimal
    unit: str
    unit_cost: Decimal
    waste: Decimal
    per_hour: Decimal | None


@dataclass(frozen=True)
class SheetFound:
    """The lines, what was wrong by line, which column was which."""

    rows: list[EstimateRow]
    errors: list[dict[str, object]]
    columns: dict[str, str]


def read_estimate(table: Table, codes: Set[str], usual_code: str) -> SheetFound:
    """Read every line; totals at the foot are left out. Raises Invalid where the columns can't be found."""
    found = columns(table, NAMES, need=("description", "quantity", "unit_cost"))
    rows: list[EstimateRow] = []
    errors: list[dict[str, object]] = []
    for n, cells in table.rows:
        try:
            row = _row(n, cells, found, codes, usual_code)
            if row is not None:
                rows.append(row)
        except Invalid as bad:
            errors.append({"line": n, "reason": bad.sentence.rstrip(".")})
    if not rows and not errors:
        raise Invalid("The sheet has no lines.", field="file")
    return SheetFound(rows, errors, found)


def _row(n: int, cells: dict[str, str], found: dict[str, str], codes: Set[str], usual_code: str) -> EstimateRow | None:
    def text(field: str) -> str:
        return cells.get(found[field], "").strip() if field in found else ""

    name = text("description")
    if not name or name.lower().startswith(("total", "grand total", "subtotal")):
        return None
    if not text("quantity") and not text("unit_cost"):
        return None  # a heading between the lines
    row = EstimateRow(
        line=n, phase=text("phase")[:20], cost_code=_code(text("cost_code") or usual_code, codes), cost_type=_type(text("cost_type")),
        description=name[:200], quantity=_number(text("quantity"), "quantity"), unit=text("unit")[:12] or "ea",
        unit_cost=_number(text("unit_cost"), "unit cost"), waste=_share(text("waste")), per_hour=_rate(text("per_hour")),
    )  # fmt: skip
    _agrees(row, text("total"))
    return row


def _number(raw: str, name: str) -> Decimal:
    if not raw:
        raise Invalid(f"the {name} is missing")
    return parse_money(raw, field=name).quantize(Decimal("0.0001"))


def _code(code: str, codes: Set[str]) -> str:
    if code not in codes:
        raise Invalid(f"there is no cost code '{code}'" if code else "no cost code: choose one for lines that name none")
    return code


def _type(raw: str) -> str:
    if not raw:
        return "O"
    if raw.lower() not in TYPES:
        raise Invalid(f"'{raw}' is not a cost type: labor, material, equipment, subcontract, other")
    return TYPES[raw.lower()]


def _share(raw: str) -> Decimal:
    """'5', '5%' and '0.05' are five percent."""
    if not raw:
        return Decimal(0)
    value = parse_money(raw.replace("%", ""), field="waste")
    value = value / 100 if "%" in raw or value >= 1 else value
    if not 0 <= value < 1:
        raise Invalid(f"'{raw}' is not a share for waste")
    return value.quantize(Decimal("0.0001"))


def _rate(raw: str) -> Decimal | None:
    value = parse_money(raw, field="units per hour").quantize(Decimal("0.0001")) if raw else None
    if value is not None and value <= 0:
        raise Invalid("units per hour must be above zero")
    return value


def _agrees(row: EstimateRow, raw: str) -> None:
    """The sheet's own total must be ours, to half a cent a unit: their unit cost may be shown rounded."""
    if not raw:
        return
    ours = cost_of(Line("", "", "", row.cost_type, row.quantity, row.unit_cost, row.waste, row.per_hour, row.unit))
    theirs = parse_money(raw, field="total")
    if abs(ours - theirs) > max(abs(row.quantity) * Decimal("0.005"), Decimal("0.01")):
        raise Invalid(f"the sheet's own total {raw} is not {ours:,.2f}, quantity times unit cost with waste")
