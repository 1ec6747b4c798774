"""Sign in for programs: e-mail and password for a token. Refused where a second factor is set up."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from allauth.core import ratelimit
from allauth.mfa.models import Authenticator
from django.contrib.auth import authenticate
from django.http import HttpRequest
from ninja import Schema

from bifocal.core import refusals
from bifocal.core.models import ApiToken, User
from bifocal.front.api import api
from bifocal.front.api.commands import Problem
from bifocal.lib.errors import NotAllowed


class SignIn(Schema):
    """Who signs in, and what the token is for."""

    email: str
    password: str
    name: str = "api"


class Signed(Schema):
    """The token, told once."""

    token: str


@api.post(
    "/sign-in",
    auth=None,
    operation_id="sign_in",
    summary="E-mail and password for a token",
    response={200: Signed, 403: Problem, 422: Problem, 429: Problem},
)
def sign_in(request: HttpRequest, data: SignIn) -> Any:
    limited = ratelimit.consume(request, action="login_failed", key=data.email.lower(), dry_run=True)
    user = authenticate(request, email=data.email, password=data.password) if limited else None
    if not isinstance(user, User) or Authenticator.objects.filter(user=user).exists():
        ratelimit.consume(request, action="login_failed", key=data.email.lower())
        refusals.note(who="stranger", what="sign in for a token", why=data.email)
        raise NotAllowed("E-mail or password are wrong, or this account signs in with a second factor: make a token on the settings page.")
    raw = f"bf_{secrets.token_urlsafe(32)}"
    ApiToken.objects.create(user=user, name=data.name[:80], token_hash=hashlib.sha256(raw.encode()).hexdigest())
    return {"token": raw}
