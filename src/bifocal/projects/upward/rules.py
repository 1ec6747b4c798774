"""Billing a general contractor: when, on which cells of their sheet, with which waiver, and what came of what they did not pay."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import ZERO, dollars

CELL = re.compile(r"^[A-Z]{1,3}[1-9]\d{0,5}$")
COLUMN = re.compile(r"^[A-Z]{1,3}$")
# What of an application can be written into a cell, and what of a line into a column.
HEAD = (
    "number",
    "period_to",
    "contract",
    "project",
    "our_name",
    "line1",
    "line2",
    "line3",
    "line4",
    "line5",
    "line6",
    "line7",
    "line8",
    "line9",
)
LINE = ("item", "description", "C", "D", "E", "F")
NAMES: Mapping[str, tuple[str, ...]] = {
    "item": ("item no", "item", "line no"), "description": ("description of work", "description"), "C": ("scheduled value", "scheduled"),
    "D": ("from previous", "previous application", "previous"), "E": ("this period", "current period"),
    "F": ("materials presently stored", "presently stored", "stored"),
}  # fmt: skip
LABELS: Mapping[str, tuple[str, ...]] = {
    "number": ("application no", "application number", "pay app no", "invoice no"), "period_to": ("period to", "period ending", "through"),
    "contract": ("subcontract no", "contract no", "contract for"), "project": ("project", "job name"),
}  # fmt: skip

SHORT_NEXT: dict[str, set[str]] = {
    "open": {"accepted", "disputed"},
    "disputed": {"accepted", "settled"},
    "accepted": set(),
    "settled": set(),
}
CHARGE_NEXT: dict[str, set[str]] = {
    "received": {"accepted", "disputed"},
    "disputed": {"accepted", "withdrawn"},
    "accepted": set(),
    "withdrawn": set(),
}


def due_day(billing_day: int, today: date) -> date:
    """The next day by which the application must be with the general contractor; 31 is the last day of every month."""
    day = today.replace(day=min(billing_day, monthrange(today.year, today.month)[1]))
    if day >= today:
        return day
    first = today.replace(day=1) + timedelta(days=32)
    return first.replace(day=min(billing_day, monthrange(first.year, first.month)[1]))


def check_map(cells: Mapping[str, str], columns: Mapping[str, str], first: int, last: int) -> None:
    """Raises Invalid for an unknown field, a cell that is none, or columns without the work of this period."""
    for field, cell in cells.items():
        if field not in HEAD:
            raise Invalid(f"There is no '{field}' to write. There are: {', '.join(HEAD)}.", field="cells")
        if not CELL.match(cell):
            raise Invalid(f"'{cell}' is not a cell. Write it like F4.", field=f"cells.{field}")
    for field, column in columns.items():
        if field not in LINE:
            raise Invalid(f"There is no column '{field}' of a line. There are: {', '.join(LINE)}.", field="columns")
        if not COLUMN.match(column):
            raise Invalid(f"'{column}' is not a column. Write it like E.", field=f"columns.{field}")
    if "E" not in columns:
        raise Invalid("Say which column takes the work of this period.", field="columns.E")
    if len(set(columns.values())) < len(columns):
        raise Invalid("Two fields would go into one column.", field="columns")
    if not 0 < first <= last:
        raise Invalid("Say from which row to which row the lines go.", field="first")


def suggest(rows: Sequence[Sequence[str]]) -> tuple[dict[str, str], dict[str, str], int]:
    """What a sheet's own words say: cells beside their labels, columns under their heads, the first row of lines (0: not found).

    `rows` are the sheet's texts from A1 on. Heads may stand in two rows, as on continuation sheets.
    """
    cells: dict[str, str] = {}
    columns: dict[str, str] = {}
    head = 0
    for n, row in enumerate(rows[:80], 1):
        found = _heads(row)
        if len(found) >= 2 and (len(found) >= 3 or head):
            columns = {**found, **columns} if head else found
            head = n
        if not head:
            cells |= {k: v for k, v in _labels(row, n).items() if k not in cells}
    first = head + 1 if head else 0
    while first and first <= len(rows) and _only_letters(rows[first - 1]):
        first += 1
    return cells, columns, first


def _heads(row: Sequence[str]) -> dict[str, str]:
    out: dict[str, str] = {}
    for field, names in NAMES.items():
        at = next((i for i, text in enumerate(row) if any(name in text.lower() for name in names) and letter(i) not in out.values()), None)
        if at is not None:
            out[field] = letter(at)
    return out


def _labels(row: Sequence[str], n: int) -> dict[str, str]:
    out = {}
    for field, names in LABELS.items():
        at = next((i for i, t in enumerate(row) if t.lower().strip().rstrip(":.").startswith(names)), None)
        if at is not None:
            out[field] = f"{letter(at + 1)}{n}"
    return out


def _only_letters(row: Sequence[str]) -> bool:
    """A row that names the columns A to I below their heads."""
    texts = [t.strip() for t in row if t.strip()]
    return bool(texts) and all(len(t) == 1 and t.isalpha() for t in texts)


def letter(n: int) -> str:
    """0 is A, 25 is Z, 26 is AA."""
    out = ""
    n += 1
    while n:
        n, rest = divmod(n - 1, 26)
        out = chr(65 + rest) + out
    return out


@dataclass(frozen=True)
class Money:
    """What came for an invoice: how, and where it is."""

    method: str
    status: str
    amount: Decimal


def check_unconditional(paid: Decimal, money: Sequence[Money], cleared_on: date | None, today: date) -> None:
    """Our rights are given up for good only for money that is ours for good. Raises Refused."""
    if paid <= 0:
        raise Refused("An unconditional waiver is given only after their payment: nothing was paid yet.", field="sort")
    if any(m.status == "received" and m.method != "wire" for m in money):
        raise Refused("Their payment is not at the bank yet: take it there, and wait until it has cleared.", field="sort")
    if cleared_on is None or cleared_on > today:
        raise Refused("Say on which day their payment cleared: an unconditional waiver is given only after that.", field="cleared_on")


def check_short(parts: Sequence[tuple[str, Decimal]], items: Mapping[str, Decimal], open_amount: Decimal) -> None:
    """What was short must be lines of the application, above zero, and no more than is open. Raises Invalid, Refused."""
    for n, (item, amount) in enumerate(parts):
        if item not in items:
            raise Invalid(f"The application has no item {item}.", field=f"lines.{n}.item")
        if amount <= 0:
            raise Invalid(f"Item {item}: say how much is missing.", field=f"lines.{n}.amount")
    total = sum((a for _, a in parts), ZERO)
    if total > open_amount:
        raise Refused(f"{dollars(open_amount)} is open: {dollars(total)} can't be short.", field="lines")
