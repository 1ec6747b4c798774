"""Change on screen: potential changes, requests and orders, tickets from the field, exposure, evidence."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from bifocal.core.actor import Actor
from bifocal.core.policy import require
from bifocal.front.papers import evidence_pdf
from bifocal.front.views.frame import page
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.kernel.people.models import Person
from bifocal.projects.changes.models import ChangeOrder
from bifocal.projects.changes.queries import TIER_SORTS, labelled, lines_behind
from bifocal.projects.changes.rules import PRICEABLE
from bifocal.projects.contracts.models import Contract
from bifocal.projects.events.queries import LIVE, exposure_of_all
from bifocal.projects.register.models import Document
from bifocal.projects.register.rules import NAME, Sort
from bifocal.projects.register.seats import contact_or_person
from bifocal.projects.terms.models import TmRate
from bifocal.projects.terms.queries import terms_of
from bifocal.projects.terms.rules import OwnApproval, Rated
from bifocal.projects.tickets import queries as tickets
from bifocal.projects.tickets.models import TicketLine
from bifocal.projects.tickets.paper import whole


def changes_tab(row: Job, actor: Actor) -> dict[str, Any]:
    """Every change of a job in all tiers, and which can be grouped now."""
    found = Document.objects.visible_to(actor).filter(job=row, sort__in=TIER_SORTS)
    docs = list(found.select_related("change_order__group").order_by("-id"))
    alone = [d for d in docs if d.status == "pricing" and not d.change_order.group_id and d.sort != Sort.CHANGE]
    return {
        "rows": [{"d": d, "c": d.change_order, "sort_name": NAME[Sort(d.sort)]} for d in docs], "alone": alone, "terms": terms_of(row),
        "makes": "change.draft",
    }  # fmt: skip


def tickets_tab(row: Job, actor: Actor) -> dict[str, Any]:
    """The job's tickets and the form to write one on site."""
    rates = TmRate.objects.filter(contract__job=row).exclude(name="").order_by("sort", "name").values_list("sort", "name").distinct()
    seen = Document.objects.visible_to(actor).filter(job=row, sort=Sort.TICKET).values_list("pk", flat=True)
    keep = set(seen)
    events = Document.objects.filter(job=row, sort=Sort.EVENT, status__in=LIVE).order_by("-id")
    return {
        "rows": [r for r in tickets.of_job(row) if r["doc"].pk in keep], "names": {str(s): [n for k, n in rates if k == s] for s in Rated},
        "people": Person.objects.filter(active=True).order_by("name"), "events": events, "sees_price": actor.sees_all,
    }  # fmt: skip


def contract_terms(contract: Contract) -> dict[str, Any]:
    """What was agreed about changes, for the page of the contract."""
    return {
        "terms": terms_of(contract.job), "rates": contract.tm_rates.order_by("sort", "name", "-since"), "own_ways": list(OwnApproval),
        "rated": list(Rated), "contact_names": _names(contract),
    }  # fmt: skip


def _names(contract: Contract) -> dict[str, str]:
    return {a["who"]: contact_or_person(UUID(a["who"])).name for a in terms_of(contract.job).approvers}


def change_parts(doc: Document) -> dict[str, Any]:
    """A change's page: lines of all its members, markup and margin, who approves, what it groups or is grouped in."""
    row: ChangeOrder = doc.change_order
    terms = terms_of(doc.job)
    return {
        "change": row, "lines": list(lines_behind(doc)), "cost_codes": CostCode.objects.order_by("code"), "label": labelled(row),
        "members": list(Document.objects.filter(change_order__group=doc).select_related("change_order").order_by("id")),
        "disputed": list(Document.objects.filter(change_order__rest_of=doc).select_related("change_order")), "terms": terms,
        "markups": [m for m in row.markups if "amount" in m], "start_markups": row.markups or terms.markups,
        "priceable": doc.status in PRICEABLE and not row.group_id, "top": doc.sort == Sort.CHANGE,
        "reversal": Document.objects.filter(change_order__reverses=doc).first(),
    }  # fmt: skip


def ticket_parts(doc: Document, actor: Actor) -> dict[str, Any]:
    """A ticket's page on a phone: what is written, then the client signs, or refuses before a witness."""
    row = doc.ticket
    lines = list(row.lines.select_related("person"))
    return {
        "t": row, "ticket_lines": lines, "sums": tickets.sums(lines), "whole": whole(row), "sees_price": actor.sees_all,
        "events": Document.objects.filter(job=doc.job, sort=Sort.EVENT, status__in=LIVE).order_by("-id"),
        "cost_codes": CostCode.objects.order_by("code"), **_form(doc.job, lines),
    }  # fmt: skip


def _form(job: Job, lines: list[TicketLine]) -> dict[str, Any]:
    """What the form to write it again starts with: the lines as they are, one empty where there is none."""
    by = {s: [li for li in lines if li.sort == s] for s in Rated}
    rates = TmRate.objects.filter(contract__job=job).exclude(name="").order_by("name").values_list("sort", "name").distinct()
    return {
        "labor_rows": by[Rated.LABOR] or [{}], "material_rows": by[Rated.MATERIAL] or [{}], "machine_rows": by[Rated.EQUIPMENT] or [{}],
        "names": {str(s): [n for k, n in rates if k == s] for s in Rated}, "people": Person.objects.filter(active=True).order_by("name"),
    }  # fmt: skip


@page
def evidence(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """The evidence of a change event as one PDF, with our cost."""
    row: Document = Document.objects.filter(sort=Sort.EVENT).select_related("job__customer", "job__site", "job__branch").find(uid, actor)
    require(actor, "cost.see")
    how = {"Content-Disposition": f'inline; filename="{row.number} evidence.pdf"'}
    return HttpResponse(evidence_pdf(row, with_cost=True), content_type="application/pdf", headers=how)


@page
def exposure(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Work that nobody has approved, over all projects, with its cost already spent."""
    require(actor, "cost.see")
    found = exposure_of_all()
    found["rows"].sort(key=lambda r: -r["at_risk"])
    return render(request, "pages/exposure.html", {"exposure": found})
