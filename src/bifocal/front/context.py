"""What the frame of every page needs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from bifocal.core.actor import Actor
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
NEWS = [
    ("/intake", "phone", _("Book a call"), "call.book"),
    ("/warranty", "phone", _("Warranty call"), "call.book"),
    ("/projects/new", "building", _("New project"), "project.create"),
    ("/estimates/new", "file-text", _("New estimate"), "estimate.edit"),
    ("/money?tab=bills#enter", "receipt", _("Enter a bill"), "bill.post"),
    ("/settings#invite", "users", _("Invite somebody"), "users.manage"),
]
WORK = [
    ("/jobs?work_status=done", "cash", _("Jobs ready to bill"), "office"),
    ("/jobs?work_status=on_hold", "player-pause", _("Jobs on hold"), "office"),
    ("/money?tab=invoices&state=overdue", "alert-triangle", _("Overdue invoices"), "ledger.read"),
    ("/money?tab=ageing", "clock", _("Aging"), "ledger.read"),
    ("/money?tab=bank", "wallet", _("Take money to the bank"), "bank.deposit"),
    ("/money?tab=time", "clipboard-check", _("Approve time"), "ledger.read"),
    ("/money/close", "lock", _("The close"), "ledger.read"),
    ("/money/trial-balance", "gauge", _("Trial balance"), "ledger.read"),
    ("/documents?ball=late", "flag", _("Documents that are late"), "office"),
    ("/documents?sort_of=rfi&ball=open", "file-text", _("Open RFIs"), "office"),
    ("/documents?sort_of=change_order&ball=open", "file-text", _("Open change orders"), "office"),
    ("/estimates", "file-text", _("Estimates"), "cost.see"),
    ("/workmix", "chart-bar", _("Work mix: which lens fits"), "cost.see"),
    ("/customers?hold=held", "alert-triangle", _("Customers on credit hold"), "office"),
]
NEEDS = {
    "/dispatch": "dispatch",
    "/intake": "dispatch",
    "/projects": "contract",
    "/projects/new": "contract",
}  # hidden where the lens is without


def _may(actor: Actor, right: str) -> bool:
    return right == "read" or (actor.sees_all if right == "office" else actor.can(right))


def frame(request: HttpRequest) -> dict[str, Any]:
    """The rail's places that this person may go to, what the palette can do, the actor, the pass to the live events."""
    shared = {"languages": settings.LANGUAGES, "LANGUAGE_CODE": get_language() or "en-us"}
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return shared
    from bifocal.bridges.workmix.queries import company_capabilities
    from bifocal.core.http import actor_of_user
    from bifocal.front.events import ticket
    from bifocal.front.setup import site
    from bifocal.front.setup.rules import Https
    from bifocal.front.views.tour import panel

    actor, on = actor_of_user(user), company_capabilities()
    hidden = {place for place, capability in NEEDS.items() if capability not in on}
    here = "/" + request.path.strip("/").split("/")[0]
    at = {
        "/documents": "/projects",
        "/estimates": "/projects",
        "/assemblies": "/projects",
        "/payapps": "/projects",
        "/visits": "/jobs",
        "/invoices": "/money",
    }.get(here, here)
    shown = [{"href": h, "icon": i, "name": n, "here": h == at} for h, i, n, right in PLACES if h not in hidden and _may(actor, right)]
    news = [{"href": h, "icon": i, "name": n} for h, i, n, right in NEWS if h not in hidden and _may(actor, right)]
    work = [{"href": h, "icon": i, "name": n, "go": True} for h, i, n, right in WORK if _may(actor, right)]
    return {
        **shared,
        "places": shown,
        "news": news,
        "actions": [*news, *({**p, "go": True} for p in shown), *work],
        "actor": actor,
        "sees_cost": actor.can("cost.see"),
        "ticket": ticket(actor.key),
        "events": "/events" if site.current().https == Https.PROXY else "",
        "company_on": on,
        "tour": panel(request),
    }
