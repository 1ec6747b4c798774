"""What every page shares: the actor, refusals as pages, the places of the rail."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from bifocal.core.actor import Actor
from bifocal.core.http import actor_of_user
from bifocal.core.models import Branch, User
from bifocal.front.sentences import say
from bifocal.lib.errors import DomainError

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Actor, P], HttpResponseBase]


def page(view: View[P]) -> Callable[..., HttpResponseBase]:
    """A signed-in page: the view gets the actor; a refusal becomes a page with its sentence and status."""

    @login_required
    @wraps(view)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        assert isinstance(request.user, User)
        try:
            return view(request, actor_of_user(request.user), *args, **kwargs)
        except DomainError as refusal:
            return render(request, "pages/refused.html", {"sentence": say(refusal.sentence)}, status=refusal.status)

    return run


def branch_of(request: HttpRequest, actor: Actor) -> Branch:
    """The branch looked at: the one asked for, else the person's own, else the first."""
    asked = request.GET.get("branch", "")
    found = Branch.objects.filter(code=asked).first() if asked else None
    if found is None and actor.person_id:
        found = Branch.objects.filter(person=actor.person_id).first()
    found = found or Branch.objects.order_by("id").first()
    if found is None:
        from bifocal.lib.errors import NotFound

        raise NotFound("There is no branch yet. Add one on the settings page.")
    return found
