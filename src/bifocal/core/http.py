"""HTTP in one place: who is asking, and how a refusal is told (problem+json, RFC 9457)."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, JsonResponse

from bifocal.core import links, policy, refusals
from bifocal.core.actor import Actor, ActorKind
from bifocal.core.commands import Call
from bifocal.core.models import ApiToken, User
from bifocal.lib.errors import DomainError, Invalid, NotAllowed
from bifocal.lib.ids import uuid7


def actor_of_user(user: User, *, kind: ActorKind = ActorKind.USER) -> Actor:
    """The actor behind a sign-in; field people are found through their person row."""
    return _actor(kind, user.uid, user.name, user.roles, getattr(getattr(user, "person", None), "pk", None))


def _actor(kind: ActorKind, uid: UUID, name: str, roles: list[str], person_id: int | None) -> Actor:
    held = frozenset(roles)
    return Actor(
        kind, f"user:{uid}", name, rights=policy.rights_of(held), roles=held, sees_all=policy.sees_all(held), person_id=person_id,
    )  # fmt: skip


def actor_of_request(request: HttpRequest) -> Actor | None:
    """The actor of a bearer token or of a session, or None for a stranger."""
    header = request.headers.get("Authorization", "")
    if header.startswith("Bearer "):
        digest = hashlib.sha256(header[7:].encode()).hexdigest()
        tokens = ApiToken.objects.filter(token_hash=digest, revoked_at=None, user__is_active=True)
        who = tokens.values_list("user__uid", "user__name", "user__roles", "user__person").first()
        return _actor(ActorKind.USER, *who) if who else None
    if header.startswith("Link "):
        link = links.open_link(header[5:], now=datetime.now(UTC))
        links.used(link, now=datetime.now(UTC))
        return links.actor_of(link)
    user = request.user
    return actor_of_user(user) if isinstance(user, User) and user.is_active else None


def call_of(request: HttpRequest, envelope: dict[str, Any] | None = None) -> Call:
    """The envelope of a request: the body's own fields, else the header `Idempotency-Key`, else a new one."""
    values = {k: v for k, v in (envelope or {}).items() if v is not None}
    key = values.pop("request_id", None) or request.headers.get("Idempotency-Key")
    try:
        request_id = key if isinstance(key, UUID) else UUID(str(key)) if key else uuid7()
    except ValueError as bad:
        raise Invalid("The Idempotency-Key must be a UUID.", field="request_id") from bad
    if request.headers.get("Authorization", "").startswith("Link "):
        values.pop("occurred_at", None)  # an outside person does not choose when they signed or bid
    occurred = values.get("occurred_at")
    if isinstance(occurred, datetime) and occurred.tzinfo is None:
        raise Invalid("occurred_at needs its zone, like 2026-11-23T08:00:00-05:00.", field="occurred_at")
    return Call(**{"occurred_at": datetime.now(UTC), **values, "request_id": request_id})


def problem(error: DomainError) -> dict[str, Any]:
    """A refusal as a problem document: title is the sentence, code the stable word, field where it went wrong."""
    body = {"type": f"about:blank#{error.code}", "title": error.sentence, "status": error.status, "code": error.code}
    if error.field:
        body["field"] = error.field
    return {**body, **error.extra}


def problem_response(request: HttpRequest, error: DomainError) -> JsonResponse:
    if isinstance(error, NotAllowed):
        actor = actor_of_request(request)
        refusals.note(who=actor or "stranger", what=request.path, why=error.sentence)
    return JsonResponse(problem(error), status=error.status, content_type="application/problem+json")
