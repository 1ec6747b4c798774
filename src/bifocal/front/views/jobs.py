"""Jobs and customers: one page per thing, with tabs by capability."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from bifocal.bridges.imports.models import PastWork
from bifocal.bridges.portfolio.queries import customer_page
from bifocal.bridges.workmix.queries import job_capabilities
from bifocal.bridges.workmix.rules import LONG_JOB, WORDS, Capability, offered
from bifocal.core.actor import Actor
from bifocal.core.models import Company
from bifocal.front.queries import history
from bifocal.front.views import selections
from bifocal.front.views.billing import billing_tab
from bifocal.front.views.change import changes_tab, contract_terms, tickets_tab
from bifocal.front.views.controls import budget_tab, commitments_tab, events_tab
from bifocal.front.views.frame import page
from bifocal.front.views.planning import schedule_tab
from bifocal.kernel.billing.queries import billed_net, money_of_jobs
from bifocal.kernel.billing.rules import InvoiceSort, InvoiceStatus
from bifocal.kernel.costs.queries import cost_lines, margin
from bifocal.kernel.documents.models import File
from bifocal.kernel.jobs.models import CostCode, Job, JobType
from bifocal.kernel.jobs.rules import LIVE, NEXT, Hold, Work
from bifocal.kernel.messages.models import Message
from bifocal.kernel.parties.models import Contact, Customer
from bifocal.kernel.people.models import Person
from bifocal.kernel.time.models import TimeSegment
from bifocal.lib.errors import NotFound
from bifocal.projects.budget.queries import sov_by_code
from bifocal.projects.closeout.models import Warranty
from bifocal.projects.closeout.queries import closeout
from bifocal.projects.contracts.models import Contract
from bifocal.projects.contracts.rules import CERTIFIES, OurRole
from bifocal.projects.dailylogs.rules import SECTIONS
from bifocal.projects.register.models import Document
from bifocal.projects.schedule.queries import rows as schedule_rows
from bifocal.service.levels.queries import levels_of
from bifocal.service.visits.models import Card

OWN_TEMPLATE = {"events", "changes", "tickets"}  # papers whose tab is more than a list
COSTED = {"budget", "commitments", "events"}  # tabs that show cost
WITH = {"commitments": "budget", "events": "budget", "tickets": "changes"}  # tabs that come with another's capability
WIDE = {"contract", "schedule", "budget", "commitments", "events", "costs", "time", "selections"}  # whole width: tables
NEXT_TO_HOLD = [state for state, moves in NEXT.items() if Work.ON_HOLD in moves]
MAKES = {"rfi": "rfi.draft", "submittal": "submittal.draft", "daily_log": "log.write", "punch": "punch.add"}
DOCUMENT_TABS = {
    "rfis": "rfi", "submittals": "submittal", "changes": "change_order", "log": "daily_log", "punch": "punch", "events": "change_event",
    "tickets": "tm_ticket",
}  # fmt: skip


@page
def customer(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """A customer in both lenses: one history, one balance that opens."""
    row: Customer = Customer.objects.find(uid, actor)
    technicians = Person.objects.filter(active=True, dispatchable=True).order_by("name")
    crossed = {
        "bans": row.bans.select_related("person"), "technicians": technicians, "levels": levels_of(row) if actor.sees_all else [],
        "preferred": row.preferred.select_related("person").order_by("person__name"),
    }  # fmt: skip
    return render(request, "pages/customer.html", {**customer_page(row, actor), **crossed, "history": history(uid, actor)})


def _tabs(job: Job, actor: Actor, on: frozenset[Capability]) -> list[tuple[str, str]]:
    """Tabs appear only with their capability."""
    tabs = [("overview", _("Overview"))]
    if actor.sees_all:
        named = [
            ("contract", _("Contract")), ("schedule", _("Schedule")), ("budget", _("Budget")), ("commitments", _("Commitments")),
            ("events", _("Events")), ("tickets", _("Tickets")), ("changes", _("Changes")),
            ("rfis", _("RFIs")), ("submittals", _("Submittals")), ("log", _("Log")),
            ("punch", _("Punch")),
        ]  # fmt: skip
        tabs += [t for t in named if WITH.get(t[0], t[0]) in on and (t[0] not in COSTED or actor.can("cost.see"))]
        tabs += [("selections", _("Selections"))] if actor.can("cost.see") and selections.shows(job) else []
        tabs += [("closeout", _("Closeout"))] if job.lens == "project" else []
        tabs += [("billing", _("Billing")), ("time", _("Time"))]
    elif "changes" in on and actor.can("ticket.edit"):
        tabs.append(("tickets", _("Tickets")))
    if actor.can("cost.see"):
        tabs.append(("costs", _("Cost")))
    return [*tabs, ("files", _("Files")), ("history", _("History"))]


@page
def job(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """One page per job, one shape for both lenses."""
    row: Job = Job.objects.find(uid, actor)
    on = job_capabilities(row)
    tabs = _tabs(row, actor, on)
    tab = request.GET.get("tab", "overview")
    if tab not in dict(tabs):
        raise NotFound("This job has no such part, or you may not see it.")
    frame: dict[str, Any] = {
        "job": row,
        "tabs": tabs,
        "tab": tab,
        "tab_name": dict(tabs)[tab],
        "today": timezone.localdate(),
        "contract": Contract.objects.filter(job=row).first(),
        "money": money_of_jobs([row.pk])[row.pk] if actor.sees_all else None,
        "invoices": list(row.invoices.order_by("-id")) if actor.sees_all else [],
        "codes": CostCode.objects.order_by("code"),
        "conflicts": Card.objects.filter(visit__job=row, settled_at=None).count(),
        "next_visit": row.visits.exclude(status__in=["done", "cancelled"]).order_by("seq").first(),
        "side": tab not in WIDE,
        **_capabilities(row, on),
    }
    frame["service_invoice"] = any(i.sort == InvoiceSort.SERVICE and i.status != InvoiceStatus.VOID for i in frame["invoices"])
    if frame["side"]:
        frame |= _side(row, actor)
    frame["tab_template"] = f"tabs/{'documents' if tab in DOCUMENT_TABS and tab not in OWN_TEMPLATE else tab}.html"
    if tab == "budget" and request.GET.get("view") == "approved":
        return render(request, "pages/job.html", {**frame, **budget_tab(row, approved_only=True)})
    return render(request, "pages/job.html", {**frame, **FILL[tab](row, actor)})


def _capabilities(row: Job, on: frozenset[Capability]) -> dict[str, Any]:
    """What the job shows, what one click adds, and whether it can be run as a long job."""
    more = [(c, WORDS[c]) for c in offered(row.lens == "project", on)]
    return {"on": on, "more": more, "long_job": row.lens == "service" and not set(LONG_JOB) <= on}


def _side(row: Job, actor: Actor) -> dict[str, Any]:
    """The column beside: people, dates, messages, details."""
    return {
        "team": sorted(row.members.filter(until=None).select_related("person"), key=lambda m: (m.role == "crew", m.role, m.pk)),
        "parties": row.parties.select_related("contact", "customer", "vendor"),
        "contacts": Contact.objects.filter(customer=row.customer).order_by("name")[:4] if actor.sees_all else [],
        "letters": Message.objects.filter(subject_uid__in=_subjects(row)).order_by("-id")[:4] if actor.sees_all else [],
        "warranties": Warranty.objects.filter(job=row),
        "past": PastWork.objects.filter(job=row).first() if actor.sees_all and row.work_status == Work.CLOSED else None,
        "holds": list(Hold),
        "holdable": NEXT_TO_HOLD,
    }


def _subjects(row: Job) -> list[UUID]:
    """The job and its papers, as letters and files name them."""
    invoices = row.invoices.values_list("uid", flat=True)
    return [row.uid, *row.visits.values_list("uid", flat=True), *row.documents.values_list("uid", flat=True), *invoices]


def _overview(row: Job, actor: Actor) -> dict[str, Any]:
    found: dict[str, Any] = {
        "visits": row.visits.order_by("seq"),
        "margin": margin(row, timezone.now()) if actor.can("cost.see") else None,
        "follow_ups": row.follow_ups.all(),
        "equipment": row.site.equipment.order_by("name")[:12],
        "types": JobType.objects.order_by("name"),
        "billed": billed_net(row),
        "live": LIVE,
        "ended": [Work.CLOSED, Work.CANCELLED],
    }
    if row.lens == "project":
        found |= {"open_documents": row.documents.exclude(ball="").order_by("due", "id")[:12], "ahead": ahead_of(row)}
    return found


def ahead_of(row: Job) -> list[dict[str, Any]]:
    """Activities that start or end in the next three weeks."""
    first = timezone.localdate()
    last = first + timedelta(days=21)
    found = schedule_rows(row)["rows"] if row.activities.exists() else []
    return [r for r in found if first <= r["dates"].early_start <= last or first <= r["dates"].early_finish <= last]


def _documents(sort: str) -> Callable[[Job, Actor], dict[str, Any]]:
    def fill(row: Job, actor: Actor) -> dict[str, Any]:
        around = Contact.objects.filter(customer=row.customer) | Contact.objects.filter(jobparty__job=row)
        return {
            "documents": Document.objects.visible_to(actor).filter(job=row, sort=sort).order_by("-id"),
            "sort": sort,
            "makes": MAKES[sort],
            **log_form({}),
            "contacts": around.distinct().order_by("name"),
            "people": Person.objects.filter(active=True).order_by("name"),
        }

    return fill


def log_form(sections: dict[str, Any]) -> dict[str, Any]:
    """What the form of a daily log starts with: what is written, a row per crew, the short sections."""
    rows = sections.get("manpower")
    table = [r for r in rows if isinstance(r, dict)] if isinstance(rows, list) else []
    short = [s for s in SECTIONS if s not in ("weather", "manpower", "work")]
    return {"written": sections, "manpower": table or [{"company": Company.get().name}], "short_sections": short}


def _closeout(row: Job, actor: Actor) -> dict[str, Any]:
    return {"end": closeout(row)}


def _costs(row: Job, actor: Actor) -> dict[str, Any]:
    others = Job.objects.exclude(pk=row.pk).exclude(work_status=Work.CANCELLED).order_by("-id")[:60]
    return {"lines": cost_lines(row)[-400:], "margin": margin(row, timezone.now()), "jobs": others}


def _time(row: Job, actor: Actor) -> dict[str, Any]:
    segments = TimeSegment.objects.filter(job=row).select_related("person", "cost_code").order_by("-id")[:300]
    return {"segments": segments, "people": Person.objects.filter(active=True).order_by("name")}


def _tickets(row: Job, actor: Actor) -> dict[str, Any]:
    blank: dict[str, Any] = {"labor_rows": [{}], "material_rows": [{}], "machine_rows": [{}]}
    return {**tickets_tab(row, actor), **blank}


def _contract(row: Job, actor: Actor) -> dict[str, Any]:
    contract = Contract.objects.filter(job=row).first()
    if contract is None:
        return {}
    around = Contact.objects.filter(customer=row.customer) | Contact.objects.filter(jobparty__job=row)
    return {
        "sov": contract.sov.select_related("cost_code", "change").prefetch_related("codes__cost_code"),
        "by_code": sov_by_code(contract) if actor.can("cost.see") else None, "certifies": CERTIFIES[OurRole(contract.our_role)],
        "contacts": around.distinct().order_by("name"), **contract_terms(contract),
    }  # fmt: skip


def _files(row: Job, actor: Actor) -> dict[str, Any]:
    return {"files": File.objects.filter(subject_uid__in=_subjects(row)).order_by("-id")[:200]}


FILL: dict[str, Callable[[Job, Actor], dict[str, Any]]] = {
    "overview": _overview,
    "schedule": schedule_tab,
    "budget": lambda row, actor: budget_tab(row, approved_only=False),
    "commitments": lambda row, actor: commitments_tab(row),
    "costs": _costs,
    "time": _time,
    "contract": _contract,
    "billing": billing_tab,
    "closeout": _closeout,
    "files": _files,
    "history": lambda row, actor: {"history": history(row.uid, actor)},
    **{t: _documents(s) for t, s in DOCUMENT_TABS.items() if t not in OWN_TEMPLATE},
    "changes": changes_tab,
    "tickets": _tickets,
    "events": lambda row, actor: events_tab(row),
    "selections": selections.tab,
}
