"""What the holder of a link asks for is done, or refused in words; what they had no right to goes into the access log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from bifocal.core import refusals
from bifocal.core.links import actor_of, used
from bifocal.core.models import AccessLink
from bifocal.lib.errors import DomainError, NotAllowed


def acted(row: AccessLink, context: dict[str, Any], act: Callable[[], str]) -> int:
    """Do what was asked: `act` says what is told then, and the page's context gets it, or the refusal. The answer's HTTP status."""
    try:
        context["said"] = act()
    except DomainError as refusal:
        if isinstance(refusal, NotAllowed):
            refusals.note(who=actor_of(row), what=f"link: {row.purpose}", why=refusal.sentence)
        context["refused"] = refusal.sentence
        return refusal.status
    used(row, now=timezone.now())
    return 200
