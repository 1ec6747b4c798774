"""What the frame of every page needs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from bifocal.core.models import User

PLACES = [
    ("/", "home", _("Today"), "read"),
    ("/customers", "users", _("Customers"), "office"),
    ("/jobs", "tool", _("Jobs"), "read"),
    ("/dispatch", "calendar-event", _("Dispatch"), "office"),
    ("/projects", "building", _("Projects"), "office"),
    ("/money", "cash", _("Money"), "ledger.read"),
    ("/stock", "package", _("Stock"), "office"),
    ("/people", "user-cog", _("People"), "office"),
    ("/reports", "chart-bar", _("Reports"), "cost.see"),
    ("/settings", "settings", _("Settings"), "settings.edit"),
]

NEEDS = {"/dispatch": "dispatch", "/projects": "contract"}


def frame(request: HttpRequest) -> dict[str, Any]:
    """The rail's places that this person may go to, the actor, and the pass to the live events."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {}
    from bifocal.bridges.workmix.queries import company_capabilities
    from bifocal.core.http import actor_of_user
    from bifocal.front.events import ticket
    from bifocal.front.views.tour import panel

    actor = actor_of_user(user)
    on = company_capabilities()
    hidden = {place for place, capability in NEEDS.items() if capability not in on}
    may = [p for p in PLACES if p[0] not in hidden and (p[3] == "read" or (p[3] == "office" and actor.sees_all) or actor.can(p[3]))]
    here = "/" + request.path.strip("/").split("/")[0]
    shown = [{"href": h, "icon": i, "name": n, "here": h == here} for h, i, n, _right in may]
    return {
        "places": shown,
        "actor": actor,
        "sees_cost": actor.can("cost.see"),
        "ticket": ticket(actor.key),
        "company_on": on,
        "tour": panel(request),
    }
