"""Headers that keep browsers safe, a limit on requests per address, and domain errors as answers."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from bifocal.front.views.tiles import origin

log = structlog.get_logger()
_hits: OrderedDict[str, tuple[float, float]] = OrderedDict()
RATE, BURST = 100.0, 400.0


def _allowed(key: str, now: float) -> bool:
    """A token bucket per address in this process: 100 a second, 400 at once; links and sign-ins have tighter ones."""
    rate, burst = (1.0, 60.0) if key.startswith("link:") else (RATE, BURST)
    tokens, seen = _hits.get(key, (burst, now))
    tokens = min(burst, tokens + (now - seen) * rate)
    _hits[key] = (tokens - 1 if tokens >= 1 else tokens, now)
    _hits.move_to_end(key)
    if len(_hits) > 10_000:
        _hits.popitem(last=False)
    return tokens >= 1


def language(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Pages in the language that the signed-in user chose; before that, and for outside people, the browser's."""

    def respond(request: HttpRequest) -> HttpResponse:
        chosen = getattr(request.user, "language", "en-us") if request.user.is_authenticated else "en-us"
        if chosen != "en-us":
            translation.activate("en-us" if chosen == "en" else chosen)
            request.LANGUAGE_CODE = translation.get_language()  # type: ignore[attr-defined]
        return get_response(request)

    return respond


def live_events(request: HttpRequest) -> str:
    """Where the live events are: the next port of the same server; a proxy has them at /events of its own address."""
    here = urlsplit(f"//{request.get_host()}")
    port = here.port or (443 if request.is_secure() else 80)
    name = here.netloc.removesuffix(f":{here.port}")
    return f"{request.scheme}://{name}:{port + 1}" if port < 65535 else ""


def _from(*more: str) -> str:
    """Our own address and those that are named."""
    return " ".join(["'self'", *filter(None, more)])


def guard(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Rate limit, content security policy, referrer policy; unknown trouble is logged with its context."""

    def respond(request: HttpRequest) -> HttpResponse:
        address = request.META.get("REMOTE_ADDR", "")
        outside = request.path.startswith(("/link/", "/welcome", "/book"))
        if not settings.TESTING and not _allowed(("link:" if outside else "") + address, time.monotonic()):
            return HttpResponse("Too many requests. Wait a minute and try again.", status=429, headers={"Retry-After": "60"})
        response = get_response(request)
        if response.status_code >= 500:
            log.error("request failed", path=request.path, method=request.method, status=response.status_code)
        response.headers.setdefault(
            "Content-Security-Policy",
            f"default-src 'self'; img-src {_from('data:', 'blob:', origin())}; style-src 'self'; script-src 'self'; worker-src 'self';"
            f" connect-src {_from(live_events(request), origin())}; font-src 'self'; object-src 'none'; base-uri 'none';"
            " frame-ancestors 'none'; form-action 'self'",
        )
        if request.path.startswith("/link/"):
            response.headers["Referrer-Policy"] = "no-referrer"
        response.headers.setdefault("Permissions-Policy", "geolocation=(self), camera=(self), microphone=()")
        return response

    return respond
