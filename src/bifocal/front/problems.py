"""Whatever goes wrong under /api/v1 is told as a problem document: also what Django refuses before the API sees it."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse

SAID = {
    400: ("bad_request", "This request can't be read."),
    403: ("not_allowed", "Refused. A session must send its CSRF token; programs sign in with a token."),
    404: ("not_found", "There is nothing at this address. /api/v1/docs shows what there is."),
    405: ("method_not_allowed", "This address is not for that method: reads are GET, commands are POST."),
    413: ("too_large", "This request is too large."),
    429: ("too_many", "Too many requests. Wait a minute and try again."),
}


def problems(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Give every error under /api/v1 the same form (RFC 9457); one that has it already stays as it is."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        told = response.headers.get("Content-Type", "").startswith("application/problem+json")
        if response.status_code < 400 or told or not request.path.startswith("/api/v1/"):
            return response
        return _problem(response)

    return respond


def _problem(response: HttpResponse) -> HttpResponse:
    status = response.status_code
    code, title = SAID.get(status, ("failed", "Something went wrong here. It is logged; try again, or tell the office."))
    body = {"type": f"about:blank#{code}", "title": title, "status": status, "code": code}
    kept = {k: v for k, v in response.headers.items() if k in ("Allow", "Retry-After", "WWW-Authenticate")}
    return JsonResponse(body, status=status, content_type="application/problem+json", headers=kept)
