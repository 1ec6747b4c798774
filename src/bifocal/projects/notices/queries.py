"""Who would be told what: every crew's foreman and every follower whose dates moved by more than some days since they last heard."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bifocal.kernel.jobs.models import Job
from bifocal.kernel.people.models import Crew
from bifocal.projects.notices.models import Follower, Heard
from bifocal.projects.schedule.board import Board
from bifocal.projects.schedule.models import Activity


@dataclass
class Letter:
    """One address with what moved for it."""

    name: str
    email: str
    moves: list[dict[str, Any]] = field(default_factory=list)


def due(board: Board, more_than: int, *, first_time: bool = True) -> list[Letter]:
    """The letters that are due: start or finish moved by more than `more_than` days; who never heard a date hears it now (`first_time`)."""
    heard = {(h.activity_id, h.email): h for h in Heard.objects.filter(activity__job=board.job)}
    letters: dict[str, Letter] = {}
    for pk, name, email in who_follows(board.job, board.rows):
        row = board.by_pk[pk]
        key = board.keys.get(pk)
        if key is None or board.acts[key].actual_finish is not None:
            continue
        first, last = board.days(row)
        was = heard.get((pk, email))
        if was and max(abs((first - was.first).days), abs((last - was.last).days)) <= more_than:
            continue
        if was is None and not first_time:
            continue
        move = {"code": row.code, "name": row.name, "was": [str(was.first), str(was.last)] if was else None, "now": [str(first), str(last)]}
        letters.setdefault(email, Letter(name, email)).moves.append(move)
    return list(letters.values())


def who_follows(job: Job, rows: Iterable[Activity]) -> list[tuple[int, str, str]]:
    """Activity, name and address of everybody who must know these activities' dates, each once an activity."""
    followers = Follower.objects.filter(activity__job=job).order_by("id")
    wanted = {row.pk: row.crew_id for row in rows}
    found = {(f.activity_id, f.email.lower()): f.name for f in followers if f.activity_id in wanted}
    foremen = {c.pk: c.foreman for c in Crew.objects.select_related("foreman").filter(pk__in={c for c in wanted.values() if c})}
    for pk, crew in wanted.items():
        if crew and foremen[crew].email:
            found.setdefault((pk, foremen[crew].email.lower()), foremen[crew].name)
    return [(pk, name, email) for (pk, email), name in found.items()]


def plain(day: str) -> str:
    """'2026-03-14' as 'Sat 14 Mar'."""
    at = date.fromisoformat(day)
    return f"{at:%a} {at.day} {at:%b}"
