"""Reads of dispatching ahead: windows to offer."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from bifocal.core.models import Branch
from bifocal.core.policy import require
from bifocal.front.api import actor_of
from bifocal.front.api.queries import get
from bifocal.kernel.jobs.models import JobType
from bifocal.kernel.parties.models import Site
from bifocal.lib.errors import NotFound
from bifocal.service.dispatch.offering import Choice, best_windows, need_of


def branch_named(code: str) -> Branch:
    """The branch with this code, else the first. Raises NotFound."""
    found = Branch.objects.filter(code=code).first() if code else Branch.objects.order_by("id").first()
    if found is None:
        raise NotFound(f"There is no branch '{code}'.")
    return found


def told(c: Choice, *, cost: bool) -> dict[str, Any]:
    """An offered window as JSON says it; cents only for who may see cost."""
    who = {"person": c.person.uid, "name": c.person.name}
    adds = {"drive_minutes": c.drive, "overtime_minutes": c.overtime, **({"cents": c.cents} if cost else {})}
    return {"window_start": c.window.start, "window_end": c.window.end, "start": c.start, **who, **adds, "offer": c.token}


@get("/windows", "windows", "Arrival windows to offer a caller, cheapest first, with what each adds; call.book takes up an `offer`")
def windows(
    request: HttpRequest, job_type: str = "", site: UUID | None = None, branch: str = "", first: date | None = None, days: int = 3,
    count: int = 8,
) -> Any:  # fmt: skip
    actor = actor_of(request)
    require(actor, "call.book")
    kind = JobType.objects.filter(code=job_type).first() if job_type else JobType.objects.order_by("name").first()
    if kind is None:
        raise NotFound(f"There is no job type '{job_type}'.")
    where = Site.objects.find(site, actor) if site else None
    found = best_windows(
        need_of(kind, where), branch_named(branch), datetime.now(UTC), first=first, days=days, count=max(1, min(count, 50))
    )
    return [told(c, cost=actor.can("cost.see")) for c in found]
