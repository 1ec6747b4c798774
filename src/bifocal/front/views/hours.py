"""Service hours of a branch and shifts of people, as their forms show them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time
from typing import Any

from django.utils.dates import WEEKDAYS

from bifocal.core.models import Branch
from bifocal.kernel.people.models import Person
from bifocal.lib.periods import clock
from bifocal.service.hours.models import OpenDay
from bifocal.service.hours.queries import hours_of
from bifocal.service.hours.rules import Week, grouped

SPARE = 2  # empty rows for more windows


def _rows(week: Week) -> list[dict[str, Any]]:
    return [{"weekday": n, "name": name, "starts": _typed(week, n, 0), "ends": _typed(week, n, 1)} for n, name in sorted(WEEKDAYS.items())]


def _typed(week: Week, weekday: int, end: int) -> str:
    return f"{week[weekday][end]:%H:%M}" if weekday in week else ""


def week_lines(week: Week) -> list[tuple[str, str]]:
    """A week to read: days with the same hours together, and their hours."""
    days = ((str(WEEKDAYS[a]), str(WEEKDAYS[b]), span) for a, b, span in grouped(week))
    return [(first if first == last else f"{first} – {last}", f"{clock(a)} – {clock(b)}") for first, last, (a, b) in days]


def hours_form(branch: Branch) -> dict[str, Any]:
    """A branch's week with what it comes to: by weekday the windows that are offered, and how many of its people have a shift."""
    people = list(Person.objects.filter(branch=branch, active=True, dispatchable=True))
    hours = hours_of(branch, people)
    rows = _rows(hours.week)
    for row in rows:
        span = hours.week.get(row["weekday"])
        row["windows"] = sum(span[0] <= a and b <= span[1] for a, b in hours.windows) if span else 0
        row["people"] = sum(row["weekday"] in hours.week_of(p.pk) for p in people)
    windows: Iterable[tuple[time, time]] = sorted(hours.windows)
    return {
        "branch": branch, "days": rows, "lines": week_lines(hours.week),
        "is_set": OpenDay.objects.filter(branch=branch).exists(), "everybody": len(people),
        "windows": [*((f"{a:%H:%M}", f"{b:%H:%M}") for a, b in windows), *[("", "")] * SPARE],
    }  # fmt: skip


def shifts_form(person: Person) -> dict[str, Any]:
    """Somebody's week, whether it is their own, and when their branch serves customers."""
    hours = hours_of(person.branch, [person])
    return {"days": _rows(hours.week_of(person.pk)), "own": person.pk in hours.people, "lines": week_lines(hours.week_of(person.pk))}
