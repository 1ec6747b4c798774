"""Estimates: the list, the sheet, versions side by side, the assembly library, a spreadsheet brought in."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import F, Max
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from bifocal.core import search as find_anything
from bifocal.core.actor import Actor
from bifocal.core.commands import Call, execute
from bifocal.core.models import BusinessUnit
from bifocal.core.policy import require
from bifocal.front.lists import Filter, Listing, show
from bifocal.front.queries import history
from bifocal.front.templatetags.show import word
from bifocal.front.views.frame import page
from bifocal.kernel.documents.models import File
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.kernel.parties.models import Contact, Customer, Vendor
from bifocal.lib.errors import DomainError, Invalid, NotFound
from bifocal.projects.estimates import queries
from bifocal.projects.estimates.models import Assembly, Estimate, EstimateVersion, Proposal
from bifocal.projects.estimates.rules import COST_TYPES, OPEN, Becomes, Shows, Status

BIGGEST = 1_500_000  # bytes of a spreadsheet that is shown before it is taken in


def _priced(rows: list[Any], actor: Actor) -> list[Any]:
    return [{"e": e, "price": e.last_price} for e in rows]


ESTIMATES = Listing(
    name="estimates", heading=_("Estimates"), template="parts/rows_estimates.html", placeholder=_("number, title, customer"),
    empty=_("No estimate yet. Start one for a customer, from assemblies or from your spreadsheet."),
    rows=lambda actor: Estimate.objects.visible_to(actor).select_related("customer", "job").annotate(
        by_customer=F("customer__name"), last_price=Max("versions__price")),
    columns=lambda actor: [
        ("number", lambda r: r["e"].number), ("title", lambda r: r["e"].title), ("customer", lambda r: r["e"].customer.name),
        ("state", lambda r: r["e"].status), ("becomes", lambda r: r["e"].becomes), ("price of the last version", lambda r: r["price"]),
    ],
    dress=_priced, kinds=("estimate",), sorts={"new": "id", "title": "title", "customer": "by_customer", "state": "status"},
    filters=(
        Filter("status", _("State"), lambda: [(str(s), word(s)) for s in Status], lambda rows, v: rows.filter(status=v)),
        Filter("becomes", _("Becomes"), lambda: [(str(b), word(b)) for b in Becomes], lambda rows, v: rows.filter(becomes=v)),
    ),
    more={"tabs": "projects"},
)  # fmt: skip


@page
def estimates(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """All estimates with what was proposed."""
    require(actor, "cost.see")
    return show(ESTIMATES, request, actor)


@page
def new(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Choose the customer, then the site, the title, what it becomes."""
    require(actor, "estimate.edit")
    words, asked = request.GET.get("q", ""), request.GET.get("job", "")
    on: Job | None = Job.objects.find(UUID(asked), actor) if asked else None
    customer = on.customer if on else Customer.objects.find(UUID(request.GET["customer"]), actor) if request.GET.get("customer") else None
    return render(
        request,
        "pages/estimate_new.html",
        {
            "customer": customer, "on": on, "q": words, "becomes": list(Becomes), "units": BusinessUnit.objects.order_by("code"),
            "found": find_anything.find(words, kinds=["customer"], limit=10) if words else [],
        },
    )  # fmt: skip


@page
def estimate(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """The sheet: lines by section, what is charged on cost, options, terms, what was sent."""
    row: Estimate = Estimate.objects.select_related("customer", "site", "job").find(uid, actor)
    require(actor, "cost.see")
    shown = queries.sheet(row)
    used = dict.fromkeys(li["row"].phase for s in shown["sections"] for li in s["lines"])
    return render(
        request,
        "pages/estimate.html",
        {
            "e": row, **shown, "editable": row.status in OPEN and actor.can("estimate.edit"), "codes": CostCode.objects.order_by("code"),
            "types": COST_TYPES, "vendors": Vendor.objects.order_by("name"),
            "assemblies": Assembly.objects.filter(active=True).order_by("trade", "name"),
            "options": row.options.all(), "versions": row.versions.defer("content").order_by("-number"),
            "phases": [(code, row.phases.get(code, "")) for code in dict.fromkeys([*row.phases, *(p for p in used if p)])],
            "proposals": row.proposals.select_related("estimate_version").defer("estimate_version__content").order_by("-id"),
            "out": row.proposals.filter(status="sent").first(), "signed": row.proposals.filter(status="accepted").first(),
            "contacts": Contact.objects.filter(customer=row.customer).order_by("name"), "becomes": list(Becomes), "shows": list(Shows),
            "blank_charges": range(len(row.charges), len(row.charges) + 1), "history": history(uid, actor),
            "draw_rows": [*row.draws, {}] if row.becomes == Becomes.LONG_JOB else [],
        },
    )  # fmt: skip


@page
def compare(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """Two versions line by line, or a version and what the estimate is now."""
    row: Estimate = Estimate.objects.find(uid, actor)
    require(actor, "cost.see")
    known = {str(v.number): v for v in row.versions.all()}
    before = known.get(request.GET.get("a", "")) or next(iter(known.values()), None)
    if before is None:
        raise NotFound("Nothing is frozen yet: there is nothing to compare with.")
    after: EstimateVersion | Estimate = known.get(request.GET.get("b", "")) or row
    found = queries.compared(before, after)
    context = {
        "e": row,
        "before": before,
        "after": after if isinstance(after, EstimateVersion) else None,
        "versions": known.values(),
        **found,
    }
    return render(request, "pages/estimate_compare.html", context)


@page
def bring(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """A spreadsheet becomes lines: first shown with what can't be read, then taken in."""
    row: Estimate = Estimate.objects.find(uid, actor)
    require(actor, "estimate.edit")
    context: dict[str, Any] = {"e": row, "codes": CostCode.objects.order_by("code")}
    if request.method == "POST":
        try:
            args = _sheet(request, uid)
            answer = execute("estimate.import", args, actor=actor, call=Call.new())
        except DomainError as refusal:
            return render(request, "pages/estimate_import.html", {**context, "refused": refusal.sentence}, status=refusal.status)
        if not answer["dry_run"]:
            return redirect(f"/estimates/{uid}")
        context |= {"found": answer, "args": args}
    return render(request, "pages/estimate_import.html", context)


def _sheet(request: HttpRequest, uid: UUID) -> dict[str, Any]:
    upload = request.FILES.get("file")
    if upload is None:
        if not request.POST.get("content"):
            raise Invalid("Choose a file first.", field="file")
        kept = {k: request.POST.get(k, "") for k in ("filename", "content", "cost_code")}
        return {"estimate": str(uid), **kept, "dry_run": False}
    if (upload.size or 0) > BIGGEST:
        raise Invalid("This file is larger than 1.5 MB. Keep only the sheet with the lines.", field="file")
    content = base64.b64encode(upload.read()).decode()
    return {
        "estimate": str(uid), "filename": upload.name or "sheet", "content": content, "cost_code": request.POST.get("cost_code", ""),
        "dry_run": True,
    }  # fmt: skip


@page
def assemblies(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The library: what each assembly costs for one unit at its usual parameters."""
    require(actor, "cost.see")
    rows = []
    library = queries.library()
    for a in Assembly.objects.order_by("trade", "name"):
        rows.append({"a": a, **_one(a, library), "parameters": [(k, Decimal(v)) for k, v in a.parameters.items()]})
    return render(request, "pages/assemblies.html", {"rows": rows, "codes": CostCode.objects.order_by("code"), "types": COST_TYPES})


def _one(a: Assembly, library: Any) -> dict[str, Any]:
    """Cost and hours of one unit; why not, where a nested one was turned off."""
    try:
        return {"unit": queries.of_assembly(a.code, library)} if a.active else {}
    except DomainError as refusal:
        return {"wrong": refusal.sentence}


@page
def proposal_pdf(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """The proposal as it was sent, or signed."""
    row: Proposal = Proposal.objects.find(uid, actor)
    kept = File.objects.filter(subject_uid=row.uid, sort="paper").order_by("-id").first()
    if kept is None:
        raise NotFound("The paper of this proposal is not kept.")
    return HttpResponse(kept.read(), content_type="application/pdf")
