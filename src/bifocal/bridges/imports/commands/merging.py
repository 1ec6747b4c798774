"""One customer who was in two systems: two rows made one by a person, everything moved, and moved back if wrong."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import QuerySet, Sum

from bifocal.bridges.imports.facts import CustomersKeptApart, CustomersMerged, CustomersParted
from bifocal.bridges.imports.models import CustomerMerge, ExternalKey, NotTwins
from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.models import SearchEntry
from bifocal.core.policy import require
from bifocal.core.search import digits, remember
from bifocal.kernel.billing.models import Payment
from bifocal.kernel.ledger import commands as ledger
from bifocal.kernel.ledger.models import JournalLine
from bifocal.kernel.ledger.rules import Acc, Entry, Line
from bifocal.kernel.parties.models import Customer
from bifocal.lib.errors import Invalid, Refused

# Balances that are a customer's own move with them; revenue stays where it was earned and is found by its job.
OWN = (Acc.RECEIVABLE, Acc.RETAINAGE_RECEIVABLE, Acc.DEPOSITS, Acc.DEFERRED_AGREEMENTS)
FIELDS = ("name", "email", "phone", "address", "hold_service", "hold_project")
FILLED = ("email", "phone", "address")


@command("customer.merge")
def merge_customers(*, keep: UUID, gone: UUID, actor: Actor, call: Call) -> CustomerMerge:
    """Make two rows of one customer one: sites, jobs, invoices, payments and balances move to the one that is kept."""
    first, second = sorted([keep, gone])
    rows = {c.uid: c for c in (Customer.objects.locked(first, actor), Customer.objects.locked(second, actor))}
    require(actor, "customer.merge")
    if keep == gone:
        raise Invalid("Choose two customers.", field="gone")
    kept, left = rows[keep], rows[gone]
    for row in (kept, left):
        if CustomerMerge.objects.filter(gone=row, undone=False).exists():
            raise Refused(f"{row.name} is part of another customer already.")
    merge = CustomerMerge(kept=kept, gone=left, by_name=actor.name)
    moved = _move(left, kept)
    before = {name: getattr(left, name) for name in FIELDS}
    filled = {n: getattr(left, n) for n in FILLED if getattr(left, n) and not getattr(kept, n)}
    keys = list(ExternalKey.objects.filter(sort="customers", uid=left.uid).values_list("id", flat=True))
    ExternalKey.objects.filter(pk__in=keys).update(uid=kept.uid)
    merge.moved = {"rows": moved, "before": before, "filled": filled, "keys": keys}
    merge.save()
    why = f"this is {kept.number} {kept.name}"[:160]
    left.change(name=f"{left.name[:130]} (now {kept.number})", email="", phone="", hold_service=why, hold_project=why)
    kept.change(**filled)
    SearchEntry.objects.filter(uid=left.uid).delete()
    _index(kept)
    _post(merge, "customer merged", _balances(left, kept), f"{left.number} is {kept.number}", actor.within("customer.merge"), call)
    told = CustomersMerged(kept=kept.number, gone=left.number, moved=sum(len(ids) for ids in moved.values()))
    for about in (kept, left):
        record(told, about=about, actor=actor, call=call)
    return merge


def _move(left: Customer, kept: Customer) -> dict[str, list[int]]:
    """Every row that names the one now names the other. The journal never changes: its balances move by an entry."""
    moved: dict[str, list[int]] = {}
    for relation in Customer._meta.related_objects:
        model, field = relation.related_model, relation.field.name
        if model in (JournalLine, CustomerMerge, NotTwins):
            continue
        rows = model._default_manager.filter(**{field: left})
        ids = list(rows.values_list("pk", flat=True))
        if ids:
            model._default_manager.filter(pk__in=ids).update(**{field: kept})
            moved[f"{model._meta.label}.{field}"] = ids
    return moved


def _balances(left: Customer, kept: Customer) -> list[Line]:
    """What the journal holds for the one, by account and job, onto the other."""
    lines: list[Line] = []
    for row in _sums(JournalLine.objects.filter(customer=left)):
        lines += _across(row, left, kept)
    return lines


def _sums(rows: QuerySet[JournalLine]) -> list[dict[str, Any]]:
    own = rows.filter(account__code__in=OWN).values("account__code", "job_id", "branch_id", "business_unit_id")
    return [dict(r) for r in own.annotate(total=Sum("amount")).exclude(total=0).order_by("account__code", "job_id")]


def _across(row: dict[str, Any], frm: Customer, to: Customer) -> list[Line]:
    dims = {k: row[k] for k in ("job_id", "branch_id", "business_unit_id")}
    account, total = row["account__code"], row["total"]
    return [Line(account, -total, customer_id=frm.pk, **dims), Line(account, total, customer_id=to.pk, **dims)]


def _balances_back(kept: Customer, left: Customer, rows: dict[str, list[int]]) -> list[Line]:
    """What stands on the jobs that move back, as it is now, and what is left of the deposits without a job."""
    lines: list[Line] = []
    for row in _sums(JournalLine.objects.filter(customer=kept, job__in=rows.get("jobs.Job.customer", []))):
        lines += _across(row, kept, left)
    held = Payment.objects.filter(pk__in=rows.get("billing.Payment.customer", []), job=None).aggregate(t=Sum("unapplied"))["t"]
    none = {"job_id": None, "branch_id": None, "business_unit_id": None}
    return lines + (_across({"account__code": Acc.DEPOSITS, "total": -held, **none}, kept, left) if held else [])


def _post(merge: CustomerMerge, event: str, lines: list[Line], memo: str, actor: Actor, call: Call) -> None:
    ledger.post(Entry(event, merge.subject, accounting_day(call.occurred_at), tuple(lines), memo), actor=actor, call=call)


def _index(customer: Customer) -> None:
    detail = f"{customer.number} · {customer.phone}".strip(" ·")
    remember(customer, title=customer.name, detail=detail, also=f"{customer.email} {digits(customer.phone)} {customer.address}")


@command("customer.unmerge")
def unmerge_customers(*, merge: UUID, actor: Actor, call: Call) -> CustomerMerge:
    """Take a merge back: what moved moves back, what came later stays with the customer that was kept."""
    row: CustomerMerge = CustomerMerge.objects.locked(merge, actor, call)
    require(actor, "customer.merge")
    if row.undone:
        raise Refused("This merge was taken back already.")
    kept, left = row.kept, row.gone
    if CustomerMerge.objects.filter(gone=kept, undone=False).exists():
        raise Refused(f"{kept.name} became part of another customer since. Take that merge back first.")
    for label, ids in row.moved["rows"].items():
        model, field = label.rsplit(".", 1)
        apps.get_model(model)._default_manager.filter(pk__in=ids, **{field: kept}).update(**{field: left})
    ExternalKey.objects.filter(pk__in=row.moved["keys"]).update(uid=left.uid)
    left.change(**row.moved["before"])
    back = {n: "" for n, v in row.moved["filled"].items() if getattr(kept, n) == v}
    kept.change(**back)
    _index(left)
    _index(kept)
    lines = _balances_back(kept, left, row.moved["rows"])
    _post(row, "customers parted", lines, f"{left.number} is not {kept.number}", actor.within("customer.unmerge"), call)
    row.change(undone=True)
    for about in (kept, left):
        record(CustomersParted(kept=kept.number, back=left.number), about=about, actor=actor, call=call)
    return row


@command("customer.keep_apart")
def keep_apart(*, one: UUID, other: UUID, actor: Actor, call: Call) -> dict[str, Any]:
    """Say that two customers who look alike are two: they are not proposed again."""
    a: Customer = Customer.objects.find(one, actor)
    b: Customer = Customer.objects.find(other, actor)
    require(actor, "customer.merge")
    if a.pk == b.pk:
        raise Invalid("Choose two customers.", field="other")
    low, high = sorted((a, b), key=lambda c: c.pk)
    NotTwins.objects.get_or_create(one=low, other=high, defaults={"by_name": actor.name})
    record(CustomersKeptApart(one=a.number, other=b.number), about=a, actor=actor, call=call)
    return {"kind": "not_twins", "one": str(a.uid), "other": str(b.uid)}
