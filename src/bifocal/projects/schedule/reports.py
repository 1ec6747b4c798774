"""What a schedule is asked about: why a date, is it sound, what is it worth, how sure is it."""

from __future__ import annotations

from typing import Any

from bifocal.engines.cpm.why import why
from bifocal.lib.errors import NotFound
from bifocal.projects.schedule.board import Board


def reasons(board: Board, code: str = "") -> list[dict[str, Any]]:
    """Why the dates of one activity (by its id) are what they are; without an id, of those on the critical path."""
    keys = [key for key, row in board.by_key.items() if row.code == code] if code else list(board.result.critical_path)[:50]
    if code and not keys:
        raise NotFound(f"There is no activity {code} in this schedule.", field="activity")
    return [
        {"activity": board.by_key[key].code, "date": w.date, "at": w.at, "rule": w.rule, "sentence": w.sentence,
         "link": board.by_key[w.link.before].code if w.link and w.link.before in board.by_key else None}
        for key in keys for w in why(board.network, board.result, key)
    ]  # fmt: skip
