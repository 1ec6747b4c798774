"""What a signed estimate becomes: schedule of values, budget, activities, purchase orders. And what changed between versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from bifocal.engines.estimating.pricing import Priced
from bifocal.lib.money import ZERO


@dataclass(frozen=True)
class Value:
    """A line of the schedule of values: what is sold of one phase and cost code."""

    phase: str
    cost_code: str
    price: Decimal


@dataclass(frozen=True)
class Budgeted:
    """Cost by cost code and type."""

    cost_code: str
    cost_type: str
    cost: Decimal


@dataclass(frozen=True)
class Step:
    """An activity from labor hours; `after` is the code of what comes before it."""

    code: str
    phase: str
    cost_code: str
    hours: Decimal
    days: int
    after: tuple[str, ...]


def schedule_of_values(lines: Sequence[Priced]) -> list[Value]:
    """Prices by phase and cost code in the order of their first line. Σ is the price; a sum of zero has no line."""
    sums: dict[tuple[str, str], Decimal] = {}
    for r in lines:
        key = (r.line.phase, r.line.cost_code)
        sums[key] = sums.get(key, ZERO) + r.price
    return [Value(phase, code, price) for (phase, code), price in sums.items() if price]


def budget(lines: Sequence[Priced]) -> list[Budgeted]:
    """Costs by cost code and type."""
    sums: dict[tuple[str, str], Decimal] = {}
    for r in lines:
        key = (r.line.cost_code, r.line.cost_type)
        sums[key] = sums.get(key, ZERO) + r.cost
    return [Budgeted(code, t, cost) for (code, t), cost in sums.items() if cost]


def steps(lines: Sequence[Priced], *, crew: int, day: Decimal = Decimal(8)) -> list[Step]:
    """Activities from labor hours: phase after phase, in a phase one code after the other; days = hours / (crew × day), up.

    A start for what is planned, not a promise: the scheduler links and shortens what can go side by side.
    """
    hours: dict[tuple[str, str], Decimal] = {}
    for phase in dict.fromkeys(r.line.phase for r in lines):
        for r in lines:
            if r.line.phase == phase and r.hours > 0:
                key = (phase, r.line.cost_code)
                hours[key] = hours.get(key, ZERO) + r.hours
    out: list[Step] = []
    for n, ((phase, code), total) in enumerate(hours.items(), 1):
        days = max(int((total / (crew * day)).to_integral_value(rounding=ROUND_CEILING)), 1)
        out.append(Step(f"E{n * 10:03d}", phase, code, total, days, (out[-1].code,) if out else ()))
    return out


@dataclass(frozen=True)
class Difference:
    """A line of two versions that is not alike: `sort` is added, removed or changed."""

    sort: str
    key: str
    before: Mapping[str, str]
    after: Mapping[str, str]
    fields: tuple[str, ...]
    cost: Decimal


def compare(before: Sequence[Mapping[str, str]], after: Sequence[Mapping[str, str]]) -> list[Difference]:
    """Two versions line by line, matched by 'key'; 'cost' is what the line costs more. Their sum is the difference in cost."""
    old, new = {r["key"]: r for r in before}, {r["key"]: r for r in after}
    out = []
    for key in dict.fromkeys([*old, *new]):
        a, b = old.get(key, {}), new.get(key, {})
        if a == b:
            continue
        sort = "added" if not a else "removed" if not b else "changed"
        fields = tuple(f for f in dict.fromkeys([*a, *b]) if a.get(f) != b.get(f) and f != "key")
        out.append(Difference(sort, key, a, b, fields, Decimal(b.get("cost", "0")) - Decimal(a.get("cost", "0"))))
    return out
