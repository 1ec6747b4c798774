"""Dates that moved, told at one place: every way that moves dates compares the days before with the days now and records it once."""

from __future__ import annotations

from bifocal.core.actor import Actor
from bifocal.core.commands import Call
from bifocal.core.facts import record
from bifocal.projects.schedule.board import Board
from bifocal.projects.schedule.crews import Days
from bifocal.projects.schedule.facts import DatesMoved


def tell_moves(board: Board, before: Days, *, actor: Actor, call: Call) -> int:
    """Record the activities whose days are others than in `before` (by key); returns how many. Groups and new rows are left out."""
    moved = {
        str(r.uid): [*map(str, before[r.pk]), *map(str, board.days(r))]
        for r in board.rows
        if r.pk in before and r.pk not in board.groups and before[r.pk] != board.days(r)
    }
    if moved:
        record(DatesMoved(activities=moved), about=board.job, actor=actor, call=call)
    return len(moved)
