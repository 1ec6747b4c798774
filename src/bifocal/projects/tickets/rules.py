"""A ticket's states, and what its signature covers: who worked how long and what was used, never the prices."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from bifocal.lib.errors import Invalid
from bifocal.projects.register.rules import Ball

NEXT: dict[str, set[str]] = {
    "draft": {"open"},
    "open": {"signed", "refused", "void"},
    "signed": {"attached", "void"},
    "refused": {"attached", "void"},
    "attached": set(),
    "void": set(),
}
BALL = {
    "open": Ball.CREATOR, "signed": Ball.MANAGER, "refused": Ball.MANAGER, "attached": Ball.NOBODY, "void": Ball.NOBODY,
}  # fmt: skip
SETTLED = ("signed", "refused", "attached")
DAY = Decimal(24)


@dataclass(frozen=True, slots=True)
class Used:
    """One line: who or what, how much, how much of it overtime's."""

    sort: str
    name: str
    quantity: Decimal
    overtime: Decimal
    unit: str


def check_lines(lines: Sequence[Used]) -> None:
    """A ticket says something: somebody worked, something was used. Raises Invalid."""
    if not lines:
        raise Invalid("Write who worked, what was used or which machine ran.", field="labor")
    empty = next((li for li in lines if li.quantity <= 0 and li.overtime <= 0), None)
    if empty is not None:
        raise Invalid(f"{empty.name}: how much?", field="lines")


def check_day(person: str, hours: Decimal, field: str = "lines") -> None:
    """Nobody works more than a day has. Raises Invalid."""
    if hours > DAY:
        raise Invalid(f"{person} would work {hours.normalize():f} hours on one day.", field=field)


def content_hash(
    *, job: str, number: str, day: date, text: str, lines: Sequence[Used], photos: Sequence[str], name: str, at: datetime
) -> str:
    """SHA-256 over canonical JSON of what was signed: the same ticket always gives the same hash."""
    body = {
        "job": job, "number": number, "day": day.isoformat(), "text": text, "photos": sorted(photos), "signed_by": name,
        "at": at.isoformat(),
        "lines": [[li.sort, li.name, _plain(li.quantity), _plain(li.overtime), li.unit] for li in lines],
    }  # fmt: skip
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def _plain(value: Decimal) -> str:
    return f"{value.quantize(Decimal('0.01')):f}"


def late(day: date, signed_on: date) -> bool:
    """Signed on another day than the work was done: it counts, and says so."""
    return signed_on > day
