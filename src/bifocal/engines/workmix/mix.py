"""The shares of both shapes, how long work takes, and how the shares move by quarter. Exact: sums are Decimal, shares fractions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple, TypeVar

from bifocal.engines.workmix.work import Piece, Rule, Shape
from bifocal.engines.workmix.work import judged as shape_of

N = TypeVar("N", int, Decimal)
ZERO = Decimal(0)
# Working days, first to last of each class. The last one has no end.
CLASSES: tuple[tuple[str, int, int | None], ...] = (
    ("one day", 1, 1), ("2 to 5 days", 2, 5), ("6 to 14 days", 6, 14), ("15 to 30 days", 15, 30),
    ("31 to 65 days", 31, 65), ("66 to 130 days", 66, 130), ("over half a year", 131, None),
)  # fmt: skip


@dataclass
class Tally:
    """The sums of one shape: pieces, hours, revenue, and on how many pieces each was known."""

    count: int = 0
    hours: Decimal = ZERO
    revenue: Decimal = ZERO
    hours_known: int = 0
    revenue_known: int = 0

    def add(self, piece: Piece) -> None:
        """Count one piece."""
        self.count += 1
        if piece.hours is not None:
            self.hours += piece.hours
            self.hours_known += 1
        if piece.value is not None:
            self.revenue += piece.value
            self.revenue_known += 1


@dataclass(frozen=True)
class Shares:
    """The share of job-shaped (service) work, exact; None where it is not known."""

    count: Fraction
    hours: Fraction | None
    revenue: Fraction | None


@dataclass
class Sides:
    """Both shapes side by side."""

    service: Tally = field(default_factory=Tally)
    project: Tally = field(default_factory=Tally)

    def of(self, shape: Shape) -> Tally:
        """The tally of a shape."""
        return self.service if shape is Shape.SERVICE else self.project

    @property
    def count(self) -> int:
        """All pieces."""
        return self.service.count + self.project.count

    def shares(self) -> Shares:
        """Shares of service by count, hours and revenue."""
        hours, revenue = self.service.hours + self.project.hours, self.service.revenue + self.project.revenue
        return Shares(
            Fraction(self.service.count, self.count) if self.count else Fraction(0),
            Fraction(self.service.hours) / Fraction(hours) if hours else None,
            Fraction(self.service.revenue) / Fraction(revenue) if revenue else None,
        )


@dataclass(frozen=True)
class Typical:
    """A shape's typical piece: medians, None where not known."""

    days: int | None
    visits: int | None
    hours: Decimal | None
    value: Decimal | None


class Judged(NamedTuple):
    """A piece with its shape, the reason, and how many working days it took."""

    piece: Piece
    shape: Shape
    because: str
    took: int | None


@dataclass(frozen=True)
class Mix:
    """Everything that the figures are: what was judged, sums, quarters, durations, typical work, customers of both shapes."""

    judged: list[Judged]
    open: int
    unknown: list[int]
    sides: Sides
    quarters: dict[str, Sides]
    durations: dict[str, Sides]
    days: list[int]
    typical: dict[Shape, Typical]
    kinds: dict[str, Sides]
    customers: int
    customers_of_both: int


@lru_cache(maxsize=10_000)
def quarter(day: date) -> str:
    """'2025-Q3'."""
    return f"{day.year}-Q{(day.month + 2) // 3}"


@lru_cache(maxsize=10_000)
def class_of(days: int) -> str:
    """The class of a duration in working days."""
    return next(name for name, low, high in CLASSES if days >= low and (high is None or days <= high))


def mix(pieces: Iterable[Piece], rule: Rule) -> Mix:
    """Judge every finished piece and add up. Pieces of which nothing is known are listed by line, never guessed."""
    judged: list[Judged] = []
    unknown: list[int] = []
    still_open = 0
    for piece in pieces:
        if not piece.finished_work:
            still_open += 1
            continue
        took = piece.took
        found = shape_of(piece, took, rule)
        if found is None:
            unknown.append(piece.line)
        else:
            judged.append(Judged(piece, *found, took))
    quarters = _by(judged, [quarter(r.piece.when) if r.piece.when else "" for r in judged])
    durations = _by(judged, [class_of(r.took) if r.took else "" for r in judged])
    kinds = _by(judged, [r.piece.kind for r in judged])
    customers, of_both = _customers(judged)
    return Mix(
        judged, still_open, unknown, _by(judged, ["all"] * len(judged)).get("all", Sides()), dict(sorted(quarters.items())),
        {name: durations.get(name, Sides()) for name, _, _ in CLASSES}, sorted(r.took for r in judged if r.took is not None),
        {shape: _typical([r for r in judged if r.shape is shape]) for shape in Shape}, kinds, customers, of_both,
    )  # fmt: skip


def _by(judged: list[Judged], keys: list[str]) -> dict[str, Sides]:
    """Tallies of both shapes by a key per row; an empty key is left out."""
    found: dict[str, Sides] = {}
    for row, key in zip(judged, keys, strict=True):
        if key:
            found.setdefault(key, Sides()).of(row.shape).add(row.piece)
    return found


def _customers(judged: list[Judged]) -> tuple[int, int]:
    of = {s: {r.piece.customer.casefold() for r in judged if r.shape is s and r.piece.customer} for s in Shape}
    return len(of[Shape.SERVICE] | of[Shape.PROJECT]), len(of[Shape.SERVICE] & of[Shape.PROJECT])


def _typical(rows: list[Judged]) -> Typical:
    pieces = [r.piece for r in rows]
    return Typical(
        median([r.took for r in rows if r.took is not None]),
        median([p.visits for p in pieces if p.visits is not None]),
        median([p.hours for p in pieces if p.hours is not None]),
        median([p.value for p in pieces if p.value is not None]),
    )


def median(values: list[N]) -> N | None:
    """The middle value (the lower of two): always one that stood in the file."""
    return percentile(sorted(values), 50) if values else None


def percentile(ordered: list[N], percent: int) -> N | None:
    """The value at or below which `percent` of them lie (nearest rank)."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)] if ordered else None
