"""A spreadsheet of somebody's budget or estimate as lines by cost code and cost type."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from bifocal.bridges.imports.sheets import Table, columns
from bifocal.lib.errors import Invalid
from bifocal.lib.money import ZERO, cents, parse_money

NAMES = {
    "code": ("cost code", "code", "csi", "csi code", "budget code", "phase", "account"),
    "name": ("description", "name", "cost code description", "item", "scope", "work"),
    "type": ("cost type", "type", "category", "class"),
    "amount": ("amount", "original budget", "budget", "budget amount", "original", "original budget amount", "estimate", "estimated cost",
               "total", "total cost", "cost"),
    "quantity": ("quantity", "qty", "units"),
    "rate": ("unit cost", "unit price", "rate", "unit rate"),
    "L": ("labor", "labour", "labor cost"), "M": ("material", "materials", "material cost"),
    "E": ("equipment", "equipment cost"), "S": ("subcontract", "subcontractor", "subcontracts", "subs", "sub"),
    "O": ("other", "other cost", "expenses"),
}  # fmt: skip
TYPES = "LMESO"
WORDS = {
    "l": "L", "labor": "L", "labour": "L", "m": "M", "material": "M", "materials": "M", "mat": "M", "e": "E", "equipment": "E",
    "equip": "E",
    "s": "S", "sub": "S", "subs": "S", "subcontract": "S", "subcontractor": "S", "commitment": "S", "o": "O", "other": "O", "overhead": "O",
    "expense": "O", "owner cost": "O",
}  # fmt: skip


@dataclass(frozen=True)
class BudgetRead:
    """What was read: amounts by code and type, names of codes, what was wrong by line, which column was which."""

    amounts: dict[tuple[str, str], Decimal]
    names: dict[str, str]
    errors: list[dict[str, object]]
    columns: dict[str, str]
    lines: int


def read_budget(table: Table, default_type: str = "") -> BudgetRead:
    """Read every line: one type a line, or a column for each type. Lines of one code and type add up; totals are left out.

    Errors are listed by line; nothing that can't be read is taken as zero.
    """
    found = columns(table, NAMES, need=("code",))
    by_type = [t for t in TYPES if t in found]
    if not by_type and "amount" not in found and not {"quantity", "rate"} <= set(found):
        raise Invalid(
            f"No column for the amount was found. The file has: {', '.join(h for h in table.headers if h)}.", field="file"
        )  # fmt: skip
    amounts: dict[tuple[str, str], Decimal] = {}
    names: dict[str, str] = {}
    errors: list[dict[str, object]] = []
    lines = 0
    for n, row in table.rows:
        try:
            parts = _line(row, found, by_type, default_type)
        except Invalid as bad:
            errors.append({"line": n, "reason": bad.sentence})
            continue
        for code, cost_type, amount in parts:
            amounts[code, cost_type] = amounts.get((code, cost_type), ZERO) + amount
            names.setdefault(code, row.get(found.get("name", ""), "").strip() or code)
        lines += bool(parts)
    if not amounts and not errors:
        raise Invalid("The sheet has no lines.", field="file")
    return BudgetRead(amounts, names, errors, found, lines)


def _line(row: dict[str, str], found: dict[str, str], by_type: list[str], default_type: str) -> list[tuple[str, str, Decimal]]:
    """The amounts of one line. Raises Invalid in a sentence for what can't be read."""

    def text(field: str) -> str:
        return row.get(found[field], "").strip() if field in found else ""

    def money(field: str) -> Decimal:
        raw = text(field)
        return ZERO if raw in ("", "-", "—", "–") else cents(parse_money(raw, field=field))

    code, name = text("code"), text("name")
    if (code or name).lower().startswith(("total", "grand total", "subtotal", "sub total")):
        return []
    values = [text(f) for f in (*by_type, "amount", "quantity", "rate")]
    if not code:
        if any(v not in ("", "0", "0.00", "-") for v in values):
            raise Invalid(f"'{name or 'this line'}' has an amount and no cost code", field="code")
        return []  # a heading
    if by_type:
        return _by_type(code, {t: money(t) for t in by_type}, text("amount"))
    if not any(values):
        return []  # a heading with a code
    if len(code) > 20:
        raise Invalid(f"the code '{code[:30]}' is longer than 20 letters", field="code")
    return [(code, _type(text("type"), default_type), _amount(text, money))]


def _by_type(code: str, parts: dict[str, Decimal], total: str) -> list[tuple[str, str, Decimal]]:
    whole = sum(parts.values(), ZERO)
    if total and cents(parse_money(total, field="amount")) != whole:
        raise Invalid(f"the sheet's own total {total} is not {whole:,.2f}, the sum of its columns", field="amount")
    return [(code, t, v) for t, v in parts.items() if v]


def _type(raw: str, default_type: str) -> str:
    word = raw.lower().strip(" .")
    if not word and default_type:
        return default_type
    if word not in WORDS:
        raise Invalid(
            f"'{raw}' is no cost type: labor, material, equipment, subcontract or other" if raw else "it has no cost type", field="type"
        )
    return WORDS[word]


def _amount(text: object, money: object) -> Decimal:
    assert callable(text) and callable(money)
    if text("quantity") and text("rate"):
        counted = cents(parse_money(text("quantity"), field="quantity") * parse_money(text("rate"), field="rate"))
        if text("amount") and money("amount") != counted:
            raise Invalid(f"{text('quantity')} at {text('rate')} is {counted:,.2f}, the sheet says {text('amount')}", field="amount")
        return counted
    found: Decimal = money("amount")
    return found
