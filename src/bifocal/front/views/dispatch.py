"""The board of the day: people × hours, both lenses on one line."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from bifocal.core.actor import Actor
from bifocal.core.models import Branch
from bifocal.front.views.frame import branch_of, page
from bifocal.lib.errors import NotFound
from bifocal.service.dispatch.queries import board, columns, late_starts
from bifocal.service.visits.rules import PLANNED

FIRST, LAST = 6, 20  # hours of the day that the board shows
HOURS = LAST - FIRST


@page
def dispatch(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The board of the day: people × hours, both lenses on one line; what is at risk; the tray; the columns."""
    if not actor.sees_all:
        raise NotFound("The board is for the office. Your own visits are under Today.")
    branch = branch_of(request, actor)
    try:
        day = date.fromisoformat(request.GET["day"]) if request.GET.get("day") else timezone.localdate()
    except ValueError:
        day = timezone.localdate()
    found = board(day, branch, actor)
    for row in found["rows"]:
        row["hours"] = round(sum((b["band"].during.upper - b["band"].during.lower).total_seconds() for b in row["bands"]) / 3600, 1)
        for b in row["bands"]:
            b["left"], b["width"] = _in_window(b["left"], b["width"])
    template = "parts/board.html" if request.headers.get("HX-Request") else "pages/dispatch.html"
    return render(request, template, {**found, **_around(day, branch, found), "columns": columns(branch)})


def _around(day: date, branch: Branch, found: dict[str, Any]) -> dict[str, Any]:
    """What stands around the board: branches, days, hours, the line of now."""
    now = timezone.now()
    total = (found["span"].end - found["span"].start).total_seconds()
    gone = (now - found["span"].start).total_seconds() * 100 / total
    at = (gone * 24 / 100 - FIRST) * 100 / HOURS
    return {
        "branch": branch,
        "branches": Branch.objects.order_by("id"),
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "hours": [(h, round((h - FIRST) / HOURS * 100, 2)) for h in range(FIRST, LAST)],
        "now_left": round(at, 2) if 0 <= at <= 100 else None,
        "late": late_starts(branch, day, now),
        "planned": PLANNED,
    }


def _in_window(left: float, width: float) -> tuple[float, float]:
    """Percent of the whole day to percent of the hours that the board shows."""
    start, end = left * 24 / 100, (left + width) * 24 / 100
    first, last = max(start, FIRST), min(end, LAST)
    if last <= first:
        return (0.0, 1.0) if end <= FIRST else (99.0, 1.0)
    return round((first - FIRST) / HOURS * 100, 2), round((last - first) / HOURS * 100, 2)
