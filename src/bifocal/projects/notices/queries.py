"""Who would be told what: every crew's foreman and every follower whose dates moved by more than some days since they last heard."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bifocal.projects.notices.models import Follower, Heard
from bifocal.projects.schedule.board import Board


@dataclass
class Letter:
    """One address with what moved for it."""

    name: str
    email: str
    moves: list[dict[str, Any]] = field(default_factory=list)


def due(board: Board, more_than: int) -> list[Letter]:
    """The letters that are due: start or finish moved by more than `more_than` days; who never heard a date hears it now."""
    heard = {(h.activity_id, h.email): h for h in Heard.objects.filter(activity__job=board.job)}
    letters: dict[str, Letter] = {}
    for pk, name, email in _who(board):
        row = board.by_pk[pk]
        key = board.keys.get(pk)
        if key is None or board.acts[key].actual_finish is not None:
            continue
        first, last = board.days(row)
        was = heard.get((pk, email))
        if was and max(abs((first - was.first).days), abs((last - was.last).days)) <= more_than:
            continue
        move = {"code": row.code, "name": row.name, "was": [str(was.first), str(was.last)] if was else None, "now": [str(first), str(last)]}
        letters.setdefault(email, Letter(name, email)).moves.append(move)
    return list(letters.values())


def _who(board: Board) -> list[tuple[int, str, str]]:
    """Activity, name and address of everybody who must know, each once an activity."""
    followers = Follower.objects.filter(activity__job=board.job).order_by("id")
    found = {(f.activity_id, f.email.lower()): f.name for f in followers}
    for row in board.rows:
        if row.crew is not None and row.crew.foreman.email:
            found.setdefault((row.pk, row.crew.foreman.email.lower()), row.crew.foreman.name)
    return [(pk, name, email) for (pk, email), name in found.items()]


def plain(day: str) -> str:
    """'2026-03-14' as 'Sat 14 Mar'."""
    at = date.fromisoformat(day)
    return f"{at:%a} {at.day} {at:%b}"
