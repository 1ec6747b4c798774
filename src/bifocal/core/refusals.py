"""The access log: what was refused, to whom, in a transaction of its own (decision 9). Shown on the set-up page, kept a year."""

from __future__ import annotations

from django.db import transaction

from bifocal.core.actor import Actor
from bifocal.core.models import Refusal


def note(*, who: Actor | str, what: str, why: str) -> None:
    """Keep one refusal. `who` is an actor, or what a stranger called itself."""
    key = who.key if isinstance(who, Actor) else who
    with transaction.atomic():
        Refusal.objects.create(actor_key=key[:80], what=what[:120], why=why[:500])
