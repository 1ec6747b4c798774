"""Reads of the day's work: the board, conflict cards, stock, agreements, and single papers of money."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db.models import F
from django.http import HttpRequest

from bifocal.core.days import accounting_day
from bifocal.core.models import AccessLink, Branch
from bifocal.core.policy import require
from bifocal.front.api import actor_of
from bifocal.front.api.queries import get, listed
from bifocal.kernel.billing.models import Payment
from bifocal.kernel.billing.queries import ageing
from bifocal.kernel.parties.models import Vendor
from bifocal.kernel.purchasing.models import Bill
from bifocal.kernel.stock.models import StockLevel
from bifocal.lib.errors import NotFound
from bifocal.projects.register.models import Document
from bifocal.service.agreements.models import Agreement
from bifocal.service.board.queries import Band, clashes, ground
from bifocal.service.board.trays import without_time
from bifocal.service.dispatch.queries import cards as cards_of
from bifocal.service.dispatch.queries import columns
from bifocal.service.visits.models import Card, Visit


def branch_named(code: str) -> Branch:
    found = Branch.objects.filter(code=code).first() if code else Branch.objects.order_by("id").first()
    if found is None:
        raise NotFound(f"There is no branch '{code}'.")
    return found


@get("/board", "board", "The board of a day: people with both lenses on one line, visits without a time, the columns of jobs")
def board_of_the_day(request: HttpRequest, day: date | None = None, branch: str = "") -> Any:
    actor, where = actor_of(request), branch_named(branch)
    require(actor, "visit.dispatch")
    found = ground(where, day or accounting_day(datetime.now(UTC), where), 1, actor)
    return {
        "day": found.first,
        "people": [{"uid": p.uid, "name": p.name, "bands": [_band(b) for b in found.of(p.pk)]} for p in found.people],
        "tray": [{**_visit(v), "skill": v.skill, "minutes": v.minutes, "people": v.people} for v in without_time(where)],
        "cards": [{**c.answer(), "visit": c.visit.uid, "job_number": c.visit.job.number} for c in cards_of(where)],
        "both": [{"person": p.name, "first": a.label, "second": b.label} for p, a, b in clashes(found)],
        "columns": [
            {"name": c["name"], "count": c["count"], "jobs": [{"uid": j.uid, "number": j.number, "title": j.title} for j in c["jobs"]]}
            for c in columns(where)
        ],
    }


def _visit(row: Visit) -> dict[str, Any]:
    return {**row.answer(), "job": row.job.uid, "job_number": row.job.number, "title": row.job.title, "site": row.job.site.one_line}


def _band(band: Band) -> dict[str, Any]:
    return {
        "use": band.use, "firmness": band.firmness, "label": band.label, "during": [band.start, band.end],
        "source_kind": band.source_kind, "source_uid": band.source_uid, "visit": _visit(band.visit) if band.visit else None,
    }  # fmt: skip


@get("/cards", "cards", "Conflicts from the field that nobody has settled")
def cards(request: HttpRequest, cursor: str = "", size: int = 50) -> Any:
    rows = Card.objects.visible_to(actor_of(request)).filter(settled_at=None)
    return listed(
        rows.values("id", "uid", "sentence", "version", visit_uid=F("visit__uid"), job_number=F("visit__job__number")), cursor, size
    )


@get("/stock", "stock", "What lies where, by item and place")
def stock(request: HttpRequest, item: str = "", cursor: str = "", size: int = 100) -> Any:
    actor = actor_of(request)
    require(actor, "read")
    rows = StockLevel.objects.filter(item__code=item) if item else StockLevel.objects.all()
    if not actor.sees_all:
        rows = rows.filter(location__person_id=actor.person_id or 0)
    values = {"item_code": F("item__code"), "item_name": F("item__name"), "place": F("location__name"), "place_uid": F("location__uid")}
    return listed(rows.values("id", "quantity", **values), cursor, size)


@get("/agreements", "agreements", "Maintenance agreements, newest first")
def agreements(request: HttpRequest, customer: UUID | None = None, cursor: str = "", size: int = 50) -> Any:
    rows = Agreement.objects.visible_to(actor_of(request))
    if customer:
        rows = rows.filter(customer__uid=customer)
    own = ("id", "uid", "number", "name", "status", "price", "starts", "months", "earned_months", "version")
    return listed(rows.values(*own, customer_name=F("customer__name"), job_uid=F("job__uid"), site_uid=F("site__uid")), cursor, size)


@get("/payments/{uid}", "payment", "A payment and the invoices it is on")
def payment(request: HttpRequest, uid: UUID) -> Any:
    row: Payment = Payment.objects.find(uid, actor_of(request))
    own = ("number", "date", "method", "reference", "amount", "unapplied", "status")
    parts = row.applications.values("amount", invoice_uid=F("invoice__uid"), invoice_number=F("invoice__number"))
    return {**row.answer(), **{k: getattr(row, k) for k in own}, "job": row.job.uid if row.job else None, "applied": list(parts)}


@get("/bills/{uid}", "bill", "A vendor's bill with its lines")
def bill(request: HttpRequest, uid: UUID) -> Any:
    actor = actor_of(request)
    require(actor, "cost.see")
    row: Bill = Bill.objects.find(uid, actor)
    own = ("number", "vendor_number", "date", "due", "total", "retainage", "paid", "status")
    lines = row.lines.values("description", "amount", job_number=F("job__number"), code=F("cost_code__code"))
    return {**row.answer(), **{k: getattr(row, k) for k in own}, "vendor_name": row.vendor.name, "lines": list(lines)}


@get("/vendors/{uid}", "vendor", "A vendor or subcontractor with its contacts")
def vendor(request: HttpRequest, uid: UUID) -> Any:
    row: Vendor = Vendor.objects.find(uid, actor_of(request))
    people = row.contacts.values("uid", "name", "role", "email", "phone")
    return {**row.answer(), "is_subcontractor": row.is_subcontractor, "terms_days": row.terms_days, "contacts": list(people)}


@get("/reports/aging", "aging", "Receivables by how long they are overdue")
def aging(request: HttpRequest, upto: date | None = None) -> Any:
    require(actor_of(request), "ledger.read")
    found = ageing(upto or accounting_day(datetime.now(UTC)))
    rows = [{**r, "customer": r["customer"].uid, "customer_name": r["customer"].name} for r in found["customers"]]
    return {**found, "customers": rows}


@get("/documents/{uid}/links", "document_links", "Links of a paper that outside people hold: to whom, for what, until when")
def document_links(request: HttpRequest, uid: UUID) -> Any:
    actor = actor_of(request)
    require(actor, "link.revoke")
    row: Document = Document.objects.find(uid, actor)
    own = ("uid", "purpose", "contact_name", "contact_email", "rights", "expires_at", "revoked_at", "uses", "last_used_at")
    return list(AccessLink.objects.filter(subject_uid=row.uid).order_by("id").values(*own))
