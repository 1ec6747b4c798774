"""What a user can put right, as sentences. Mapped to HTTP in one place (`core.http`)."""

from __future__ import annotations

from typing import Any


class DomainError(Exception):
    """Something the user can mend: what happened, where (`field`), and what to do.

    `status` is the HTTP status, `code` a stable word for programs, `extra` goes into the problem document.
    """

    status = 409
    code = "refused"

    def __init__(self, sentence: str, *, field: str = "", **extra: Any) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field
        self.extra = extra


class Refused(DomainError):
    """A rule of the trade or of the books says no."""


class Invalid(DomainError):
    """What was typed can't be read or can't be true."""

    status = 422
    code = "invalid"


class NotAllowed(DomainError):
    """The actor lacks the right."""

    status = 403
    code = "not_allowed"


class NotFound(DomainError):
    """It does not exist, or this actor may not know that it does."""

    status = 404
    code = "not_found"


class StaleVersion(DomainError):
    """Somebody else changed the record first."""

    code = "stale_version"


class CannotMove(DomainError):
    """An illegal move of a state machine."""

    code = "cannot_move"


class PersonIsTaken(DomainError):
    """Two firm plans for one person in the same hours."""

    code = "person_is_taken"


class VehicleIsTaken(DomainError):
    """Two firm plans for one vehicle in the same hours."""

    code = "vehicle_is_taken"


class RequestReused(DomainError):
    """The same idempotency key came with another body."""

    status = 422
    code = "request_reused"
