"""Earned value: planned, earned and actual value by activity, by group (cost code) and in all, with the indices, the forecast, the
schedule by earned time (Lipke, 'Schedule is Different', 2003) and the S-curves. Formulas: PMI, The Standard for Earned Value
Management (2019)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from bifocal.engines.cpm.calendars import Table
from bifocal.lib.errors import Invalid

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Item:
    """One activity: its budget, its baseline span (instants), how much of it is done (0..1), and what was spent."""

    id: str
    budget: Decimal
    start: int
    finish: int
    done: Decimal
    spent: Decimal
    group: str = ""
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """The figures of one activity, a group, or all. Indices are None where they would divide by nothing."""

    budget: Decimal
    planned: Decimal
    earned: Decimal
    actual: Decimal

    @property
    def cost_variance(self) -> Decimal:
        """EV − AC."""
        return self.earned - self.actual

    @property
    def schedule_variance(self) -> Decimal:
        """EV − PV."""
        return self.earned - self.planned

    @property
    def cpi(self) -> Decimal | None:
        """EV / AC."""
        return self.earned / self.actual if self.actual else None

    @property
    def spi(self) -> Decimal | None:
        """EV / PV."""
        return self.earned / self.planned if self.planned else None

    @property
    def estimate_at_completion(self) -> Decimal | None:
        """BAC / CPI; the budget where nothing was spent yet."""
        if not self.actual:
            return self.budget
        return (self.budget / self.cpi).quantize(CENT, ROUND_HALF_UP) if self.cpi else None


@dataclass(frozen=True, slots=True)
class Earned:
    """The whole answer: in all, by activity, by group, and the schedule by earned time in days."""

    total: Value
    items: Mapping[str, Value]
    groups: Mapping[str, Value]
    earned_days: Decimal
    actual_days: Decimal

    @property
    def spi_time(self) -> Decimal | None:
        """Earned schedule / actual time: an SPI that still means something near the end."""
        return self.earned_days / self.actual_days if self.actual_days else None


def earned_value(items: Sequence[Item], data_date: int) -> Earned:
    """All figures on the data date. Raises Invalid for a percentage outside of 0..1 or a finish before its start."""
    for i in items:
        if not 0 <= i.done <= 1 or i.finish < i.start:
            raise Invalid(f"Activity {i.id} can't be {i.done:.0%} done, or ends before it starts.", field=i.id)
    values = {i.id: Value(i.budget, _planned(i, data_date), (i.budget * i.done).quantize(CENT, ROUND_HALF_UP), i.spent) for i in items}
    groups: dict[str, Value] = {}
    for i in items:
        groups[i.group] = _plus(groups.get(i.group), values[i.id])
    total = Value(Decimal(0), Decimal(0), Decimal(0), Decimal(0))
    for v in values.values():
        total = _plus(total, v)
    begin = min((i.start for i in items), default=data_date)
    gone = Decimal(max(0, data_date - begin)) / 1440
    return Earned(total, values, groups, _earned_days(items, total.earned, begin), gone)


def _plus(a: Value | None, b: Value) -> Value:
    return b if a is None else Value(a.budget + b.budget, a.planned + b.planned, a.earned + b.earned, a.actual + b.actual)


def _planned(i: Item, at: int) -> Decimal:
    """The budget spread evenly over the baseline's working time, up to an instant."""
    if at >= i.finish:
        return i.budget
    if at <= i.start:
        return Decimal("0.00")
    whole = i.table.work(i.start, i.finish) if i.table else i.finish - i.start
    part = i.table.work(i.start, at) if i.table else at - i.start
    return (i.budget * part / whole).quantize(CENT, ROUND_HALF_UP) if whole else Decimal("0.00")


def _earned_days(items: Sequence[Item], earned: Decimal, begin: int) -> Decimal:
    """When the plan would have earned as much: by halving, to the minute."""
    low, high = begin, max((i.finish for i in items), default=begin)
    while low < high:
        middle = (low + high) // 2
        if sum((_planned(i, middle) for i in items), Decimal(0)) >= earned:
            high = middle
        else:
            low = middle + 1
    return Decimal(low - begin) / 1440


def curve(items: Sequence[Item], instants: Sequence[int]) -> tuple[Decimal, ...]:
    """The planned S-curve: what should be earned by each instant."""
    return tuple(sum((_planned(i, at) for i in items), Decimal(0)) for at in instants)
