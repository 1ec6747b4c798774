"""The lists of the rail: what is listed, how it is narrowed, what its export holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bifocal.core.actor import Actor
from bifocal.core.models import Branch, User
from bifocal.front.lists import Filter, Listing, Rows, show
from bifocal.front.templatetags.show import word
from bifocal.front.views.frame import page
from bifocal.kernel.billing.models import Invoice
from bifocal.kernel.billing.queries import money_of_jobs, open_of_customers
from bifocal.kernel.billing.rules import stands
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.jobs.rules import LIVE, Profile, Work
from bifocal.kernel.parties.models import Customer
from bifocal.kernel.people.models import Crew, Demand, Person, Skill
from bifocal.kernel.people.queries import vehicles_between
from bifocal.kernel.pricebook.models import Item
from bifocal.kernel.stock.models import Location, StockLevel
from bifocal.lib.errors import NotFound
from bifocal.lib.money import ZERO
from bifocal.lib.periods import TimeRange
from bifocal.projects.contracts.models import Contract
from bifocal.projects.register.models import Document
from bifocal.projects.register.rules import NAME, Sort

LATE = date(9999, 12, 31)  # a document without a day sorts behind those with one
Pairs = Sequence[tuple[str, Any]]


def _words(values: Any) -> Callable[[], Pairs]:
    return lambda: [(str(v), word(v)) for v in values]


def _equals(column: str) -> Callable[[Rows, str], Rows]:
    return lambda rows, value: rows.filter(**{column: value})


def _branches() -> Pairs:
    return [(b.code, b.name) for b in Branch.objects.order_by("id")]


def _with_money(rows: list[Any], actor: Actor) -> list[Any]:
    money = money_of_jobs([j.pk for j in rows]) if actor.sees_all else {}
    return [{"job": j, "money": money.get(j.pk)} for j in rows]


def _job_columns(actor: Actor) -> Sequence[tuple[str, Callable[[Any], Any]]]:
    columns: list[tuple[str, Callable[[Any], Any]]] = [
        ("number", lambda r: r["job"].number), ("title", lambda r: r["job"].title), ("profile", lambda r: r["job"].profile),
        ("work status", lambda r: r["job"].work_status), ("customer", lambda r: r["job"].customer.name),
        ("site", lambda r: r["job"].site.one_line), ("created", lambda r: timezone.localtime(r["job"].created_at).date()),
    ]  # fmt: skip
    if actor.sees_all:
        columns += [
            ("billing", lambda r: r["money"]["billing_status"]), ("billed", lambda r: r["money"]["billed"]),
            ("open", lambda r: r["money"]["open"]),
        ]  # fmt: skip
    return columns


JOBS = Listing(
    name="jobs", heading=_("Jobs"), template="parts/rows_jobs.html", placeholder=_("number, title, customer, address"),
    empty=_("No job matches. Book a call, or change the filter."),
    rows=lambda actor: Job.objects.visible_to(actor).select_related("customer", "site").annotate(by_customer=F("customer__name")),
    columns=_job_columns, dress=_with_money, kinds=("job",),
    sorts={"new": "id", "title": "title", "customer": "by_customer", "work": "work_status"},
    filters=(
        Filter("lens", _("Lens"), lambda: [("service", _("Service")), ("project", _("Project"))],
               lambda rows, v: rows.filter(profile=Profile.PROJECT) if v == "project" else rows.exclude(profile=Profile.PROJECT)),
        Filter("profile", _("Sort"), _words(Profile), _equals("profile")),
        Filter("work_status", _("Work"), _words(Work), _equals("work_status")),
        Filter("branch", _("Branch"), _branches, _equals("branch__code")),
    ),
)  # fmt: skip


def _with_contract(rows: list[Any], actor: Actor) -> list[Any]:
    contracts = {c.job_id: c for c in Contract.objects.filter(job__in=rows)}
    return [{**r, "contract": contracts.get(r["job"].pk)} for r in _with_money(rows, actor)]


PROJECTS = Listing(
    name="projects", heading=_("Projects"), template="parts/rows_projects.html", placeholder=_("number, title, customer, address"),
    empty=_("No project yet. Set one up, or promote a service job that has grown."),
    rows=lambda actor: JOBS.rows(actor).filter(profile=Profile.PROJECT), dress=_with_contract, kinds=("job",),
    columns=lambda actor: [*_job_columns(actor), ("contract sum", lambda r: r["contract"].sum if r["contract"] else "")],
    sorts=JOBS.sorts,
    filters=(
        Filter("state", _("State"), lambda: [("live", _("live")), ("closed", _("closed"))],
               lambda rows, v: rows.filter(work_status__in=LIVE) if v == "live" else rows.exclude(work_status__in=LIVE)),
        Filter("branch", _("Branch"), _branches, _equals("branch__code")),
    ),
    more={"tabs": "projects"},
)  # fmt: skip


def _with_balance(rows: list[Any], actor: Actor) -> list[Any]:
    owed = open_of_customers([c.pk for c in rows])
    return [{"customer": c, "open": owed.get(c.pk, ZERO)} for c in rows]


CUSTOMERS = Listing(
    name="customers", heading=_("Customers"), template="parts/rows_customers.html", placeholder=_("name, number, phone, address"),
    empty=_("No customer matches. Book a call to add one."),
    rows=lambda actor: Customer.objects.visible_to(actor).exclude(merged_into__undone=False), dress=_with_balance, kinds=("customer",),
    columns=lambda actor: [
        ("number", lambda r: r["customer"].number), ("name", lambda r: r["customer"].name), ("sort", lambda r: r["customer"].sort),
        ("phone", lambda r: r["customer"].phone), ("e-mail", lambda r: r["customer"].email),
        ("terms days", lambda r: r["customer"].terms_days), ("open", lambda r: r["open"]),
    ],
    sorts={"name": "name", "new": "id", "sort": "sort", "terms": "terms_days"}, first="name",
    filters=(
        Filter("sort_of", _("Sort"), _words(["residential", "commercial", "contractor", "public"]), _equals("sort")),
        Filter("hold", _("Credit"), lambda: [("held", _("on hold"))],
               lambda rows, v: rows.exclude(hold_service="", hold_project="")),
    ),
)  # fmt: skip


def _with_state(rows: list[Any], actor: Actor) -> list[Any]:
    today = timezone.localdate()
    return [{"invoice": i, "state": stands(i.status, i.open_amount, i.paid, i.due, today)} for i in rows]


def _by_state(rows: Rows, value: str) -> Rows:
    if value == "draft":
        return rows.filter(status="draft")
    open_ = rows.filter(status="posted").exclude(paid=F("total") - F("retainage"))
    if value == "paid":
        return rows.filter(status="posted", paid=F("total") - F("retainage"))
    return open_.filter(due__lt=timezone.localdate()) if value == "overdue" else open_


INVOICES = Listing(
    name="invoices", heading=_("Money"), template="parts/rows_invoices.html", placeholder=_("number, customer, job"),
    empty=_("No invoice matches. Bill a finished job, or change the filter."),
    rows=lambda actor: Invoice.objects.visible_to(actor).select_related("customer", "job").annotate(by_customer=F("customer__name")),
    columns=lambda actor: [
        ("number", lambda r: r["invoice"].number), ("state", lambda r: r["state"]), ("customer", lambda r: r["invoice"].customer.name),
        ("job", lambda r: r["invoice"].job.number), ("date", lambda r: r["invoice"].date), ("due", lambda r: r["invoice"].due),
        ("subtotal", lambda r: r["invoice"].subtotal), ("tax", lambda r: r["invoice"].tax), ("total", lambda r: r["invoice"].total),
        ("retainage", lambda r: r["invoice"].retainage), ("open", lambda r: r["invoice"].open_amount),
    ],
    dress=_with_state, kinds=("invoice",),
    sorts={"new": "id", "date": "date", "due": "due", "total": "total", "customer": "by_customer"},
    filters=(
        Filter("state", _("State"), _words(["open", "overdue", "paid", "draft"]), _by_state),
        Filter("sort_of", _("Sort"), _words(["service", "progress", "agreement", "credit"]), _equals("sort")),
    ),
)  # fmt: skip


def _ball(rows: Rows, value: str) -> Rows:
    held = rows.exclude(ball="")
    return held.filter(due__lt=timezone.localdate()) if value == "late" else held


DOCUMENTS = Listing(
    name="documents", heading=_("Documents"), template="parts/rows_documents.html", placeholder=_("number, title"),
    empty=_("No document matches. RFIs, submittals, changes, logs and punch items are written on their project."),
    rows=lambda actor: Document.objects.visible_to(actor).select_related("job").annotate(by_due=Coalesce("due", Value(LATE))),
    columns=lambda actor: [
        ("number", lambda d: d.number), ("sort", lambda d: d.sort), ("title", lambda d: d.title), ("job", lambda d: d.job.number),
        ("state", lambda d: d.status), ("ball in court", lambda d: d.ball_name), ("due", lambda d: d.due),
    ],
    sorts={"new": "id", "title": "title", "state": "status", "due": "by_due"}, words=("number", "title", "job__number", "job__title"),
    filters=(
        Filter("sort_of", _("Sort"), lambda: [(s.value, word(NAME[s])) for s in Sort], _equals("sort")),
        Filter("ball", _("Ball in court"), lambda: [("open", _("with somebody")), ("late", _("late"))], _ball),
    ),
    more={"tabs": "projects"},
)  # fmt: skip

PEOPLE = Listing(
    name="people", heading=_("People"), template="parts/rows_people.html", placeholder=_("name, trade, phone"),
    empty=_("Nobody matches."),
    rows=lambda actor: Person.objects.visible_to(actor).filter(active=True).select_related("branch").prefetch_related("skills__skill"),
    columns=lambda actor: [
        ("name", lambda p: p.name), ("title", lambda p: p.title), ("trade", lambda p: p.trade), ("branch", lambda p: p.branch.name),
        ("phone", lambda p: p.phone), ("e-mail", lambda p: p.email), ("skills", lambda p: "; ".join(s.skill.name for s in p.skills.all())),
    ],
    sorts={"name": "name", "trade": "trade", "title": "title"}, first="name", words=("name", "trade", "title", "phone"),
    filters=(
        Filter("branch", _("Branch"), _branches, _equals("branch__code")),
        Filter("field", _("Work"), lambda: [("field", _("dispatched")), ("other", _("others"))],
               lambda rows, v: rows.filter(dispatchable=v == "field")),
    ),
)  # fmt: skip


def _levels(rows: list[Any], actor: Actor) -> list[Any]:
    places = list(Location.objects.visible_to(actor).order_by("sort", "name"))
    found = StockLevel.objects.filter(location__in=places, item__in=rows)
    held = {(lv.item_id, lv.location_id): lv.quantity for lv in found}
    return [{"item": i, "levels": [(p, held.get((i.pk, p.pk), ZERO)) for p in places]} for i in rows]


def _stock_columns(actor: Actor) -> Sequence[tuple[str, Callable[[Any], Any]]]:
    def level(at: int) -> Callable[[Any], Any]:
        return lambda r: r["levels"][at][1]

    places = Location.objects.visible_to(actor).order_by("sort", "name")
    value: Sequence[tuple[str, Callable[[Any], Any]]] = [("value", lambda r: r["item"].value)] if actor.can("cost.see") else []
    return [
        ("code", lambda r: r["item"].code), ("name", lambda r: r["item"].name), ("price", lambda r: r["item"].price),
        ("in all", lambda r: r["item"].quantity), *value, *((p.name, level(n)) for n, p in enumerate(places)),
    ]  # fmt: skip


STOCK = Listing(
    name="stock", heading=_("Stock"), template="parts/rows_stock.html", placeholder=_("code, name"),
    empty=_("Nothing is in stock. Receive goods, or count what is there."),
    rows=lambda actor: Item.objects.filter(stock__isnull=False).annotate(quantity=F("stock__quantity"), value=F("stock__value")),
    columns=_stock_columns, dress=_levels, words=("code", "name"),
    sorts={"code": "code", "name": "name", "quantity": "quantity", "price": "price"}, first="code",
    filters=(
        Filter("level", _("Level"), lambda: [("below", _("below zero somewhere")), ("none", _("none left"))],
               lambda rows, v: rows.filter(stock__quantity__lte=0) if v == "none"
               else rows.filter(Q(pk__in=StockLevel.objects.filter(quantity__lt=0).values("item_id")))),
    ),
)  # fmt: skip


def _office(actor: Actor) -> None:
    if not actor.sees_all:
        raise NotFound("This list is for the office.")


@page
def jobs(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """All jobs, both lenses, unless filtered."""
    return show(JOBS, request, actor)


@page
def projects(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Projects, newest first, with what is contracted, billed and open."""
    _office(actor)
    return show(PROJECTS, request, actor)


@page
def documents(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """RFIs, submittals, changes, logs and punch items of all projects."""
    return show(DOCUMENTS, request, actor)


@page
def customers(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """The one list of customers."""
    return show(CUSTOMERS, request, actor)


@page
def people(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Our people, their skills, their crews."""
    crews = Crew.objects.visible_to(actor).select_related("foreman").prefetch_related("members").order_by("name")
    everybody = Person.objects.visible_to(actor).filter(active=True).order_by("name")
    fleet = (_fleet(actor) | _hiring()) if actor.sees_all else {}
    return show(PEOPLE, request, actor, template="pages/people.html", crews=crews, people=everybody, today=timezone.localdate(), **fleet)


def _hiring() -> dict[str, Any]:
    """What a new person is given: a branch, and a sign-in that is nobody's yet."""
    return {"branches": Branch.objects.order_by("id"), "logins": User.objects.filter(person=None).order_by("name")}


def _fleet(actor: Actor) -> dict[str, Any]:
    """Vehicles of the next seven days and the hours without a name, for the office."""
    now = timezone.now()
    return {
        "vehicles": vehicles_between(TimeRange(now, now + timedelta(days=7))),
        "demand": Demand.objects.filter(day__gte=timezone.localdate()).select_related("skill").order_by("day", "id")[:30],
        "skills": Skill.objects.order_by("name"), "jobs": Job.objects.filter(work_status__in=LIVE).order_by("-id")[:200],
        "may_manage": actor.can("people.manage"), "may_book": actor.can("vehicle.book"),
    }  # fmt: skip


@page
def stock(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Items by place."""
    _office(actor)
    places = Location.objects.visible_to(actor).order_by("sort", "name")
    items = Item.objects.filter(stock__isnull=False).order_by("name")
    return show(STOCK, request, actor, template="pages/stock.html", locations=places, items=items)
