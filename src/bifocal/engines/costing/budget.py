"""The budget report, columns a to q, with pending changes and without."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from bifocal.engines.costing.wip import BrokenIdentity
from bifocal.lib.errors import Invalid
from bifocal.lib.money import ZERO, cents

Method = Literal["auto", "manual", "quantity"]


@dataclass(frozen=True, slots=True)
class Forecast:
    """How the forecast to complete of a line is made.

    auto: what is left of the projected budget, never below zero. manual: `value` dollars. quantity: (1 − `percent`) · `value`,
    where `value` is the cost of the whole quantity (None: the line's projected budget).
    """

    method: Method = "auto"
    value: Decimal | None = None
    percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """The columns that are typed or collected. `invoiced`: on commitments, gross of retainage."""

    code: str
    a: Decimal = ZERO  # original budget
    b: Decimal = ZERO  # transfers
    c: Decimal = ZERO  # approved owner changes
    e: Decimal = ZERO  # pending owner changes
    i: Decimal = ZERO  # committed
    j: Decimal = ZERO  # pending commitments and cost changes
    k: Decimal = ZERO  # direct cost
    invoiced: Decimal = ZERO
    forecast: Forecast = Forecast()


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """One line with every column."""

    code: str
    a: Decimal
    b: Decimal
    c: Decimal
    d: Decimal  # revised budget
    e: Decimal
    f: Decimal  # projected budget
    i: Decimal
    j: Decimal
    k: Decimal
    l: Decimal  # noqa: E741 - the column's own letter: actual to date
    m: Decimal  # projected cost
    n: Decimal  # forecast to complete
    o: Decimal  # estimate at completion
    p: Decimal  # projected over (−) or under
    q: Decimal  # cost to complete
    auto: bool


COLUMNS = "abcdefijklmnopq"


@dataclass(frozen=True, slots=True)
class Report:
    """Both views: everything that is pending in, and approved only (e and j dropped). Totals by column letter."""

    rows: tuple[BudgetRow, ...]
    totals: dict[str, Decimal]
    approved_rows: tuple[BudgetRow, ...]
    approved_totals: dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class Entry:
    """One transaction of a budget: the column it goes to ('a', 'b', 'c', 'e', 'i', 'j', 'k' or 'invoiced')."""

    code: str
    column: str
    amount: Decimal


def collect(entries: Iterable[Entry], forecasts: dict[str, Forecast] | None = None) -> list[BudgetLine]:
    """Lines from transactions, in the order of their codes. Raises Invalid for a column that takes none."""
    sums: dict[tuple[str, str], Decimal] = {}
    for entry in entries:
        key = (entry.code, entry.column)
        sums[key] = sums.get(key, ZERO) + entry.amount
    lines: dict[str, dict[str, Decimal]] = {}
    for (code, column), amount in sums.items():
        if column not in _TYPED:
            raise Invalid(f"'{column}' of {code} is not a column that takes transactions.", field=code)
        lines.setdefault(code, {})[column] = amount
    plan = forecasts or {}
    return [BudgetLine(code, forecast=plan.get(code, Forecast()), **lines[code]) for code in sorted(lines)]


_TYPED = frozenset({"a", "b", "c", "e", "i", "j", "k", "invoiced"})


def report(lines: Sequence[BudgetLine]) -> Report:
    """Compute every column of every line, in both views. Raises BrokenIdentity (transfers that don't net to zero), or Invalid."""
    twice = next((c for c, n in Counter(li.code for li in lines).items() if n > 1), None)
    if twice is not None:
        raise Invalid(f"Code {twice} stands twice.", field=twice)
    moved = sum((li.b for li in lines), ZERO)
    if moved:
        which = ", ".join(li.code for li in lines if li.b)
        raise BrokenIdentity(f"Column b: transfers must net to zero and add up to {moved:,.2f} ({which}).", field="b")
    rows = tuple(row(li) for li in lines)
    approved = tuple(row(replace(li, e=ZERO, j=ZERO)) for li in lines)
    return Report(rows, _totals(rows), approved, _totals(approved))


def row(line: BudgetLine) -> BudgetRow:
    """One line: d = a + b + c, f = d + e, m = max(i, invoiced) + j + k, o = m + n, p = f − o, l = invoiced + k, q = o − l."""
    d = line.a + line.b + line.c
    f = d + line.e
    m = max(line.i, line.invoiced) + line.j + line.k
    n = _to_complete(line, f, m)
    o, actual = m + n, line.invoiced + line.k
    return BudgetRow(
        line.code, line.a, line.b, line.c, d, line.e, f, line.i, line.j, line.k, actual, m, n, o, f - o, o - actual,
        line.forecast.method == "auto",
    )  # fmt: skip


def _to_complete(line: BudgetLine, f: Decimal, m: Decimal) -> Decimal:
    plan = line.forecast
    if plan.method == "auto":
        return max(ZERO, f - m)
    if plan.method == "manual":
        if plan.value is None:
            raise Invalid(f"{line.code}: a manual forecast needs its amount.", field=line.code)
        return plan.value
    if plan.percent is None or not 0 <= plan.percent <= 1:
        raise Invalid(f"{line.code}: a forecast by quantity needs the share that is done, from 0 to 1.", field=line.code)
    return cents((1 - plan.percent) * (f if plan.value is None else plan.value))


def _totals(rows: Sequence[BudgetRow]) -> dict[str, Decimal]:
    t = {c: sum((getattr(r, c) for r in rows), ZERO) for c in COLUMNS}
    checks = {
        "d": t["a"] + t["b"] + t["c"], "f": t["d"] + t["e"], "o": t["m"] + t["n"], "p": t["f"] - t["o"], "q": t["o"] - t["l"],
    }  # fmt: skip
    for column, wanted in checks.items():
        if t[column] != wanted:
            raise BrokenIdentity(f"Column {column} adds up to {t[column]:,.2f}, from the other columns to {wanted:,.2f}.", field=column)
    return t


@dataclass(frozen=True, slots=True)
class BuyOut:
    """A bought scope: what the budget had for it, what it was bought for, and the gain (negative: a loss)."""

    scope: str
    budgeted: Decimal
    committed: Decimal

    @property
    def gain(self) -> Decimal:
        """Budgeted for the bought scope − committed."""
        return self.budgeted - self.committed


# Status → column of section 3.1. Where this differs from Procore's table (★): a received order stays committed, a closed one
# keeps what was invoiced, an invoice approved as noted counts.
COMMITMENT_COLUMN: dict[str, Literal["", "pending", "committed", "invoiced"]] = {
    "draft": "", "out_for_bid": "", "out_for_signature": "pending", "processing": "pending", "submitted": "pending",
    "approved": "committed", "partially_received": "committed", "received": "committed", "complete": "committed",
    "closed": "invoiced", "terminated": "invoiced", "void": "",
}  # fmt: skip
CHANGE_COLUMN: dict[str, Literal["", "pending", "approved"]] = {
    "draft": "", "pricing": "pending", "not_pricing": "pending", "in_review": "pending", "revised": "pending",
    "proceeding": "pending", "approved": "approved", "rejected": "", "no_charge": "", "not_proceeding": "", "void": "",
}  # fmt: skip
