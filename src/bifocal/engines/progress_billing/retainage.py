"""Retainage by line: rates, steps, what is carried, moved and released, and the cap.

A step forward changes the rate of what goes beyond its mark: of an application that crosses it, the part below the mark keeps
the former rate, so the same work is retained alike in one application or in ten. A retroactive step, once reached, is the rate
of all the work. Steps lower a stored rate that is above them; a line with rates of its own keeps those.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from bifocal.engines.progress_billing.terms import Application, BrokenIdentity, Cap, Line, Split, Step
from bifocal.lib.money import ZERO, allocate, cents


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates of one application: on what was there before (D, F of before) and on what is new."""

    before: Split
    new: Split
    returned: bool  # a retroactive step was reached in this period: what was held before is computed anew


def rates(app: Application, before: Decimal, to_date: Decimal, contract_sum: Decimal) -> Rates:
    """The rates of an application that goes from `before` to `to_date` dollars of the contract sum."""
    base = Split(app.work_rate, app.stored_rate)
    steps = sorted(app.steps, key=lambda s: s.at_percent)
    reached = [s for s in steps if s.retroactive and to_date >= s.at_percent * contract_sum]
    floor = reached[-1] if reached else None
    bands = [(ZERO, _under(base, floor))]
    for step in steps:
        if floor is None or step.at_percent > floor.at_percent:
            bands.append((step.at_percent * contract_sum, _under(base, step)))
    returned = floor is not None and before < floor.at_percent * contract_sum
    return Rates(_mean(bands, ZERO, before), _mean(bands, before, to_date), returned)


def _under(base: Split, step: Step | None) -> Split:
    return base if step is None else Split(step.rate, min(base.stored, step.rate))


def _mean(bands: list[tuple[Decimal, Split]], low: Decimal, high: Decimal) -> Split:
    """The mean rate between two marks of progress; where nothing moves, the rate that holds at the upper one."""
    ends = [*(start for start, _ in bands[1:]), None]
    parts = []
    for (start, rate), end in zip(bands, ends, strict=True):
        width = (high if end is None else min(high, end)) - max(low, start)
        if width > 0:
            parts.append((width, rate))
    if not parts:
        return [rate for start, rate in bands if start <= high or start == ZERO][-1]
    if len(parts) == 1:
        return parts[0][1]
    whole = sum((w for w, _ in parts), ZERO)
    return Split(sum((w * r.work for w, r in parts), ZERO) / whole, sum((w * r.stored for w, r in parts), ZERO) / whole)


def held(line: Line, now: Rates, base: Split) -> tuple[Split, Decimal]:
    """Retainage on a line before cap and release, unrounded, and how much of it moved from stored to work.

    (D + E) · rate on work + F · rate on stored, or what was carried plus this period's. Stored goods that are installed move
    from F to E: their stored retainage ends in the proportion they left, the work rate holds on E.
    """
    own = line.work_rate is not None or line.stored_rate is not None
    before, new = (now.before, now.new) if not own else _own(line, base)
    kept = line.stored if abs(line.stored) < abs(line.stored_previous) else line.stored_previous
    added = line.stored - kept
    carried = line.retainage_previous
    if carried is None or (now.returned and not own):
        work = (line.previous + line.this_period) * new.work if before.work == new.work else (
            line.previous * before.work + line.this_period * new.work)  # fmt: skip
        return Split(work, kept * before.stored + added * new.stored), (line.stored_previous - kept) * before.stored
    stays = carried.stored * kept / line.stored_previous if line.stored_previous else carried.stored
    return Split(carried.work + line.this_period * new.work, stays + added * new.stored), carried.stored - stays


def _own(line: Line, base: Split) -> tuple[Split, Split]:
    work = base.work if line.work_rate is None else line.work_rate
    own = Split(work, base.stored if line.stored_rate is None else line.stored_rate)
    return own, own


def held_before(line: Line, now: Rates, base: Split) -> Decimal:
    """What was held on a line before this application: as given, else at present rates."""
    if line.retainage_previous is not None:
        return line.retainage_previous.total
    own = line.work_rate is not None or line.stored_rate is not None
    rate = _own(line, base)[0] if own else now.before
    return line.previous * rate.work + line.stored_previous * rate.stored


def ceiling(cap: Cap | None, original: Decimal, current: Decimal) -> Decimal | None:
    """The most that may be held, in dollars; None without a cap."""
    return None if cap is None else cents(cap.rate * (original if cap.of == "original" else current))


def capped(splits: list[Split], most: Decimal | None) -> list[Split]:
    """Retainage by line under a cap: spread by largest remainder over the lines that hold, then within a line."""
    whole = sum((s.total for s in splits), ZERO)
    if most is None or whole <= most:
        return splits
    weights = [max(s.total, ZERO) for s in splits]
    shares = iter(allocate(most - sum((s.total for s in splits if s.total < 0), ZERO), weights))
    out = []
    for split, share in zip(splits, shares, strict=True):
        if split.total > 0:
            work, stored = allocate(share, [max(split.work, ZERO), max(split.stored, ZERO)])
            out.append(Split(work, stored))
        else:
            out.append(split)
    return out


def release(line: Line, split: Split) -> Split:
    """What stays after this application's release. Raises BrokenIdentity where more is given back than is held."""
    given = line.released
    if not isinstance(given, Split):
        work = split.work if abs(given) > abs(split.work) else given
        given = Split(work, given - work)
    for part, have in ((given.work, split.work), (given.stored, split.stored)):
        if part and (abs(part) > abs(have) or part * have < 0):
            raise BrokenIdentity(
                f"Line {line.item} releases {part:,.2f} of retainage and holds {have:,.2f}. Release no more than is held.",
                field=line.item,
            )
    return Split(split.work - given.work, split.stored - given.stored)
