"""Outside people act from a link without an account: scoped, expiring, revocable; a GET never acts (decision 9)."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db.models import F

from bifocal.core import refusals
from bifocal.core.actor import Actor, ActorKind
from bifocal.core.models import AccessLink
from bifocal.core.subject import Subject
from bifocal.lib.errors import NotFound


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def make_link(
    *, subject: Subject, purpose: str, rights: list[str], name: str, email: str, now: datetime, days: int = 30
) -> tuple[AccessLink, str]:
    """A new link and its token. The token is told once; only its hash is kept."""
    token = secrets.token_urlsafe(32)
    link = AccessLink.objects.create(
        token_hash=_hash(token), purpose=purpose, subject_kind=subject.kind, subject_uid=subject.uid, rights=rights,
        contact_name=name, contact_email=email, expires_at=now + timedelta(days=days),
    )  # fmt: skip
    return link, token


def open_link(token: str, *, now: datetime) -> AccessLink:
    """The living link of this token. Raises NotFound with the same words for unknown, expired and revoked."""
    link = AccessLink.objects.filter(token_hash=_hash(token)).first()
    if link is None or link.revoked_at is not None or link.expires_at <= now:
        refusals.note(who="link", what="open link", why="unknown" if link is None else "expired or revoked")
        raise NotFound("This link does not work any more. Ask the person who sent it for a new one.")
    return link


def used(link: AccessLink, *, now: datetime) -> None:
    AccessLink.objects.filter(pk=link.pk).update(uses=F("uses") + 1, last_used_at=now)


def actor_of(link: AccessLink) -> Actor:
    """The outside person as an actor: exactly the link's rights, seeing exactly its subject."""
    return Actor(ActorKind.LINK, f"link:{link.uid}", link.contact_name, rights=frozenset(link.rights), link_uid=link.subject_uid)
