"""Projects: a new one, a document, a pay application."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from bifocal.core import search as find_anything
from bifocal.core.actor import Actor
from bifocal.core.models import BusinessUnit
from bifocal.core.policy import require
from bifocal.front.queries import history
from bifocal.front.templatetags.show import may
from bifocal.front.views.controls import event_parts
from bifocal.front.views.frame import page
from bifocal.front.views.jobs import DOCUMENT_TABS
from bifocal.kernel.documents.models import File
from bifocal.kernel.documents.paper import render as print_paper
from bifocal.kernel.jobs.models import CostCode
from bifocal.kernel.parties.models import Contact, Customer
from bifocal.kernel.people.models import Person
from bifocal.projects.contracts.rules import CERTIFIES, OurRole
from bifocal.projects.dailylogs.rules import SECTIONS
from bifocal.projects.payapps import queries as payapps
from bifocal.projects.payapps.models import PayApp
from bifocal.projects.payapps.rules import EDITABLE
from bifocal.projects.payapps.sheet_file import workbook
from bifocal.projects.register.models import Document
from bifocal.projects.register.rules import NAME, Sort
from bifocal.projects.setup.templates_data import TEMPLATES
from bifocal.projects.submittals.rules import Code


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
    row: Document = Document.objects.select_related("job__customer", "job__site").find(uid, actor)
    change = getattr(row, "change_order", None) if row.sort == "change_order" else None
    contacts = Contact.objects.filter(customer=row.job.customer) | Contact.objects.filter(jobparty__job=row.job)
    return render(
        request,
        "pages/document.html",
        {
            "doc": row,
            "sort_name": NAME[Sort(row.sort)],
            "back": next(t for t, s in DOCUMENT_TABS.items() if s == row.sort),
            "responses": row.responses.all(),
            "clocks": row.clocks.order_by("id"),
            "files": File.objects.filter(subject_uid=uid),
            "contacts": contacts.distinct(),
            "impacts": ["no_impact", "yes_known", "yes_unknown", "n_a"],
            "codes": list(Code),
            "cost_codes": CostCode.objects.order_by("code"),
            "change": change,
            "lines": change.lines.select_related("cost_code") if change else [],
            "event": event_parts(row) if row.sort == "change_event" and actor.can("cost.see") else None,
            "log": getattr(row, "log", None) if row.sort == "daily_log" else None,
            "sections": SECTIONS,
            "history": history(uid, actor),
            "links": [*Document.objects.filter(links_in__source=row), *Document.objects.filter(links_out__target=row)],
        },
    )


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
            "history": history(uid, actor),
        },
    )


@page
def payapp_pdf(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """The application on paper."""
    row: PayApp = PayApp.objects.find(uid, actor)
    return HttpResponse(print_paper("payapp", payapps.paper_data(row)), content_type="application/pdf")


@page
def payapp_xlsx(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """The application as a spreadsheet."""
    row: PayApp = PayApp.objects.select_related("contract__job").find(uid, actor)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    how = f'attachment; filename="application-{row.contract.job.number}-{row.number}.xlsx"'
    return HttpResponse(workbook(row), content_type=kind, headers={"Content-Disposition": how})
