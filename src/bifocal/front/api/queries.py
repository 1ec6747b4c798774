"""Reads. Lists page by cursor; every row is one that the actor may see."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet
from django.http import HttpRequest

from bifocal.core import search as find_anything
from bifocal.core.models import Branch
from bifocal.core.paging import page
from bifocal.core.policy import require
from bifocal.front.api import actor_of, api
from bifocal.front.api.commands import REFUSALS
from bifocal.kernel.billing.queries import customer_balance, money_of_jobs
from bifocal.kernel.costs.queries import cost_lines, margin
from bifocal.kernel.jobs.models import CostCode, Job, JobType
from bifocal.kernel.parties.models import Contact, Customer, Equipment, Site, Vendor
from bifocal.kernel.people.models import Crew, Person
from bifocal.kernel.people.queries import day_of
from bifocal.kernel.pricebook.models import Item
from bifocal.kernel.stock.models import Location
from bifocal.kernel.time.models import TimeSegment
from bifocal.projects.budget.queries import report as budget_report
from bifocal.projects.contracts.models import Contract
from bifocal.projects.schedule.queries import computed
from bifocal.service.board.offering import offers_from_now
from bifocal.service.dispatch.queries import day_range
from bifocal.service.visits.models import Visit

JOB = (
    "id",
    "uid",
    "number",
    "title",
    "profile",
    "work_status",
    "billing_rule",
    "hold_reason",
    "outcome",
    "version",
    "created_at",
)


def listed(query: QuerySet[Any], cursor: str, size: int, *, order: str = "-id") -> dict[str, Any]:
    """A page of `.values()` rows with its next cursor; the inner id stays inside."""
    got = page(query, order=order, cursor=cursor, size=size)
    return {"rows": [{k: v for k, v in r.items() if k != "id"} for r in got.rows], "next": got.next}


def get(path: str, name: str, summary: str) -> Any:
    """A read at an address."""
    return api.get(path, operation_id=name, summary=summary, response={200: Any}, openapi_extra=REFUSALS, tags=["queries"])


@get("/me", "me", "Who I am and what I may do")
def me(request: HttpRequest) -> Any:
    actor = actor_of(request)
    return {"kind": actor.kind, "name": actor.name, "roles": sorted(actor.roles), "rights": sorted(actor.rights)}


@get("/search", "search", "Anything by a fragment of name, number, phone or address")
def search(request: HttpRequest, q: str, size: int = 20) -> Any:
    actor = actor_of(request)
    require(actor, "read")
    if not actor.sees_all:
        mine = Job.objects.visible_to(actor).filter(title__icontains=q).values("uid", "number", "title")[:20]
        return {"rows": [{"kind": "job", "uid": j["uid"], "title": f"{j['number']} {j['title']}", "detail": ""} for j in mine]}
    return {"rows": find_anything.find(q, limit=max(1, min(size, 50)))}


@get("/customers", "customers", "Customers")
def customers(request: HttpRequest, q: str = "", cursor: str = "", size: int = 50) -> Any:
    rows = Customer.objects.visible_to(actor_of(request))
    if q:
        rows = rows.filter(uid__in=[r["uid"] for r in find_anything.find(q, kinds=["customer"], limit=200)])
    return listed(rows.values("id", "uid", "number", "name", "sort", "phone", "email", "terms_days", "version"), cursor, size)


@get("/customers/{uid}", "customer", "A customer with sites and the balance that opens")
def customer(request: HttpRequest, uid: UUID) -> Any:
    actor = actor_of(request)
    row: Customer = Customer.objects.find(uid, actor)
    out = {
        **row.answer(),
        "email": row.email,
        "phone": row.phone,
        "terms_days": row.terms_days,
        "hold_service": row.hold_service,
        "hold_project": row.hold_project,
        "sites": list(row.sites.values("uid", "name", "address", "city", "state", "tax_code")),
        "contacts": list(row.contacts.values("uid", "name", "role", "email", "phone")),
    }
    return {**out, "balance": customer_balance(row.pk)} if actor.sees_all else out


@get("/sites/{uid}", "site", "A site with its equipment and history")
def site(request: HttpRequest, uid: UUID) -> Any:
    actor = actor_of(request)
    row: Site = Site.objects.find(uid, actor)
    jobs = Job.objects.visible_to(actor).filter(site=row).order_by("-id").values(*JOB[1:])[:50]
    units = Equipment.objects.visible_to(actor).filter(site=row).values("uid", "name", "make", "model", "serial", "warranty_until")
    return {**row.answer(), "address": row.one_line, "access": row.access, "equipment": list(units), "jobs": list(jobs)}


@get("/jobs", "jobs", "Jobs of both lenses, newest first; `count` with the first page")
def jobs(
    request: HttpRequest,
    work_status: str = "",
    profile: str = "",
    customer: UUID | None = None,
    q: str = "",
    cursor: str = "",
    size: int = 50,
) -> Any:
    rows = Job.objects.visible_to(actor_of(request))
    if work_status:
        rows = rows.filter(work_status=work_status)
    if profile:
        rows = rows.filter(profile=profile)
    if customer:
        rows = rows.filter(customer__uid=customer)
    if q:
        rows = rows.filter(uid__in=[r["uid"] for r in find_anything.find(q, kinds=["job"], limit=200)])
    out = listed(rows.values(*JOB, customer_name=F("customer__name"), site_name=F("site__name")), cursor, size)
    return out if cursor else {**out, "count": rows.count()}


@get("/jobs/{uid}", "job", "A job with its money, visits, phases and team")
def job(request: HttpRequest, uid: UUID) -> Any:
    actor = actor_of(request)
    row: Job = Job.objects.find(uid, actor)
    out = {
        **{k: getattr(row, k) for k in JOB[1:]},
        "customer": row.customer.uid,
        "customer_name": row.customer.name,
        "site": row.site.uid,
        "site_name": row.site.name,
        "address": row.site.one_line,
        "lens": row.lens,
        "custom": row.custom,
        "notes": row.notes,
        "visits": [
            {**v.answer(), "planned": _span(v.planned), "people": v.people, "outcome": v.outcome} for v in row.visits.order_by("seq")
        ],
        "phases": list(row.phases.values("code", "name")),
        "team": list(row.members.values("role", name=F("person__name"), person_uid=F("person__uid"))),
        "origin": row.origin.number if row.origin else None,
    }
    if actor.sees_all:
        money = money_of_jobs([row.pk])[row.pk]
        out |= {k: money[k] for k in ("billing_status", "billed", "open", "paid", "deposits")}
        contract = Contract.objects.filter(job=row).first()
        out["contract"] = contract.answer() if contract else None
    return out


def _span(value: Any) -> list[datetime] | None:
    return [value.lower, value.upper] if value is not None else None


@get("/jobs/{uid}/costs", "job_costs", "Margin of a job, open down to the hour and the receipt")
def job_costs(request: HttpRequest, uid: UUID) -> Any:
    actor = actor_of(request)
    require(actor, "cost.see")
    row: Job = Job.objects.find(uid, actor)
    return {**margin(row, datetime.now(UTC)), "lines": cost_lines(row)}


@get("/jobs/{uid}/budget", "job_budget", "Budget by cost code and type against the ledger")
def job_budget(request: HttpRequest, uid: UUID) -> Any:
    actor = actor_of(request)
    require(actor, "cost.see")
    return budget_report(Job.objects.find(uid, actor))


@get("/jobs/{uid}/schedule", "job_schedule", "Computed dates, float and critical path")
def job_schedule(request: HttpRequest, uid: UUID) -> Any:
    row: Job = Job.objects.find(uid, actor_of(request))
    result = computed(row)
    acts = {a.code: a for a in row.activities.select_related("crew")}
    return {
        "finish": result.finish,
        "critical_path": list(result.critical_path),
        "activities": [
            {
                "uid": acts[c].uid,
                "code": c,
                "name": acts[c].name,
                "days": acts[c].days,
                "percent": acts[c].percent,
                "version": acts[c].version,
                "crew": acts[c].crew.name if acts[c].crew else None,
                "early_start": d.early_start,
                "early_finish": d.early_finish,
                "late_start": d.late_start,
                "late_finish": d.late_finish,
                "total_float": d.total_float,
                "critical": d.critical,
                "driving": d.driving,
            }
            for c, d in result.dates.items()
        ],
    }


@get("/jobs/{uid}/time", "job_time", "Time on a job")
def job_time(request: HttpRequest, uid: UUID, cursor: str = "", size: int = 100) -> Any:
    actor = actor_of(request)
    rows = TimeSegment.objects.visible_to(actor).filter(job=Job.objects.find(uid, actor))
    values = ["id", "uid", "activity", "status", "hours", "pay_class", "why", "during"]
    if actor.can("cost.see"):
        values += ["rate", "burden"]
    out = listed(rows.values(*values, person_name=F("person__name")), cursor, size)
    out["rows"] = [{**r, "during": [r["during"].lower, r["during"].upper]} for r in out["rows"]]
    return out


@get("/visits/{uid}", "visit", "A visit")
def visit(request: HttpRequest, uid: UUID) -> Any:
    row: Visit = Visit.objects.find(uid, actor_of(request))
    parts = row.parts.values("quantity", "price", item_name=F("item__name"))
    return {
        **row.answer(),
        "job": row.job.uid,
        "planned": _span(row.planned),
        "window": _span(row.window),
        "outcome": row.outcome,
        "people": row.people,
        "missing": row.missing,
        "parts": list(parts),
    }


@get("/visits/{uid}/offers", "visit_offers", "Free, qualified technicians for a visit on a day, earliest first")
def visit_offers(request: HttpRequest, uid: UUID, day: date | None = None, limit: int = 6) -> Any:
    actor = actor_of(request)
    require(actor, "visit.schedule")
    _day, found = offers_from_now(Visit.objects.find(uid, actor), day, datetime.now(UTC), max(1, min(limit, 200)))
    return [
        {"person": f["person"].uid, "name": f["person"].name, "start": f["start"], "end": f["end"],
         "along": [{"person": p.uid, "name": p.name} for p in f["along"]]}
        for f in found
    ]  # fmt: skip


@get("/visits", "visits", "Visits, newest first")
def visits(request: HttpRequest, status: str = "", cursor: str = "", size: int = 50) -> Any:
    rows = Visit.objects.visible_to(actor_of(request))
    if status:
        rows = rows.filter(status=status)
    values = rows.values("id", "uid", "status", "seq", "outcome", "people", "version", job_uid=F("job__uid"), number=F("job__number"))
    return listed(values, cursor, size)


@get("/people", "people", "Our people")
def people(request: HttpRequest) -> Any:
    rows = Person.objects.visible_to(actor_of(request)).filter(active=True).order_by("name")
    return list(rows.values("uid", "name", "trade", "title", "phone", "dispatchable", branch_code=F("branch__code")))


@get("/people/{uid}/day", "person_day", "A person's day, both lenses on one line")
def person_day(request: HttpRequest, uid: UUID, day: date) -> Any:
    row: Person = Person.objects.find(uid, actor_of(request))
    span = day_range(day, row.branch.tz)
    return [{**a, "during": [a["during"].lower, a["during"].upper]} for a in day_of(row, span.start, span.end)]


@get("/people/{uid}/time", "person_time", "A person's time of a day, on every job")
def person_time(request: HttpRequest, uid: UUID, day: date) -> Any:
    actor = actor_of(request)
    row: Person = Person.objects.find(uid, actor)
    span = day_range(day, row.branch.tz)
    rows = TimeSegment.objects.visible_to(actor).filter(person=row, during__overlap=(span.start, span.end)).order_by("during")
    values = rows.values("uid", "activity", "status", "hours", "during", job_number=F("job__number"))
    return [{**r, "during": [r["during"].lower, r["during"].upper]} for r in values]


@get("/crews", "crews", "Crews and their members")
def crews(request: HttpRequest) -> Any:
    rows = Crew.objects.visible_to(actor_of(request)).prefetch_related("members").order_by("name")
    return [{**c.answer(), "members": [m.name for m in c.members.all()]} for c in rows]


@get("/items", "items", "The price book")
def items(request: HttpRequest, cursor: str = "", size: int = 100) -> Any:
    actor = actor_of(request)
    require(actor, "read")
    values = ["id", "uid", "code", "name", "sort", "unit", "price", "taxable", "stocked", "version"]
    return listed(Item.objects.filter(active=True).values(*values, *(["cost"] if actor.can("cost.see") else [])), cursor, size)


@get("/lists", "lists", "Job types, branches, cost codes, trucks and warehouses")
def lists(request: HttpRequest) -> Any:
    actor = actor_of(request)
    require(actor, "read")
    return {
        "job_types": list(JobType.objects.order_by("name").values("uid", "code", "name", "minutes", "skill", "people", "bills_on_site")),
        "branches": list(Branch.objects.order_by("id").values("uid", "code", "name", "tz")),
        "cost_codes": list(CostCode.objects.order_by("code").values("uid", "code", "name")),
        "locations": list(Location.objects.visible_to(actor).order_by("name").values("uid", "name", "sort")),
    }


@get("/vendors", "vendors", "Vendors and subcontractors")
def vendors(request: HttpRequest, cursor: str = "", size: int = 50) -> Any:
    rows = Vendor.objects.visible_to(actor_of(request)).values("id", "uid", "number", "name", "is_subcontractor", "terms_days", "version")
    return listed(rows, cursor, size)


@get("/contacts", "contacts", "Contacts")
def contacts(request: HttpRequest, customer: UUID | None = None, cursor: str = "", size: int = 50) -> Any:
    rows = Contact.objects.visible_to(actor_of(request))
    if customer:
        rows = rows.filter(customer__uid=customer)
    return listed(rows.values("id", "uid", "name", "role", "email", "phone", "version"), cursor, size)
