"""Reads of planning: who fits before the drop, the board on a map, a proposal."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from bifocal.core.days import accounting_day
from bifocal.core.policy import require
from bifocal.front.api import actor_of
from bifocal.front.api.boards import branch_named
from bifocal.front.api.queries import get
from bifocal.front.fit_words import say_all
from bifocal.front.views.tiles import tiles
from bifocal.lib.errors import Invalid
from bifocal.service.board.fits import fits
from bifocal.service.board.models import Proposal
from bifocal.service.board.places import places
from bifocal.service.board.queries import draft_of, ground
from bifocal.service.board.trays import without_time
from bifocal.service.visits.models import Visit


@get("/visits/{uid}/fit", "visit_fit", "Before the drop: what speaks for and against each row at a time, in words")
def fit(request: HttpRequest, uid: UUID, start: datetime | None = None, end: datetime | None = None, draft: bool = False) -> Any:
    actor = actor_of(request)
    require(actor, "visit.schedule")
    if any(t is not None and t.tzinfo is None for t in (start, end)) or (start and end and end <= start):
        raise Invalid("Give start and end with their zones, the end after the start.", field="start")
    row: Visit = Visit.objects.visible_to(actor).select_related("job__branch").find(uid, actor)
    branch = row.job.branch
    rows = fits(uid, actor, start=start, end=end, draft=draft_of(branch, actor) if draft else None)
    return {
        "rows": [
            {
                "kind": f.kind, "uid": f.uid, "name": f.name, "fits": not f.no, "no": say_all(f.no, branch.tz) if f.no else "",
                "mind": say_all(f.mind, branch.tz) if f.mind else "", "codes": [r.code for r in (*f.no, *f.mind)],
            }
            for f in rows
        ]
    }  # fmt: skip


@get("/board/map", "board_map", "The board of a day on a map: routes, visits, where everybody was seen last")
def board_map(request: HttpRequest, day: date | None = None, branch: str = "", draft: bool = False) -> Any:
    actor, where = actor_of(request), branch_named(branch)
    require(actor, "visit.dispatch")
    mine = draft_of(where, actor) if draft else None
    found = ground(where, day or accounting_day(datetime.now(UTC), where), 1, actor, draft=mine)
    return {**places(found, without_time(where, mine)), "tiles": tiles()}


@get(
    "/proposals/{uid}",
    "proposal",
    "What the optimiser would change: lines to accept, what stays without a time and why, both plans in figures",
)
def proposal(request: HttpRequest, uid: UUID) -> Any:
    actor = actor_of(request)
    require(actor, "visit.schedule")
    row: Proposal = Proposal.objects.find(uid, actor)
    return {**row.answer(), "day": row.day, "scope": row.scope, "sentence": row.sentence, **row.found}
