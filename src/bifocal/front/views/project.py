"""Projects: a new one, a document, a pay application."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date

from bifocal.core import search as find_anything
from bifocal.core.actor import Actor
from bifocal.core.models import BusinessUnit
from bifocal.core.policy import require
from bifocal.front.papers import document_pdf
from bifocal.front.queries import history
from bifocal.front.templatetags.show import may
from bifocal.front.views.change import change_parts, ticket_parts
from bifocal.front.views.controls import event_parts
from bifocal.front.views.frame import page
from bifocal.front.views.jobs import DOCUMENT_TABS, log_form
from bifocal.front.views.ties import of_change, of_submittal
from bifocal.kernel.documents.models import File
from bifocal.kernel.documents.paper import render as print_paper
from bifocal.kernel.jobs.models import CostCode
from bifocal.kernel.parties.models import Contact, Customer
from bifocal.kernel.people.models import Person
from bifocal.projects.changes.queries import TIER_SORTS
from bifocal.projects.contracts.rules import CERTIFIES, OurRole
from bifocal.projects.dailylogs.models import DailyLog
from bifocal.projects.dailylogs.queries import broken_links
from bifocal.projects.dailylogs.rules import SECTIONS, lines_of, people_and_hours
from bifocal.projects.payapps import queries as payapps
from bifocal.projects.payapps.models import PayApp
from bifocal.projects.payapps.rules import EDITABLE
from bifocal.projects.register.models import Document
from bifocal.projects.register.queries import days_by_holder, is_overdue
from bifocal.projects.register.rules import NAME, Asked, Sort
from bifocal.projects.rollup import queries as rollup
from bifocal.projects.setup.templates_data import TEMPLATES
from bifocal.projects.submittals.rules import PROCUREMENT, Code
from bifocal.projects.upward import paper as upward_paper
from bifocal.projects.upward import queries as upward


@page
def new_project(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Choose the customer, then the template."""
    require(actor, "project.create")
    words = request.GET.get("q", "")
    customer = Customer.objects.find(UUID(request.GET["customer"]), actor) if request.GET.get("customer") else None
    return render(
        request,
        "pages/project_new.html",
        {
            "customer": customer,
            "q": words,
            "found": find_anything.find(words, kinds=["customer"], limit=10) if words else [],
            "templates": TEMPLATES,
            "units": BusinessUnit.objects.filter(lens="project"),
            "people": Person.objects.filter(active=True).order_by("name"),
        },
    )


@page
def document(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """A document with its next step, its responses and its clocks."""
    row: Document = Document.objects.select_related("job__customer", "job__site", "job__branch").find(uid, actor)
    contacts = Contact.objects.filter(customer=row.job.customer) | Contact.objects.filter(jobparty__job=row.job)
    seats = list(row.seats.filter(revision=row.revision).select_related("contact", "person", "back_to__contact", "back_to__person"))
    now = timezone.now()
    frame = {
        "doc": row,
        "sort_name": NAME[Sort(row.sort)],
        "back": "changes" if row.sort in TIER_SORTS else next(t for t, s in DOCUMENT_TABS.items() if s == row.sort),
        "tiered": row.sort in TIER_SORTS,
        "responses": row.responses.all(),
        "clocks": row.clocks.order_by("id"),
        "held": days_by_holder(row, now),
        "overdue": is_overdue(row, timezone.localdate()),
        "today": timezone.localdate(),
        "files": File.objects.filter(subject_uid=uid),
        "photos": File.objects.filter(subject_uid=uid, media_type__startswith="image/").order_by("id"),
        "contacts": (contacts | Contact.objects.filter(vendor__is_subcontractor=True)).distinct().order_by("name"),
        "people": Person.objects.filter(active=True).order_by("name"),
        "seats": seats,
        "asked": [s for s in seats if s.state == Asked.ASKED],
        "asked_contacts": [s.contact_id for s in seats],
        "history": history(uid, actor),
        "links": [*Document.objects.filter(links_in__source=row), *Document.objects.filter(links_out__target=row)],
    }
    if row.sort == "change_event" and actor.can("cost.see"):
        frame["event"] = event_parts(row)
    if row.sort == Sort.TICKET:
        frame |= ticket_parts(row, actor)
    return render(request, "pages/document.html", {**frame, **MORE[row.sort](row)})


def _rfi(row: Document) -> dict[str, Any]:
    return {"impacts": ["no_impact", "yes_known", "yes_unknown", "n_a"]}


def _submittal(row: Document) -> dict[str, Any]:
    shown = {k: v for k, v in row.external.items() if k != "review" and v not in ("", 0)}
    dates = [(k, parse_date(v) if isinstance(v, str) and k != "procurement" else v) for k, v in shown.items()]
    return {"codes": list(Code), "stages": PROCUREMENT[1:], "dates": dates, **of_submittal(row)}


def _log(row: Document) -> dict[str, Any]:
    log = row.log
    workers, hours = people_and_hours(log.sections)
    return {
        "log": log,
        "workers": workers,
        "crew_hours": hours,
        "day_lines": [(s, lines_of(log.sections.get(s))) for s in SECTIONS],
        "chained": DailyLog.objects.filter(job=row.job, seq__isnull=False).count(),
        "broken": broken_links(row.job) if log.signed_at else [],
        **log_form(log.sections),
    }


MORE: dict[str, Callable[[Document], dict[str, Any]]] = {
    "rfi": _rfi, "submittal": _submittal, "daily_log": _log, "punch": lambda row: {}, "tm_ticket": lambda row: {},
    "change_event": lambda row: {"cost_codes": CostCode.objects.order_by("code")}, 
    **dict.fromkeys(TIER_SORTS, lambda row: {**change_parts(row), **of_change(row)}),
}  # fmt: skip


@page
def document_paper(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """The document on paper."""
    row: Document = Document.objects.select_related("job__customer", "job__site", "job__branch").find(uid, actor)
    return HttpResponse(document_pdf(row), content_type="application/pdf")


@page
def payapp(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """The continuation sheet: a spreadsheet that can't be broken."""
    row: PayApp = PayApp.objects.select_related("contract__job__customer", "invoice").find(uid, actor)
    sheet = payapps.sheet(row)
    kept = {li.sov.item: li for li in row.lines.select_related("sov")}
    return render(
        request,
        "pages/payapp.html",
        {
            "app": row,
            "job": row.contract.job,
            "s": sheet.summary,
            "totals": sheet.totals,
            "changes": sheet.changes,
            "most": sheet.most,
            "lines": [{"r": li, "kept": kept[li.item], "sov": kept[li.item].sov} for li in sheet.lines],
            "had_stored": any(li.stored_previous for li in kept.values()),
            "editable": row.status in EDITABLE and may(actor, "payapp.fill"),
            "certifies": CERTIFIES[OurRole(row.contract.our_role)],
            "from_subs": rollup.proposals(row) if row.status in EDITABLE and may(actor, "payapp.roll_up") else {},
            "came_from": rollup.taken_from(row),
            "below": upward.is_below(row.contract),
            "photos": File.objects.filter(subject_uid=uid, media_type__startswith="image/").order_by("id"),
            "gc_form": upward.form_of(row.contract),
            "our_waivers": row.our_waivers.exclude(status="void").order_by("id"),
            "waiver_files": File.objects.filter(subject_uid=uid, sort="waiver").order_by("id"),
            "history": history(uid, actor),
        },
    )


@page
def payapp_pdf(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """The application on paper."""
    row: PayApp = PayApp.objects.find(uid, actor)
    return HttpResponse(print_paper("payapp", payapps.paper_data(row)), content_type="application/pdf")


@page
def their_form(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """The general contractor's own workbook with this application in it."""
    row: PayApp = PayApp.objects.select_related("contract__job").find(uid, actor)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    name = f"{row.contract.number}-application-{row.number}.xlsx"
    return HttpResponse(upward.filled(row), content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@page
def payapp_package(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """The application with its waivers and photos, as one PDF."""
    row: PayApp = PayApp.objects.select_related("contract__job__site").find(uid, actor)
    name = f"{row.contract.job.number} application {row.number} package.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return HttpResponse(upward_paper.package(row), content_type="application/pdf", headers=headers)
