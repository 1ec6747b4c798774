"""A batch taken back: refused where something was built on it; else deleted, or, what is in the books, reversed and void."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import CharField, F, Model, Value
from django.db.models.functions import Cast, Concat, Left

from bifocal.bridges.imports.models import ExternalKey, ImportBatch, ImportedRow, NotTwins
from bifocal.bridges.imports.rules_values import told
from bifocal.core.actor import Actor
from bifocal.core.call import Call
from bifocal.core.models import Record, SearchEntry, kinds
from bifocal.kernel.billing.models import Invoice, InvoiceLine, Payment
from bifocal.kernel.billing.rules import InvoiceStatus
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.jobs.rules import Work
from bifocal.kernel.ledger.bulk import reverse_many
from bifocal.kernel.ledger.models import JournalLine
from bifocal.kernel.purchasing.models import Bill, BillLine
from bifocal.kernel.purchasing.rules import BillStatus
from bifocal.lib.errors import Refused
from bifocal.lib.money import ZERO
from bifocal.projects.budget.models import BudgetLine, BudgetMove
from bifocal.projects.contracts.models import Contract, SovLine
from bifocal.projects.contracts.rules import ContractStatus
from bifocal.projects.payapps.models import PayApp, PayAppLine
from bifocal.projects.payapps.rules import Status as PayAppStatus
from bifocal.service.agreements.models import Agreement

EVENT = "opening balance"
# Rows that belong to a document and go with it.
PARTS: set[type[Model]] = {InvoiceLine, BillLine, SovLine, PayAppLine, BudgetLine, NotTwins}
# What stays in the books is void, not deleted.
VOID: dict[type[Any], dict[str, Any]] = {
    Invoice: {"status": InvoiceStatus.VOID, "number": Concat(Left("number", 8), Value(" void "), Cast("pk", CharField()))},
    Payment: {"status": "void", "unapplied": ZERO}, Bill: {"status": BillStatus.VOID}, PayApp: {"status": PayAppStatus.VOID},
    Contract: {"status": ContractStatus.TERMINATED}, Agreement: {"status": "void"}, Job: {"work_status": Work.CANCELLED},
}  # fmt: skip
DELETED_FIRST = ("visit", "contact", "equipment", "job", "site", "customer", "vendor", "item")
Groups = dict[type[Any], list[ImportedRow]]


def take_back(batch: ImportBatch, *, on: date, actor: Actor, call: Call) -> tuple[int, int]:
    """Take back everything the batch made. Returns how many records were deleted and how many entries reversed. Raises Refused."""
    by_kind = kinds(m for m in apps.get_models() if issubclass(m, Record) and not m._meta.abstract)
    groups: Groups = defaultdict(list)
    for row in batch.records.order_by("-id"):
        groups[by_kind[row.kind]].append(row)
    own = {model: {r.record_id for r in rows} for model, rows in groups.items()}
    uids = [r.uid for rows in groups.values() for r in rows if r.action == "added"]
    for model, rows in groups.items():
        _refuse_changed(model, rows, batch)
        _refuse_built_on(model, [r for r in rows if r.action == "added"], own, [*uids, batch.uid])
    reversed_ = reverse_many([*uids, batch.uid], EVENT, on=on, memo=f"{batch.number} taken back", actor=actor)
    for model, rows in groups.items():
        _restore(model, [r for r in rows if r.action == "changed"])
    deleted = _remove(groups)
    ExternalKey.objects.filter(batch=batch, uid__in=[*uids, batch.uid]).delete()
    ExternalKey.objects.filter(batch=batch).update(digest="")
    return deleted, reversed_


def _refuse_changed(model: type[Any], rows: list[ImportedRow], batch: ImportBatch) -> None:
    """Everything must still be as the batch left it."""
    here = model.objects.in_bulk([r.record_id for r in rows])
    for row in rows:
        obj = here.get(row.record_id)
        if obj is None:
            raise Refused(f"{batch.number} can't be undone: a {row.kind.replace('_', ' ')} of line {row.line} is gone.")
        for name, value in row.after.items():
            now = getattr(obj, model._meta.get_field(name).attname)
            if not _alike(now, value):
                raise Refused(
                    f"{batch.number} can't be undone: {_name(obj)} of line {row.line} was changed since ({name.replace('_', ' ')}"
                    f" is {told(now)}, it was {value}). Put that back first."
                )


def _alike(now: Any, then: Any) -> bool:
    return now == then or (now == Decimal(str(then)) if isinstance(now, Decimal) else told(now) == str(then))


def _name(obj: Any) -> str:
    number = getattr(obj, "number", "")
    return f"{obj._meta.verbose_name} {number}" if number else f"{obj._meta.verbose_name} '{obj}'"


def _refuse_built_on(model: type[Any], rows: list[ImportedRow], own: dict[type[Any], set[int]], uids: list[UUID]) -> None:
    """Nothing that others made may refer to it."""
    ids = [r.record_id for r in rows]
    for relation in model._meta.related_objects:
        other, field = relation.related_model, relation.field.name
        if other in PARTS:
            continue
        for at in range(0, len(ids), 5000):
            found = other.objects.filter(**{f"{field}__in": ids[at : at + 5000]})
            if other is JournalLine:
                found = found.exclude(entry__source_uid__in=uids)
            elif other in own:
                found = found.exclude(pk__in=own[other])
            first = found.select_related(field).first()
            if first is not None:
                what = "has postings in the books" if other is JournalLine else f"has a {other._meta.verbose_name} now ({first})"
                raise Refused(f"This can't be undone: {_name(getattr(first, field))} {what}. What was built on it must go first.")
    if model is Job and BudgetMove.objects.filter(line__job__in=ids).exclude(sort="original").exists():
        raise Refused("This can't be undone: a budget was moved since.")


def _restore(model: type[Any], rows: list[ImportedRow]) -> None:
    """Put back what the records said before."""
    here = model.objects.in_bulk([r.record_id for r in rows])
    columns = {"version"}
    for row in rows:
        obj = here[row.record_id]
        for name, value in row.before.items():
            field = model._meta.get_field(name)
            setattr(obj, field.attname, field.to_python(value) if not field.is_relation else value)
            columns.add(name)
        obj.version += 1
    if here:
        model.objects.bulk_update(list(here.values()), sorted(columns), batch_size=500)


def _remove(groups: Groups) -> int:
    """Delete what no posting refers to, in the order of its ties; make the rest void."""
    deleted = 0
    order = sorted(groups, key=lambda m: DELETED_FIRST.index(m.kind) if m.kind in DELETED_FIRST else -1)
    for model in order:
        ids = [r.record_id for r in groups[model] if r.action == "added"]
        kept = _posted(model, ids)
        if kept:
            model.objects.filter(pk__in=kept).update(**VOID[model], version=F("version") + 1)
        gone = model.objects.filter(pk__in=[i for i in ids if i not in kept])
        SearchEntry.objects.filter(uid__in=list(gone.values_list("uid", flat=True))).delete()
        deleted += gone._raw_delete(gone.db) or 0
    return deleted


def _posted(model: type[Any], ids: list[int]) -> set[int]:
    """Those that must stay as void rows: money documents, and jobs that any posting or document names."""
    if model not in VOID:
        return set()
    if model is not Job:
        return set(ids)
    named = set(JournalLine.objects.filter(job__in=ids).values_list("job_id", flat=True))
    for other in (Invoice, Contract, Agreement):
        named |= set(other.objects.filter(job__in=ids).values_list("job_id", flat=True))
    return named
