"""A site and a unit of equipment: what is there, what was done there, in both lenses."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from bifocal.bridges.portfolio.queries import jobs_of_site
from bifocal.core.actor import Actor
from bifocal.front.queries import history
from bifocal.front.views.doubts import ground_of
from bifocal.front.views.frame import branch_of, page
from bifocal.kernel.billing.queries import money_of_jobs
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.parties.models import Contact, Equipment, Site
from bifocal.lib.errors import NotFound
from bifocal.projects.closeout.models import Warranty


@page
def site(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """A place of work: its equipment, its work in both lenses, its people, its warranties."""
    row: Site = Site.objects.select_related("customer", "parent").find(uid, actor)
    done = jobs_of_site(row.pk) if actor.sees_all else list(Job.objects.visible_to(actor).filter(site=row).order_by("-id")[:50])
    money = money_of_jobs([j.pk for j in done]) if actor.sees_all else {}
    return render(
        request,
        "pages/site.html",
        {
            "site": row,
            "looks_up": bool(settings.GEOCODER),
            "ground": ground_of(branch_of(request, actor), [row.pk]) if actor.can("customer.edit") else "",
            "equipment": row.equipment.order_by("name"),
            "children": row.children.order_by("name"),
            "jobs": [{"job": j, "money": money.get(j.pk)} for j in done],
            "contacts": row.contacts.order_by("name"),
            "warranties": Warranty.objects.filter(site=row).select_related("job").order_by("-ends"),
            "history": history(uid, actor),
        },
    )


@page
def equipment(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """A unit at a site and its life."""
    row: Equipment = Equipment.objects.select_related("site__customer", "parent").find(uid, actor)
    installed = Job.objects.visible_to(actor).filter(uid=row.installed_by_job).first() if row.installed_by_job else None
    return render(
        request,
        "pages/equipment.html",
        {
            "unit": row,
            "site": row.site,
            "installed": installed,
            "parts": row.parts.order_by("name"),
            "jobs": Job.objects.visible_to(actor).filter(site=row.site).select_related("site", "customer").order_by("-id")[:20],
            "history": history(uid, actor),
        },
    )


@page
def contact(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """A contact stands on the page of whose contact they are."""
    row: Contact = Contact.objects.select_related("customer", "site", "vendor").find(uid, actor)
    if row.customer:
        return redirect(f"/customers/{row.customer.uid}")
    if row.site:
        return redirect(f"/sites/{row.site.uid}")
    if row.vendor:
        return redirect("/money?tab=bills")
    raise NotFound("This contact belongs to nobody any more.")
