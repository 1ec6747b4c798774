"""The envelope of a command: asked once, when it happened, what the caller had seen (decision 2)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from bifocal.core.models import Expects
from bifocal.lib.ids import uuid7

NOBODY = UUID(int=0)


@dataclass(frozen=True)
class Call(Expects):
    """The envelope: who asked once, when it happened, what they had seen."""

    request_id: UUID = NOBODY
    occurred_at: datetime = datetime.min
    device_id: str = ""
    device_seq: int | None = None
    clock_offset_ms: int = 0

    @classmethod
    def new(cls, **values: Any) -> Call:
        """A fresh envelope: happening now, unless told otherwise."""
        return cls(**{"request_id": uuid7(), "occurred_at": datetime.now(UTC), **values})

    def inner(self) -> Call:
        """For commands called down: the same request, no version expected of them."""
        return replace(self, expected_version=None)
