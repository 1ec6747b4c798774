"""The first middleware: who asks, by which name, over HTTPS or not, and whether there is an owner yet."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.utils.html import escape

from bifocal.front.setup import site
from bifocal.front.setup.rules import HERE, Https, client_of, host_of, is_loopback, is_near

OPEN = ("/healthz", "/metrics")
FIRST = ("/welcome", "/static/", "/api/", *OPEN)
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED")


def doorway(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Proxy headers believed only where a proxy is set and near; unknown names refused; HTTPS and cookies as the set-up page says."""

    def respond(request: HttpRequest) -> HttpResponse:
        here = site.current()
        direct = not any(h in request.META for h in FORWARDED)
        _believe(request, here.https == Https.PROXY or not here.founded)
        turned = _turned_away(request, here, direct)
        if turned is not None:
            return turned
        response = get_response(request)
        if not request.is_secure():  # only possible where HTTPS is off, or from this machine itself
            for cookie in response.cookies.values():
                cookie["secure"] = ""
        return response

    return respond


def _believe(request: HttpRequest, proxied: bool) -> None:
    """Take what the proxy says; without a proxy, or from far away, drop it."""
    peer = request.META.get("REMOTE_ADDR", "")
    if proxied and is_near(peer):
        request.META["REMOTE_ADDR"] = client_of(peer, request.META.pop("HTTP_X_FORWARDED_FOR", ""))
        return
    for header in FORWARDED:
        request.META.pop(header, None)


def _turned_away(request: HttpRequest, here: site.Site, direct: bool) -> HttpResponse | None:
    host = host_of(request.META.get("HTTP_HOST", request.META.get("SERVER_NAME", "")))
    if not here.knows(host):
        told = f"This server does not answer to the name {escape(host[:100])}. Its owner can set its address in Settings."
        return HttpResponse(told, status=400)
    if request.path in OPEN:
        return None
    at_home = direct and host in HERE and is_loopback(request.META.get("REMOTE_ADDR", ""))
    if here.https != Https.OFF and not request.is_secure() and not at_home:
        return _to_https(request, here)
    if not here.founded and not request.path.startswith(FIRST):
        return HttpResponseRedirect("/welcome")
    return None


def _to_https(request: HttpRequest, here: site.Site) -> HttpResponse:
    if request.method not in ("GET", "HEAD"):
        return HttpResponse("Ask over HTTPS: what was sent in the clear is not acted on.", status=403)
    return HttpResponsePermanentRedirect(f"{here.address or 'https://' + request.get_host()}{request.get_full_path()}")
