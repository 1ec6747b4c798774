"""The tour's own page and its steps. Where the visitor stands is kept in the session, so it can be left and taken up again."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from bifocal.core.actor import Actor
from bifocal.core.policy import require
from bifocal.front.tour import STOPS, after, before, clamp
from bifocal.front.tour.acts import ACTS, LINKS
from bifocal.front.tour.places import PLACES
from bifocal.front.views.frame import page
from bifocal.lib.errors import Invalid


def panel(request: HttpRequest) -> dict[str, Any] | None:
    """What the panel of the running tour shows, or None where no tour runs."""
    kept = request.session.get("tour")
    if not kept:
        return None
    stop, step = clamp(kept["stop"], kept["step"])
    here = STOPS[stop].steps[step]
    return {
        "stop": stop, "step": step, "title": STOPS[stop].title, "number": stop + 1, "of": len(STOPS), "steps": len(STOPS[stop].steps),
        "at": step + 1, "text": here.text, "look": here.look, "label": here.label,
        "link": kept["things"].get(here.act, "") if here.act in LINKS else "",
        "act": here.act if here.act in ACTS else "", "next": after(stop, step), "back": before(stop, step),
    }  # fmt: skip


@page
def tour(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Six stops to choose from."""
    if not actor.can("settings.edit"):
        return redirect("/")  # the tour is walked as the owner
    stops = [{"n": n, "stop": s, "steps": len(s.steps)} for n, s in enumerate(STOPS)]
    return render(request, "pages/tour.html", {"stops": stops, "running": request.session.get("tour")})


@require_POST
@page
def go(request: HttpRequest, actor: Actor) -> HttpResponse:
    """To a step: prepare what its stop needs when it is entered, remember it, and go where it is."""
    require(actor, "settings.edit")
    try:
        stop, step = clamp(int(request.POST["stop"]), int(request.POST["step"]))
    except (KeyError, ValueError) as bad:
        raise Invalid("Choose a stop of the tour.") from bad
    kept = request.session.get("tour") or {"stop": -1, "step": 0, "things": {}}
    things = dict(kept["things"])
    if STOPS[stop].make and kept["stop"] != stop:
        ACTS[STOPS[stop].make](actor, things)
    return _at(request, stop, step, things)


def _at(request: HttpRequest, stop: int, step: int, things: dict[str, str]) -> HttpResponse:
    where = PLACES[STOPS[stop].steps[step].place](things)
    request.session["tour"] = {"stop": stop, "step": step, "things": things}
    return redirect(where)


@require_POST
@page
def act(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Do the step for the visitor by the same commands, then go on to the next."""
    require(actor, "settings.edit")
    kept = request.session.get("tour")
    if not kept:
        return redirect("/tour")
    stop, step = clamp(kept["stop"], kept["step"])
    name = STOPS[stop].steps[step].act
    things = dict(kept["things"])
    if name in ACTS:
        ACTS[name](actor, things)
    following = after(stop, step)
    if following and following[0] == stop:
        return _at(request, *following, things)
    return _at(request, stop, step, things)


@require_POST
@page
def leave(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Leave the tour, or start it over: what it made stays, the visitor's place is forgotten."""
    request.session.pop("tour", None)
    return redirect("/tour")
