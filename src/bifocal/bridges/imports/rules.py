"""The states of a batch: what was uploaded, what runs, what was taken back."""

from __future__ import annotations

from enum import StrEnum

from bifocal.lib.errors import CannotMove


class BatchStatus(StrEnum):
    CHECKED = "checked"
    QUEUED = "queued"
    DONE = "done"
    FAILED = "failed"
    UNDONE = "undone"


S = BatchStatus
NEXT: dict[BatchStatus, set[BatchStatus]] = {
    S.CHECKED: {S.QUEUED, S.DONE, S.FAILED},
    S.QUEUED: {S.DONE, S.FAILED},
    S.FAILED: {S.QUEUED, S.DONE},
    S.DONE: {S.UNDONE},
    S.UNDONE: set(),
}
SHOWN = 200  # errors, notes and left-out lines kept with a batch; all are counted


def check_move(at: str, to: BatchStatus, *, number: str) -> None:
    """Refuse an illegal move of a batch. Raises CannotMove with what it is now."""
    if to not in NEXT[BatchStatus(at)]:
        raise CannotMove(f"{number} is {at}; it can't become {to}.")
