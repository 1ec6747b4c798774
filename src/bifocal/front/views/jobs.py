"""Jobs and customers: lists, and one page per thing with tabs by capability."""

from __future__ import annotations

import csv
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _

from bifocal.bridges.portfolio.queries import customer_page
from bifocal.core import search as find_anything
from bifocal.core.actor import Actor
from bifocal.core.paging import page as cut
from bifocal.front.queries import history
from bifocal.front.views.controls import budget_tab, commitments_tab, events_tab
from bifocal.front.views.frame import page
from bifocal.kernel.billing.models import Invoice
from bifocal.kernel.billing.queries import billed_net, money_of_jobs
from bifocal.kernel.costs.queries import cost_lines, margin
from bifocal.kernel.documents.models import File
from bifocal.kernel.jobs.models import CostCode, Job, JobType
from bifocal.kernel.jobs.rules import Hold, Profile, Work
from bifocal.kernel.parties.models import Contact, Customer
from bifocal.kernel.people.models import Crew, Person
from bifocal.kernel.time.models import TimeSegment
from bifocal.lib.errors import NotFound
from bifocal.projects.closeout.models import Warranty
from bifocal.projects.contracts.models import Contract
from bifocal.projects.contracts.rules import CERTIFIES, OurRole
from bifocal.projects.dailylogs.rules import SECTIONS
from bifocal.projects.register.models import Document
from bifocal.projects.schedule.commands import start_of
from bifocal.projects.schedule.queries import rows as schedule_rows

DOCUMENT_TABS = {
    "rfis": "rfi", "submittals": "submittal", "changes": "change_order", "log": "daily_log", "punch": "punch", "events": "change_event",
}  # fmt: skip


def kept_query(request: HttpRequest) -> str:
    """The list's filters without its cursor."""
    query: QueryDict = request.GET.copy()
    query.pop("cursor", None)
    return query.urlencode()


def _jobs(request: HttpRequest, actor: Actor) -> QuerySet[Any]:
    rows = Job.objects.visible_to(actor).select_related("customer", "site")
    if request.GET.get("profile") in list(Profile):
        rows = rows.filter(profile=request.GET["profile"])
    if request.GET.get("work_status") in list(Work):
        rows = rows.filter(work_status=request.GET["work_status"])
    if request.GET.get("q"):
        rows = rows.filter(uid__in=[h["uid"] for h in find_anything.find(request.GET["q"], kinds=["job"], limit=300)])
    found: QuerySet[Any] = rows
    return found


@page
def jobs(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All jobs, both lenses, unless filtered."""
    query = _jobs(request, actor)
    got = cut(query, cursor=request.GET.get("cursor", ""), size=50)
    money = money_of_jobs([j.pk for j in got.rows])
    return render(
        request,
        "pages/list.html",
        {
            "heading": _("Jobs"),
            "count": f"{query.count():,}",
            "rows": [{"job": j, "money": money[j.pk]} for j in got.rows],
            "next": got.next,
            "rows_template": "parts/rows_jobs.html",
            "with_money": actor.sees_all,
            "query": kept_query(request),
            "q": request.GET.get("q", ""),
            "export": f"/jobs.csv?{kept_query(request)}" if actor.sees_all else "",
            "empty": _("No job matches. Book a call, or change the filter."),
            "filters": [
                {"name": "profile", "label": _("Lens"), "options": list(Profile), "value": request.GET.get("profile")},
                {"name": "work_status", "label": _("Work"), "options": list(Work), "value": request.GET.get("work_status")},
            ],
        },
    )


class _Echo:
    def write(self, value: str) -> str:
        return value


@page
def jobs_csv(request: HttpRequest, actor: Actor) -> StreamingHttpResponse:
    """The filtered list as CSV, row by row. A cell that a spreadsheet would run as a formula is quoted."""
    writer = csv.writer(_Echo())

    def lines() -> Any:
        yield writer.writerow(["number", "title", "profile", "work status", "customer", "site", "created"])
        for j in _jobs(request, actor).order_by("-id").iterator(chunk_size=1000):
            cells = [j.number, j.title, j.profile, j.work_status, j.customer.name, j.site.one_line, j.created_at.date()]
            yield writer.writerow([f"'{c}" if str(c)[:1] in "=+-@" else c for c in cells])

    return StreamingHttpResponse(lines(), content_type="text/csv", headers={"Content-Disposition": 'attachment; filename="jobs.csv"'})


@page
def customers(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The one list of customers."""
    query = Customer.objects.visible_to(actor)
    if request.GET.get("q"):
        query = query.filter(uid__in=[h["uid"] for h in find_anything.find(request.GET["q"], kinds=["customer"], limit=300)])
    got = cut(query, order="name", cursor=request.GET.get("cursor", ""), size=50)
    return render(
        request,
        "pages/list.html",
        {
            "heading": _("Customers"),
            "count": f"{query.count():,}",
            "rows": got.rows,
            "next": got.next,
            "rows_template": "parts/rows_customers.html",
            "query": kept_query(request),
            "q": request.GET.get("q", ""),
            "filters": [{"name": "x", "label": _("Lens"), "options": [], "value": ""}][:0] or None,
            "empty": _("No customer matches."),
        },
    )


@page
def customer(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """A customer in both lenses: one history, one balance that opens."""
    row: Customer = Customer.objects.find(uid, actor)
    return render(request, "pages/customer.html", {**customer_page(row), "history": history(uid, actor)})


def _tabs(job: Job, actor: Actor) -> list[tuple[str, str]]:
    """Tabs appear only with their capability."""
    tabs = [("overview", _("Overview"))]
    if job.lens == "project" and actor.sees_all:
        tabs += [("contract", _("Contract")), ("schedule", _("Schedule"))]
        if actor.can("cost.see"):
            tabs += [("budget", _("Budget")), ("commitments", _("Commitments")), ("events", _("Events"))]
        tabs += [("changes", _("Changes")), ("rfis", _("RFIs")), ("submittals", _("Submittals")), ("log", _("Log")), ("punch", _("Punch"))]
    if actor.sees_all:
        tabs += [("billing", _("Billing")), ("time", _("Time"))]
    if actor.can("cost.see"):
        tabs.append(("costs", _("Cost")))
    return [*tabs, ("files", _("Files")), ("history", _("History"))]


@page
def job(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """One page per job, one shape for both lenses."""
    row: Job = Job.objects.find(uid, actor)
    tabs = _tabs(row, actor)
    tab = request.GET.get("tab", "overview")
    if tab not in dict(tabs):
        raise NotFound("This job has no such part, or you may not see it.")
    frame = {
        "job": row,
        "tabs": tabs,
        "tab": tab,
        "tab_name": dict(tabs)[tab],
        "today": timezone.localdate(),
        "contract": Contract.objects.filter(job=row).first(),
        "money": money_of_jobs([row.pk])[row.pk] if actor.sees_all else None,
        "invoices": list(row.invoices.order_by("-id")) if actor.sees_all else [],
        "codes": CostCode.objects.order_by("code"),
    }
    frame["tab_template"] = f"tabs/{'documents' if tab in DOCUMENT_TABS and tab != 'events' else tab}.html"
    if tab == "budget" and request.GET.get("view") == "approved":
        return render(request, "pages/job.html", {**frame, **budget_tab(row, approved_only=True)})
    return render(request, "pages/job.html", {**frame, **FILL[tab](row, actor)})


def _overview(row: Job, actor: Actor) -> dict[str, Any]:
    return {
        "visits": row.visits.order_by("seq"),
        "margin": margin(row, timezone.now()) if actor.can("cost.see") else None,
        "team": row.members.filter(until=None).select_related("person"),
        "follow_ups": row.follow_ups.all(),
        "holds": list(Hold),
        "warranties": Warranty.objects.filter(job=row),
        "types": JobType.objects.order_by("name"),
        "billed": billed_net(row),
    }


def _documents(sort: str) -> Callable[[Job, Actor], dict[str, Any]]:
    def fill(row: Job, actor: Actor) -> dict[str, Any]:
        return {
            "documents": Document.objects.visible_to(actor).filter(job=row, sort=sort).order_by("-id"),
            "sort": sort,
            "sections": SECTIONS,
            "contacts": Contact.objects.filter(customer=row.customer),
            "people": Person.objects.filter(active=True).order_by("name"),
        }

    return fill


def _schedule(row: Job, actor: Actor) -> dict[str, Any]:
    found = schedule_rows(row, start_of(row))
    for r in found["rows"]:
        r["pos"], r["size"] = r["left"] / 10, r["width"] / 10
    for w in found["weeks"]:
        w["pos"] = w["left"] / 10
    return {**found, "crews": Crew.objects.order_by("name")}


def _costs(row: Job, actor: Actor) -> dict[str, Any]:
    others = Job.objects.exclude(pk=row.pk).exclude(work_status=Work.CANCELLED).order_by("-id")[:60]
    return {"lines": cost_lines(row)[-400:], "margin": margin(row, timezone.now()), "jobs": others}


def _time(row: Job, actor: Actor) -> dict[str, Any]:
    segments = TimeSegment.objects.filter(job=row).select_related("person", "cost_code").order_by("-id")[:300]
    return {"segments": segments, "people": Person.objects.filter(active=True).order_by("name")}


def _contract(row: Job, actor: Actor) -> dict[str, Any]:
    contract = Contract.objects.filter(job=row).first()
    if contract is None:
        return {}
    return {"sov": contract.sov.select_related("cost_code", "change"), "certifies": CERTIFIES[OurRole(contract.our_role)]}


def _billing(row: Job, actor: Actor) -> dict[str, Any]:
    contract = Contract.objects.filter(job=row).first()
    apps = contract.payapps.select_related("invoice").order_by("number") if contract else []
    return {"apps": apps, "invoices": Invoice.objects.filter(job=row).order_by("-id")}


def _files(row: Job, actor: Actor) -> dict[str, Any]:
    uids = [row.uid, *row.visits.values_list("uid", flat=True), *row.documents.values_list("uid", flat=True)]
    return {"files": File.objects.filter(subject_uid__in=uids).order_by("-id")[:200]}


FILL: dict[str, Callable[[Job, Actor], dict[str, Any]]] = {
    "overview": _overview,
    "schedule": _schedule,
    "budget": lambda row, actor: budget_tab(row, approved_only=False),
    "commitments": lambda row, actor: commitments_tab(row),
    "costs": _costs,
    "time": _time,
    "contract": _contract,
    "billing": _billing,
    "files": _files,
    "history": lambda row, actor: {"history": history(row.uid, actor)},
    **{t: _documents(s) for t, s in DOCUMENT_TABS.items()},
    "events": lambda row, actor: events_tab(row),
}


def link_button(href: str, text: str) -> str:
    """A quiet link in a list's head."""
    return format_html('<a class="btn btn-primary" href="{}">{}</a>', href, text)
