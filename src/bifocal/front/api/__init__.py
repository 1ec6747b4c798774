"""The public API under /api/v1: every command at one address, the queries beside it, problem+json for refusals."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import orjson
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.renderers import BaseRenderer
from ninja.security import APIKeyCookie, HttpBearer
from ninja.security.base import AuthBase

from bifocal import __version__
from bifocal.core.actor import Actor
from bifocal.core.http import actor_of_request, problem_response
from bifocal.lib.errors import DomainError, Invalid, Refused


class Plain(BaseRenderer):
    """JSON by orjson; decimals and ids as strings, so that no cent is ever a float."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return orjson.dumps(data, default=str, option=orjson.OPT_NON_STR_KEYS)


class Token(HttpBearer):
    """A token of a program or device."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        return actor_of_request(request)


class OutsideLink(AuthBase):
    """An outside person's link: `Authorization: Link <token>`."""

    openapi_type = "http"
    openapi_scheme = "link"

    def __call__(self, request: HttpRequest) -> Actor | None:
        return actor_of_request(request) if request.headers.get("Authorization", "").startswith("Link ") else None


class Session(APIKeyCookie):
    """The signed-in browser, with the CSRF token on writes."""

    param_name = "sessionid"

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        return actor_of_request(request) if request.user.is_authenticated else None


api = NinjaAPI(
    title="Bifocal",
    version=__version__,
    renderer=Plain(),
    auth=[Token(), OutsideLink(), Session()],
    docs_url="/docs",
    description="Everything is a job; a project is a job with a contract. Writes are commands, reads are queries.",
)


def actor_of(request: HttpRequest) -> Actor:
    """The actor that signed in for this request."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    return actor


@api.exception_handler(DomainError)
def refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    return problem_response(request, error)


@api.exception_handler(ValidationError)
def malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    first = error.errors[0]
    where = ".".join(str(p) for p in first["loc"] if p not in ("body", "query", "path", "data"))
    return problem_response(request, Invalid(f"{where or 'The request'}: {first['msg']}.", field=where))


@api.exception_handler(AuthenticationError)
def stranger(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    body = {
        "type": "about:blank#signed_out",
        "title": "Sign in first: send a token or a session.",
        "status": 401,
        "code": "signed_out",
    }
    return JsonResponse(body, status=401, content_type="application/problem+json", headers={"WWW-Authenticate": "Bearer"})


@api.exception_handler(HttpError)
def plain_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    said = str(error).rstrip(".")
    problem = Invalid(f"{said}. Send JSON." if error.status_code == 400 else f"{said}.")
    problem.status = error.status_code
    return problem_response(request, problem)


@api.exception_handler(IntegrityError)
def last_word(request: HttpRequest, error: IntegrityError) -> HttpResponse:
    """A constraint had the last word where a rule should have: the first line says which."""
    said = str(error).split("\n")[0]
    return problem_response(request, Refused(f"The books don't allow this: {said}."))


# Each part adds its addresses to `api`; all of them need it first.
PARTS = (
    "billing", "board", "boards", "books", "change", "commands", "controls", "dispatching", "estimates", "fleet", "hours", "papers",
    "planning", "queries",
    "signin",
)  # fmt: skip
for part in PARTS:
    import_module(f"bifocal.front.api.{part}")
