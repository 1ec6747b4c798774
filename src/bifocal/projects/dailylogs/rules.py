"""The daily log's states, and the chain that makes a signed one immutable (decision 24)."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal, InvalidOperation
from typing import Any

from bifocal.lib.errors import Invalid
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


def check_manpower(sections: dict[str, Any]) -> None:
    """Workers are whole people and hours are numbers, 24 a day each at most. Raises Invalid."""
    rows = sections.get("manpower")
    for n, row in enumerate(rows if isinstance(rows, list) else [], 1):
        if not isinstance(row, dict):
            continue
        try:
            workers, hours = int(row.get("workers") or 0), Decimal(str(row.get("hours") or 0))
        except (ValueError, InvalidOperation) as bad:
            raise Invalid(f"Crew {n}: people and hours are numbers, like 4 and 32.", field="sections.manpower") from bad
        if workers < 0 or not 0 <= hours <= 24 * max(workers, 1):
            raise Invalid(f"Crew {n}: {workers} people can't have {hours} hours on one day.", field="sections.manpower")


def _crew(row: dict[str, Any]) -> str:
    """'Harbor, HVAC: 4 people, 31.5 h'."""
    who = ", ".join(str(row[k]) for k in ("company", "trade", "cost_code") if row.get(k)) or "Crew"
    workers, hours = row.get("workers"), row.get("hours")
    return f"{who}: {', '.join(p for p in (workers and f'{workers} people', hours and f'{hours} h') if p)}"


def lines_of(value: Any) -> list[str]:
    """A section as lines of text, however it was written: a sentence, rows of a table, a list."""
    if isinstance(value, dict) and value.keys() & {"workers", "hours"}:
        return [_crew(value)]
    if isinstance(value, dict):
        return [" · ".join(f"{k.replace('_', ' ')} {v}" for k, v in value.items() if v not in ("", None))]
    if isinstance(value, list):
        return [line for part in value for line in lines_of(part)]
    return [str(value)] if value not in ("", None) else []


def people_and_hours(sections: dict[str, Any]) -> tuple[int, Decimal]:
    """Workers and hours of the manpower rows; a row of text counts nobody."""
    rows = sections.get("manpower")
    table = [r for r in rows if isinstance(r, dict)] if isinstance(rows, list) else []
    return sum(int(r.get("workers") or 0) for r in table), sum((Decimal(str(r.get("hours") or 0)) for r in table), Decimal(0))
