"""What somebody chooses for themselves: their language."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, execute
from bifocal.front.views.frame import page


@require_POST
@page
def language(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Keep the language with the user, and in this browser for the pages before signing in."""
    asked = request.POST.get("language", "")
    execute("user.choose_language", {"language": asked}, actor=actor, call=Call.new())
    to = request.POST.get("next", "/")
    response = HttpResponseRedirect(to if url_has_allowed_host_and_scheme(to, allowed_hosts=None) else "/")
    response.set_cookie(settings.LANGUAGE_COOKIE_NAME, asked, max_age=31_536_000, samesite="Lax", secure=settings.HTTPS)
    return response
