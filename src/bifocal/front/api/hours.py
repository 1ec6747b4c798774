"""Reads of hours: when a branch serves customers, when somebody works."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest

from bifocal.core.policy import require
from bifocal.front.api import actor_of
from bifocal.front.api.boards import branch_named
from bifocal.front.api.queries import get
from bifocal.kernel.people.models import Person
from bifocal.service.hours.queries import hours_of
from bifocal.service.hours.rules import Span, Week


def _pair(span: Span) -> dict[str, str]:
    return {"starts": f"{span[0]:%H:%M}", "ends": f"{span[1]:%H:%M}"}


def week(found: Week) -> list[dict[str, Any]]:
    """A week as the commands take it: weekdays with hours, Monday is 0."""
    return [{"weekday": n, **_pair(span)} for n, span in sorted(found.items())]


def hours_told(code: str) -> dict[str, Any]:
    """A branch's hours as branch.set_hours takes them, with its clock. Raises NotFound."""
    branch = branch_named(code)
    found = hours_of(branch)
    return {"branch": branch.code, "tz": branch.tz, "days": week(found.week), "windows": [_pair(w) for w in sorted(found.windows)]}


@get("/hours", "hours", "When a branch serves customers, by weekday (Monday is 0), and the arrival windows they are offered")
def hours(request: HttpRequest, branch: str = "") -> Any:
    require(actor_of(request), "read")
    return hours_told(branch)


@get("/people/{uid}/hours", "person_hours", "When somebody works, by weekday; `own` is false where it is the company's usual week")
def person_hours(request: HttpRequest, uid: UUID) -> Any:
    row: Person = Person.objects.select_related("branch").find(uid, actor_of(request))
    found = hours_of(row.branch, [row])
    return {"person": row.uid, "own": row.pk in found.people, "days": week(found.week_of(row.pk))}
