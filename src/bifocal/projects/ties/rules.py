"""Inspections that hold an activity, and what a submittal's dates are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum

DESIGN, INTERNAL = 14, 5  # days of review where a submittal says nothing else


class Result(StrEnum):
    """How an inspection went."""

    PASSED = "passed"
    FAILED = "failed"


def failed(judged: Iterable[tuple[str, str]]) -> list[str]:
    """The inspections that stand as failed: of each name, in the order in which they were judged, the last one decides."""
    last = {name: result for name, result in judged if result}
    return [name for name, result in last.items() if result == Result.FAILED]


def review_days(kept: Mapping[str, str | int]) -> tuple[int, int, int]:
    """Lead, design and internal days that a submittal was planned with, read back from its dates."""
    lead = int(kept.get("lead_days", 0))
    if not all(kept.get(k) for k in ("planned_return", "internal_complete", "submit_by")):
        return lead, DESIGN, INTERNAL
    back, inner, by = (date.fromisoformat(str(kept[k])) for k in ("planned_return", "internal_complete", "submit_by"))
    return lead, (back - inner).days, (inner - by).days
