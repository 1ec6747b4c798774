"""The board: people and crews × hours of one day, three or seven; both lenses on one line; what waits, what a draft or proposal changes."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from bifocal.core.actor import Actor
from bifocal.core.models import Branch
from bifocal.front.views import board_rows
from bifocal.front.views.frame import branch_of, page
from bifocal.lib.errors import NotFound
from bifocal.service.board.models import Act, Draft, Proposal
from bifocal.service.board.queries import SHOWN, Ground, clashes, draft_of, ground, measured, proposal_of
from bifocal.service.board.trays import trays, without_time
from bifocal.service.dispatch.queries import cards, columns

SPANS = (1, 3, 7)


@page
def dispatch(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The board of one day or more; asked by htmx, only what changes while it is open."""
    if not actor.sees_all:
        raise NotFound("The board is for the office. Your own visits are under Today.")
    branch, day, span = branch_of(request, actor), _day(request), _span(request)
    draft = None if request.GET.get("live") else draft_of(branch, actor)
    found = ground(branch, day, span, actor, draft=draft, only=SHOWN)
    template = "parts/board.html" if request.headers.get("HX-Request") else "pages/dispatch.html"
    shown = {**_board(found, draft, actor), **_frame(found, draft, actor), "live": bool(request.GET.get("live"))}
    seen = set(request.headers.get("X-Board-Rows", "").split())  # rows that the asking page already shows as they are
    return render(request, template, {**shown, "columns": columns(branch), "seen": seen})


def _day(request: HttpRequest) -> date:
    try:
        return date.fromisoformat(request.GET["day"]) if request.GET.get("day") else timezone.localdate()
    except ValueError:
        return timezone.localdate()


def _span(request: HttpRequest) -> int:
    asked = request.GET.get("span", "")
    return int(asked) if asked.isdigit() and int(asked) in SPANS else 1


def _board(found: Ground, draft: Draft | None, actor: Actor) -> dict[str, Any]:
    """Rows, heaps, cards, clashes; what the draft comes to; the proposal."""
    now = timezone.now()
    asked = proposal_of(found.branch, found.first, actor)
    heaps = trays(found.branch, found.first, now, draft=draft)
    return {
        "rows": board_rows.rows(found),
        "hours": board_rows.hours(found.count),
        "days": board_rows.shown_days(found),
        "now_left": board_rows.at(now, found),
        "trays": heaps,
        "waits": any(heap["visits"] for heap in heaps),
        "cards": cards(found.branch),
        "both": clashes(found),
        "roads": found.driving().note,
        "compared": _compared(found, draft, actor) if draft else [],
        "proposal": asked,
        "differences": _differences(asked) if asked else [],
        "compared_proposal": _figures(asked.found["before"], asked.found["after"]) if asked and asked.found else [],
    }


def _frame(found: Ground, draft: Draft | None, actor: Actor) -> dict[str, Any]:
    """What stands around the board."""
    branch, day, step = found.branch, found.first, timedelta(days=found.count)
    return {
        "branch": branch, "branches": Branch.objects.order_by("id"), "day": day, "span": found.count,
        "last": day + step - timedelta(days=1), "before": day - step, "after": day + step, "draft": draft,
        "people": [p for p in found.people if p.dispatchable],
        "spans": [(1, _("Day")), (3, _("3 days")), (7, _("Week"))], "words": json.dumps(_words()),
        "can_undo": Act.objects.filter(actor_key=actor.key, undone_at=None).exists(),
    }  # fmt: skip


def _words() -> dict[str, str]:
    """What the board's script says aloud."""
    return {
        "who": _("Who?"),
        "at": _("{who}, {from} to {to}."),
        "picked": _("{what} is picked. Arrows move it, Enter puts it there, Delete takes it off, Escape leaves it."),
        "saved": _("{what} is with {who} from {from}."),
        "left": _("Left as it was."),
        "off": _("{what} is off the plan."),
        "lost": _("The server can't be reached. Nothing was moved."),
        "chosen": _("{n} chosen"),
        "mapped": _("{visits} visits, {routes} routes"),
        "no_map": _("This browser can't draw the map."),
    }


def _compared(found: Ground, draft: Draft, actor: Actor) -> list[dict[str, Any]]:
    live = measured(ground(found.branch, found.first, found.count, actor, only=SHOWN), without_time(found.branch))
    mine = measured(found, without_time(found.branch, draft))
    return _figures({k: getattr(live, k) for k in _NAMES}, {k: getattr(mine, k) for k in _NAMES})


_NAMES = ("drive", "late", "overtime", "customers_late", "unserved")


def _figures(before: dict[str, int], after: dict[str, int]) -> list[dict[str, Any]]:
    """Both plans side by side, figure by figure: fewer is better in all of them."""
    said = {
        "drive": _("Driving"), "late": _("Late"), "overtime": _("Overtime"), "customers_late": _("Customers late"),
        "unserved": _("Without a time"),
    }  # fmt: skip
    return [
        {"name": said[k], "before": before[k], "after": after[k], "minutes": k in ("drive", "late", "overtime"),
         "better": after[k] < before[k], "worse": after[k] > before[k]}
        for k in _NAMES
    ]  # fmt: skip


def _differences(asked: Proposal) -> list[dict[str, Any]]:
    """The proposal's lines with times as times."""
    told = []
    for line in asked.found.get("lines", []):
        times = {k: datetime.fromisoformat(line[k]) for k in ("start", "end", "from_start", "window_start", "window_end") if line.get(k)}
        told.append({**line, "from_start": None, "window_start": None, **times})
    return sorted(told, key=lambda li: (li["to_person"], li["start"]))
