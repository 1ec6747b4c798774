"""What the rules may know of the mechanics: plain data, no Django."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Subject:
    """What a fact, file, message or task is about: one reference type for all (decision 6)."""

    kind: str
    uid: UUID
