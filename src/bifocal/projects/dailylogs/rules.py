"""The daily log's states, and the chain that makes a signed one immutable (decision 24)."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from bifocal.projects.register.rules import Ball

NEXT: dict[str, set[str]] = {"open": {"signed"}, "signed": {"signed"}}
BALL = {"open": Ball.CREATOR, "signed": Ball.NOBODY}
SECTIONS = ("weather", "manpower", "work", "deliveries", "visitors", "delays", "inspections", "safety")


def canonical(content: dict[str, Any]) -> bytes:
    """The one way a log's content is written for hashing: sorted keys, no spaces, UTF-8."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def chain_hash(content: dict[str, Any], previous: str, seq: int) -> str:
    """SHA-256 over the content with the hash before it and its place in the chain."""
    return hashlib.sha256(canonical({"content": content, "prev": previous, "seq": seq})).hexdigest()


def missing_sections(sections: dict[str, Any]) -> list[str]:
    """Sections that say nothing: 'none' must be said too."""
    return [s for s in ("weather", "manpower", "work", "visitors", "delays") if not sections.get(s)]
