"""A continuation sheet as a schedule of values with prior billings."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from bifocal.bridges.imports.sheets import Table, columns
from bifocal.lib.errors import Invalid
from bifocal.lib.money import ZERO, cents, parse_money

NAMES = {
    "item": ("item", "item no", "item number", "line", "no", "a", "number"),
    "description": ("description", "desc", "description of work", "work", "b"),
    "cost_code": ("cost code", "code", "csi", "csi code"),
    "scheduled": ("scheduled value", "scheduled", "schedule of values", "value", "contract value", "c", "amount"),
    "previous": (
        "previous",
        "work completed previous",
        "from previous application",
        "previous applications",
        "previously billed",
        "d",
    ),
    "this_period": ("this period", "work completed this period", "current", "e"),
    "stored": ("stored", "materials stored", "materials presently stored", "stored materials", "f"),
    "total": ("total", "total completed and stored", "total completed", "completed to date", "g"),
    "balance": ("balance", "balance to finish", "h"),
    "retainage_pct": ("retainage pct", "retainage percent", "retainage %", "retainage rate", "retention %"),
    "retainage": ("retainage", "retention", "i"),
}


@dataclass(frozen=True)
class SheetLine:
    """A line of somebody's continuation sheet."""

    line: int
    item: str
    description: str
    cost_code: str
    scheduled: Decimal
    previous: Decimal
    this_period: Decimal
    stored: Decimal
    rate: Decimal | None


@dataclass(frozen=True)
class SheetRead:
    """What was read: the lines, what was wrong by line, which column was which."""

    lines: list[SheetLine]
    errors: list[dict[str, object]]
    columns: dict[str, str]


def read_sheet(table: Table) -> SheetRead:
    """Read every line and check its own arithmetic; totals at the foot are left out, errors are listed by line."""
    found = columns(table, NAMES, need=("description", "scheduled"))
    lines: list[SheetLine] = []
    errors: list[dict[str, object]] = []
    seen: set[str] = set()
    for n, row in table.rows:
        try:
            line = _line(n, row, found, len(lines) + 1)
            if line is None:
                continue
            if line.item in seen:
                raise Invalid(f"item {line.item} stands here a second time", field="item")
            seen.add(line.item)
            lines.append(line)
        except Invalid as bad:
            errors.append({"line": n, "reason": bad.sentence})
    if not lines and not errors:
        raise Invalid("The sheet has no lines.", field="file")
    return SheetRead(lines, errors, found)


def _line(n: int, row: dict[str, str], found: dict[str, str], place: int) -> SheetLine | None:
    def text(field: str) -> str:
        return row.get(found[field], "").strip() if field in found else ""

    def money(field: str) -> Decimal:
        raw = text(field)
        return ZERO if raw in ("", "-", "—") else cents(parse_money(raw, field=field))

    description, item = text("description"), text("item")
    foot = (description or item).lower()
    if foot.startswith(("total", "grand total", "subtotal")) and not (
        item and description and not item.lower().startswith(("total", "grand"))
    ):
        return None
    if not text("scheduled"):
        raise Invalid(f"'{description or item}' has no scheduled value", field="scheduled")
    line = SheetLine(
        line=n, item=item or f"{place:03d}", description=description, cost_code=text("cost_code"), scheduled=money("scheduled"),
        previous=money("previous"), this_period=money("this_period"), stored=money("stored"), rate=_rate(text("retainage_pct")),
    )  # fmt: skip
    done = line.previous + line.this_period + line.stored
    if text("total") and money("total") != done:
        raise Invalid(f"the sheet's own total {text('total')} is not {done:,.2f}, the sum of its columns", field="total")
    if text("balance") and money("balance") != line.scheduled - done:
        raise Invalid(f"the sheet's own balance {text('balance')} is not {line.scheduled - done:,.2f}", field="balance")
    if abs(done) > abs(line.scheduled):
        raise Invalid(f"{done:,.2f} is billed of {line.scheduled:,.2f}: more than the scheduled value", field="scheduled")
    return line


def _rate(raw: str) -> Decimal | None:
    """'5', '5.00', '5%' → 0.05; a fraction below 1 stays one."""
    if not raw:
        return None
    value = parse_money(raw.replace("%", ""), field="retainage_pct")
    value = value / 100 if "%" in raw or value >= 1 else value
    if not 0 <= value <= 1:
        raise Invalid(f"'{raw}' is not a retainage rate", field="retainage_pct")
    return value.quantize(Decimal("0.0001"))


def common_rate(lines: list[SheetLine]) -> Decimal | None:
    """The rate that most lines have."""
    rates = [li.rate for li in lines if li.rate is not None]
    return max(set(rates), key=rates.count) if rates else None
