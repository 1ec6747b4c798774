"""From quantities to a price: cost by line, markup or margin, the price of each line, options that add up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Literal

from bifocal.lib.errors import Invalid
from bifocal.lib.money import CENT, ZERO, cents

BASE = ""  # the section of what is not optional
HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True)
class Line:
    """A line of an estimate. Labor (`L`) with `per_hour` (units an hour) costs hours × unit cost, which is then the hourly rate."""

    key: str
    phase: str
    cost_code: str
    cost_type: str
    quantity: Decimal
    unit_cost: Decimal
    waste: Decimal = Decimal(0)
    per_hour: Decimal | None = None
    unit: str = "ea"
    option: str = BASE
    description: str = ""


@dataclass(frozen=True)
class Charge:
    """A charge on cost. A markup of 25% adds 25 to 100; a margin of 25% adds 33.33, so that 25% of the price is left.

    `types`: the cost types it is charged on ('' is all). A compounding one counts on what was added before it as well.
    """

    name: str
    rate: Decimal
    sort: Literal["markup", "margin"] = "markup"
    types: str = ""
    compounds: bool = False


@dataclass(frozen=True)
class Priced:
    """A line with its hours, what must be bought (waste included), cost and price."""

    line: Line
    hours: Decimal
    ordered: Decimal
    cost: Decimal
    price: Decimal


@dataclass(frozen=True)
class Section:
    """The base scope, or one option: lines, cost, each charge, price."""

    key: str
    lines: tuple[Priced, ...]
    cost: Decimal
    charges: tuple[Decimal, ...]
    price: Decimal
    hours: Decimal


def hours_of(line: Line) -> Decimal:
    """Labor hours to the hundredth: quantity / units per hour, or the quantity itself where the unit is an hour."""
    if line.cost_type != "L":
        return ZERO
    if line.per_hour:
        return (line.quantity / line.per_hour).quantize(HUNDREDTH, rounding=ROUND_HALF_UP)
    return line.quantity.quantize(HUNDREDTH, rounding=ROUND_HALF_UP) if line.unit in ("h", "hr", "hrs", "hour") else ZERO


def ordered_of(line: Line) -> Decimal:
    """What is bought for the quantity, waste included."""
    return line.quantity * (1 + line.waste)


def cost_of(line: Line) -> Decimal:
    """The line's cost, rounded once to the cent."""
    if line.cost_type == "L" and line.per_hour:
        return cents(hours_of(line) * line.unit_cost)
    return cents(ordered_of(line) * line.unit_cost)


def added(base: Decimal, charge: Charge) -> Decimal:
    """What a charge adds to a base, not rounded. Raises Invalid for a margin of 100% or more."""
    if charge.sort == "markup":
        return base * charge.rate
    if charge.rate >= 1:
        raise Invalid(f"'{charge.name}': a margin must be below 100 percent of the price.", field="charges")
    return base / (1 - charge.rate) - base


def _factors(charges: Sequence[Charge], types: set[str]) -> dict[str, Decimal]:
    """Price per dollar of cost, by cost type: charges are linear in cost."""
    out = {}
    for t in types:
        total = Decimal(1)
        for c in charges:
            if not c.types or t in c.types:
                total += added(total if c.compounds else Decimal(1), c)
        out[t] = total
    return out


def section(key: str, lines: Sequence[Line], charges: Sequence[Charge]) -> Section:
    """Price one section: every charge rounded to the cent, and the lines' prices add up to the section's price."""
    costs = [cost_of(li) for li in lines]
    running: dict[str, Decimal] = {}
    for li, c in zip(lines, costs, strict=True):
        running[li.cost_type] = running.get(li.cost_type, ZERO) + c
    plain, parts = dict(running), []
    for charge in charges:
        on = [t for t in plain if not charge.types or t in charge.types]
        each = {t: added(running[t] if charge.compounds else plain[t], charge) for t in on}
        parts.append(cents(sum(each.values(), ZERO)))
        for t, more in each.items():
            running[t] += more
    cost = sum(costs, ZERO)
    price = cost + sum(parts, ZERO)
    factors = _factors(charges, set(plain))
    prices = _spread(price, [c * factors[li.cost_type] for li, c in zip(lines, costs, strict=True)])
    rows = tuple(
        Priced(li, hours_of(li), ordered_of(li), c, p) for li, c, p in zip(lines, costs, prices, strict=True)
    )  # fmt: skip
    return Section(key, rows, cost, tuple(parts), price, sum((r.hours for r in rows), ZERO))


def _spread(total: Decimal, exact: Sequence[Decimal]) -> list[Decimal]:
    """`exact` to the cent so that it adds up to `total`: cents go to the largest remainders, or come from the smallest."""
    out = [e.quantize(CENT, rounding=ROUND_DOWN) for e in exact]
    left = int((total - sum(out, ZERO)) / CENT)
    if not out:
        return out
    step = 1 if left > 0 else -1
    order = sorted(range(len(out)), key=lambda i: ((out[i] - exact[i]) * step, i))
    for n in range(abs(left)):
        out[order[n % len(order)]] += CENT * step
    return out


@dataclass(frozen=True)
class Estimate:
    """All sections: the base first, then the options in their order."""

    sections: tuple[Section, ...]

    def chosen(self, options: Sequence[str]) -> tuple[Section, ...]:
        """The base and these options."""
        return tuple(s for s in self.sections if s.key == BASE or s.key in options)

    def sum(self, what: Literal["cost", "price", "hours"], options: Sequence[str]) -> Decimal:
        """A figure of the base with these options."""
        return sum((getattr(s, what) for s in self.chosen(options)), ZERO)


def price(lines: Sequence[Line], options: Sequence[str], charges: Sequence[Charge]) -> Estimate:
    """Price an estimate. Each option is priced by itself: choosing it moves the total by exactly the figure shown."""
    return Estimate(tuple(section(k, [li for li in lines if li.option == k], charges) for k in (BASE, *options)))


@dataclass(frozen=True)
class Option:
    """Something the client may choose. Of a group exactly one is chosen; without a group it is taken or left."""

    key: str
    name: str
    group: str = ""
    usual: bool = False


def usual(options: Sequence[Option]) -> list[str]:
    """What is chosen before the client says otherwise: the usual ones, and of a group without one its first."""
    out = [o.key for o in options if o.usual]
    for group in dict.fromkeys(o.group for o in options if o.group):
        members = [o.key for o in options if o.group == group]
        if not set(members) & set(out):
            out.append(members[0])
    return out


def check_choice(options: Sequence[Option], chosen: Sequence[str]) -> None:
    """Refuse an unknown option, and a group of which not exactly one is chosen. Raises Invalid."""
    known: Mapping[str, Option] = {o.key: o for o in options}
    for key in chosen:
        if key not in known:
            raise Invalid("One of the options chosen is not in this proposal.", field="chosen")
    for group in dict.fromkeys(o.group for o in options if o.group):
        taken = [o.name for o in options if o.group == group and o.key in chosen]
        if len(taken) != 1:
            raise Invalid(f"Choose one for '{group}'{': not ' + ' and '.join(taken) if taken else ''}.", field="chosen")


def markup_and_margin(cost: Decimal, price: Decimal) -> tuple[Decimal | None, Decimal | None]:
    """What was added as a share of cost (markup) and of price (margin); None where there is nothing to divide by."""
    return ((price - cost) / cost if cost else None), ((price - cost) / price if price else None)
