"""From the mix to the recommendation, with its reasons."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from bifocal.engines.workmix.mix import Mix, Shares, Sides
from bifocal.engines.workmix.work import Rule, Shape
from bifocal.lib.errors import Invalid

SIGNS = (
    "Workarounds: a spreadsheet beside the system for the smaller side's schedule, changes or dispatch.",
    "Double entry: a customer, an address or hours typed a second time.",
    "Missed information: a change nobody billed, a call nobody returned, a part nobody costed.",
)
WORK = {Shape.SERVICE: "Service work", Shape.PROJECT: "Project work"}
LENS = {Shape.SERVICE: "service", Shape.PROJECT: "projects"}


class Recommendation(StrEnum):
    """Which lens to run."""

    SERVICE = "service"
    PROJECTS = "projects"
    BOTH = "both"
    WATCH = "watch"


@dataclass(frozen=True)
class Advice:
    """The recommendation, which side is the smaller, its share and by what it was taken, and every reason as a sentence."""

    recommendation: Recommendation
    dominant: Shape
    smaller: Shape
    share: Fraction
    by: str
    reasons: tuple[str, ...]
    signs: tuple[str, ...] = ()
    trend: str = ""


def other(shape: Shape) -> Shape:
    """The other of the two."""
    return Shape.PROJECT if shape is Shape.SERVICE else Shape.SERVICE


def percent(share: Fraction, rule: Rule) -> str:
    """'24.96%': one decimal, or as many as keep it on its side of every threshold."""
    edges = [Fraction(e) for e in (rule.small, rule.contractor, rule.both)]
    for digits in range(1, 9):
        shown = Fraction(f"{float(share) * 100:.{digits}f}") / 100
        if all((shown > e) == (share > e) and (shown < e) == (share < e) for e in edges):
            break
    return f"{float(share) * 100:.{digits}f}%"


def deciding(sides: Sides, shares: Shares, rule: Rule) -> dict[str, Fraction]:
    """Service's share by each figure that may decide: revenue and hours where known enough of each side; count only without both."""
    usable: dict[str, Fraction] = {}
    partly: dict[str, Fraction] = {}
    for name, share in (("revenue", shares.revenue), ("hours", shares.hours)):
        if share is not None:
            partly[name] = share
            if all(_covered(sides, shape, name, rule) for shape in Shape):
                usable[name] = share
    return usable or partly or {"count": shares.count}


def _covered(sides: Sides, shape: Shape, name: str, rule: Rule) -> bool:
    tally = sides.of(shape)
    return tally.count == 0 or Fraction(getattr(tally, f"{name}_known"), tally.count) >= Fraction(rule.coverage)


def advise(mix: Mix, rule: Rule) -> Advice:
    """What to run and why. Raises Invalid where nothing is finished."""
    if not mix.sides.count:
        raise Invalid("There is no finished work to judge by.", field="file")
    shares = mix.sides.shares()
    by = deciding(mix.sides, shares, rule)
    lead = next(iter(by.values()))
    dominant = Shape.SERVICE if lead >= Fraction(1, 2) else Shape.PROJECT
    smaller = other(dominant)
    small = {name: _share(share, smaller) for name, share in by.items()}
    name = max(small, key=lambda key: small[key])
    share = small[name]
    differs, why = _differs(mix, rule)
    chosen, sentence = decide(share, small.get("revenue", share), dominant, differs, rule)
    told = why if rule.general_contractor else _if_contractor(small.get("revenue"), differs, why, rule)
    trend = _trend(mix, name, smaller, rule)
    reasons = [r for r in (*_figures(mix, small, smaller, name, rule), sentence, told, trend) if r]
    signs = SIGNS if chosen is Recommendation.WATCH else ()
    return Advice(chosen, dominant, smaller, share, name, tuple(reasons), signs, trend)


def _if_contractor(revenue: Fraction | None, differs: bool, why: str, rule: Rule) -> str:
    """What a general contractor would be told, where the share of revenue lies in the band that concerns them alone."""
    if revenue is None or not Fraction(rule.contractor) <= revenue < Fraction(rule.both):
        return ""
    if not differs:
        return f"A general contractor would watch it as well. {why}"
    return f"A general contractor would run both at {percent(revenue, rule)} of revenue. {why}"


def _share(service: Fraction, of: Shape) -> Fraction:
    return service if of is Shape.SERVICE else 1 - service


def decide(share: Fraction, revenue: Fraction, dominant: Shape, differs: bool, rule: Rule) -> tuple[Recommendation, str]:
    """The three bands, and the general contractor's rule (20% of revenue, and only a pattern that really differs)."""
    said, lens = percent(share, rule), LENS[dominant]
    small, both, contractor = (f"{e * 100:f}".rstrip("0").rstrip(".") + "%" for e in (rule.small, rule.both, rule.contractor))
    if share <= Fraction(rule.small):
        return Recommendation(lens), f"{said} is not more than {small}: run the {lens} lens and keep the other side simple inside it."
    if not rule.general_contractor:
        if share >= Fraction(rule.both):
            return Recommendation.BOTH, f"{said} is {both} or more: run both lenses, on one record."
        return Recommendation.WATCH, f"{said} lies between {small} and {both}: watch it; the friction on the smaller side decides."
    if share < Fraction(rule.both) and revenue < Fraction(rule.contractor):
        return Recommendation.WATCH, f"{said} is below {contractor} of revenue, where a general contractor needs both: watch it."
    if not differs:
        return Recommendation.WATCH, (
            f"{said} would be enough for a general contractor, but the smaller side's work runs like the rest of it: watch it."
        )
    return Recommendation.BOTH, f"A general contractor needs both lenses at {contractor} of revenue: it is {percent(revenue, rule)}."


def _figures(mix: Mix, small: dict[str, Fraction], smaller: Shape, name: str, rule: Rule) -> list[str]:
    count = _share(mix.sides.shares().count, smaller)
    if name == "count":
        return [
            f"Neither revenue nor hours are known, so only the count can speak: {WORK[smaller].lower()} is {percent(count, rule)} of"
            " the pieces. By count alone many small calls hide a few large projects; add a column of either and assess again."
        ]
    said = " and ".join(f"{percent(share, rule)} of {key}" for key, share in small.items())
    larger = f"; the larger of the two counts, {percent(small[name], rule)}" if len(small) > 1 else ""
    side = "smaller side" if small[name] <= Fraction(1, 2) else f"smaller side by {next(iter(small))}, though not by {name}"
    figures = [f"{WORK[smaller]} is the {side}: {said}{larger} (by count it would be {percent(count, rule)})."]
    for key, known in (("revenue", mix.sides.shares().revenue), ("hours", mix.sides.shares().hours)):
        if known is not None and key not in small:
            figures.append(f"Share by {key} is shown but does not decide: it is known for less than half of one side.")
        elif known is not None and not all(_covered(mix.sides, s, key, rule) for s in Shape):
            figures.append(f"The {key} behind it are known for less than half of one side: take the share as an estimate.")
    return figures


def _differs(mix: Mix, rule: Rule) -> tuple[bool, str]:
    """Does the smaller side's pattern really differ: typical days, visits or hours at least `pattern` times apart."""
    a, b = mix.typical[Shape.SERVICE], mix.typical[Shape.PROJECT]
    for name in ("days", "visits", "hours"):
        low, high = sorted((Decimal(getattr(a, name) or 0), Decimal(getattr(b, name) or 0)))
        if low and high / low >= rule.pattern:
            return True, f"The pattern differs: a typical project has {getattr(b, name)} {name}, typical service work {getattr(a, name)}."
    return False, f"The pattern does not differ: typical days, visits and hours are less than {rule.pattern:f} times apart."


def _trend(mix: Mix, by: str, smaller: Shape, rule: Rule) -> str:
    """The later half of the quarters against the earlier one (at most four each), in a sentence; '' where there are fewer than four."""
    found = list(mix.quarters.items())
    half = min(4, len(found) // 2)
    if half < 2:
        return ""
    before, after = (_over([sides for _, sides in part], by) for part in (found[-2 * half : -half], found[-half:]))
    if before is None or after is None:
        return ""
    was, is_ = _share(before, smaller), _share(after, smaller)
    moved = "rose" if is_ - was > Fraction(2, 100) else "fell" if was - is_ > Fraction(2, 100) else "held"
    return (
        f"{WORK[smaller]}'s share of {by} {moved}: {percent(was, rule)} in the {half} quarters before, {percent(is_, rule)} in the last"
        f" {half} (to {found[-1][0]})."
    )


def _over(parts: list[Sides], by: str) -> Fraction | None:
    total = Sides()
    for part in parts:
        for shape in Shape:
            into, add = total.of(shape), part.of(shape)
            into.count, into.hours, into.revenue = into.count + add.count, into.hours + add.hours, into.revenue + add.revenue
    found: Fraction | None = getattr(total.shares(), by)
    return found
