"""Work in progress, cost to cost: earned, over- and underbilled, the provision for a loss, the change of an estimate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from bifocal.lib.errors import Invalid
from bifocal.lib.money import ZERO, cents


class BrokenIdentity(Invalid):
    """An identity of a report does not hold: the sentence names which and where."""

    code = "broken_identity"


@dataclass(frozen=True, slots=True)
class Contract:
    """One contract at a date. `price` has the approved change orders; `billed` is gross, with retainage.

    `uninstalled`: goods delivered but not installed, inside both costs, earned at zero margin (ASC 606-10-55-21).
    """

    id: str
    price: Decimal
    estimated_total_cost: Decimal
    cost_to_date: Decimal
    billed: Decimal
    uninstalled: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Earned:
    """What a contract has earned. `percent` is exact to 28 digits, None in a total over nothing; both provisions are ≥ 0.

    `loss_provision` is what remains to be provided beyond the loss already in `gross_profit_to_date`.
    """

    id: str
    percent: Decimal | None
    earned: Decimal
    gross_profit_to_date: Decimal
    over: Decimal
    under: Decimal
    backlog: Decimal
    loss_provision: Decimal
    loss_provision_total: Decimal


@dataclass(frozen=True, slots=True)
class Schedule:
    """Every contract, and the sum of all."""

    contracts: tuple[Earned, ...]
    total: Earned


def schedule(contracts: Sequence[Contract]) -> Schedule:
    """The WIP schedule. Over and under are by contract and never netted. Raises Invalid naming the contract, or BrokenIdentity."""
    twice = next((i for i, n in Counter(c.id for c in contracts).items() if n > 1), None)
    if twice is not None:
        raise Invalid(f"Contract {twice} stands twice.", field=twice)
    rows = tuple(earn(c) for c in contracts)
    spent = sum((c.cost_to_date - c.uninstalled for c in contracts), ZERO)
    whole = sum((c.estimated_total_cost - c.uninstalled for c in contracts), ZERO)
    sums = [sum((getattr(r, k) for r in rows), ZERO) for k in _SUMMED]
    total = Earned("total", spent / whole if whole else None, *sums)
    billed = sum((c.billed for c in contracts), ZERO)
    if total.earned + total.over - total.under != billed:
        raise BrokenIdentity(
            f"Earned + over − under is {total.earned + total.over - total.under:,.2f}, billed {billed:,.2f}.", field="total"
        )
    return Schedule(rows, total)


_SUMMED = ("earned", "gross_profit_to_date", "over", "under", "backlog", "loss_provision", "loss_provision_total")


def earn(c: Contract) -> Earned:
    """One contract: percent = (cost − u) ÷ (estimate − u), earned = percent · (price − u) + u, rounded once.

    Raises Invalid for a cost above its estimate, an estimate of 0, or uninstalled goods above what can hold them.
    """
    _check(c)
    u = c.uninstalled
    percent = (c.cost_to_date - u) / (c.estimated_total_cost - u)
    earned = cents((c.cost_to_date - u) * (c.price - u) / (c.estimated_total_cost - u) + u)
    gain, difference = earned - c.cost_to_date, c.billed - earned
    loss = max(ZERO, c.estimated_total_cost - c.price)
    remaining = loss + gain if loss else ZERO
    row = Earned(c.id, percent, earned, gain, max(ZERO, difference), max(ZERO, -difference), c.price - earned, remaining, loss)
    if row.earned + row.over - row.under != c.billed or row.loss_provision < 0:
        raise BrokenIdentity(f"Contract {c.id}: earned + over − under is not what was billed.", field=c.id)
    return row


def _check(c: Contract) -> None:
    for name in ("price", "estimated_total_cost", "cost_to_date", "uninstalled"):
        if getattr(c, name) < 0:
            raise Invalid(f"Contract {c.id}: {name.replace('_', ' ')} is below zero.", field=c.id)
    if c.estimated_total_cost == 0:
        raise Invalid(f"Contract {c.id} has an estimated total cost of 0: no percentage can be computed. Enter the estimate.", field=c.id)
    if c.cost_to_date > c.estimated_total_cost:
        raise Invalid(
            f"Contract {c.id} has cost {c.cost_to_date:,.2f} above its estimate {c.estimated_total_cost:,.2f}. Raise the estimate.",
            field=c.id,
        )
    if c.uninstalled > c.cost_to_date or c.uninstalled >= c.estimated_total_cost:
        raise Invalid(
            f"Contract {c.id} has {c.uninstalled:,.2f} of uninstalled goods: not more than its cost, less than its estimate.",
            field=c.id,
        )


@dataclass(frozen=True, slots=True)
class Period:
    """One period of a contract: what is recognised in it, and the part of its profit that is the catch-up of a changed estimate."""

    percent: Decimal
    revenue: Decimal
    cost: Decimal
    gross_profit: Decimal
    catch_up: Decimal
    provision: Decimal


def period(before: Contract | None, now: Contract) -> Period:
    """What is recognised between two dates of one contract; cost includes the movement of the loss provision (ASC 605-35-45).

    Catch-up: the profit that the earlier date would have had at the present estimate and price, less the profit it had.
    """
    new = earn(now)
    old = earn(before) if before else None
    provision = new.loss_provision - (old.loss_provision if old else ZERO)
    revenue = new.earned - (old.earned if old else ZERO)
    cost = now.cost_to_date - (before.cost_to_date if before else ZERO) + provision
    assert new.percent is not None
    return Period(new.percent, revenue, cost, revenue - cost, _catch_up(before, old, now), provision)


def _catch_up(before: Contract | None, old: Earned | None, now: Contract) -> Decimal:
    if before is None or old is None or before.cost_to_date > now.estimated_total_cost:
        return ZERO
    if (before.price, before.estimated_total_cost) == (now.price, now.estimated_total_cost):
        return ZERO
    again = earn(Contract(before.id, now.price, now.estimated_total_cost, before.cost_to_date, before.billed, before.uninstalled))
    return again.gross_profit_to_date - old.gross_profit_to_date
