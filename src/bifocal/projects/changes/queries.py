"""Changes and their tiers: which lines stand behind a paper, and what it shows."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from bifocal.lib.money import ZERO, dollars
from bifocal.projects.changes.models import ChangeLine, ChangeOrder
from bifocal.projects.changes.rules import TIERS, shares
from bifocal.projects.contracts.models import Contract
from bifocal.projects.register.models import Document
from bifocal.projects.register.rules import NAME, Sort

TIER_SORTS = [str(s) for s in TIERS]


def family(doc: Document) -> list[Document]:
    """Everything that is grouped in a paper, directly or through a request; not the paper itself."""
    found: list[Document] = []
    layer = [doc.pk]
    while layer:
        rows = list(Document.objects.filter(change_order__group__in=layer).order_by("id"))
        found, layer = found + rows, [r.pk for r in rows]
    return found


def lines_behind(doc: Document) -> QuerySet[ChangeLine]:
    """The priced lines of a paper, or of what it groups, in their order."""
    ids = [doc.pk, *(d.pk for d in family(doc))]
    return ChangeLine.objects.filter(change__in=ids).select_related("cost_code", "change__document").order_by("change_id", "id")


def markups_behind(doc: Document) -> list[dict[str, Any]]:
    """The markups of a paper or of what it groups, with what each added."""
    rows = ChangeOrder.objects.filter(pk__in=[doc.pk, *(d.pk for d in family(doc))]).order_by("pk")
    return [m for r in rows for m in r.markups if "amount" in m]


def labelled(row: ChangeOrder) -> dict[str, Any]:
    """What is earned, as markup of the cost and as margin of the price: both are named, so that nobody confuses them."""
    markup, margin = shares(row.cost, row.price)
    return {"gain": row.price - row.cost, "markup": markup, "margin": margin}


def _approved_since(row: ChangeOrder) -> Any:
    """What the contract sum holds of this change and of those approved after it: before them it was lower."""
    if row.approved_at is None:
        return ZERO
    later = ChangeOrder.objects.filter(document__job_id=row.document.job_id, approved_at__gte=row.approved_at)
    return sum(later.values_list("price", flat=True), ZERO)


def paper_data(doc: Document) -> dict[str, object]:
    """What the paper of a change order, request or potential change shows."""
    row, contract = doc.change_order, Contract.objects.filter(job_id=doc.job_id).first()
    before = contract.sum - _approved_since(row) if contract else ZERO
    zone, name = ZoneInfo(doc.job.branch.tz), NAME[Sort(doc.sort)]
    steps = doc.responses.filter(revision=doc.revision, code__in=("approved", "agreed in part")).order_by("id")
    return {
        "word": name[:1].upper() + name[1:],
        "number": doc.number or "Draft",
        "title": doc.title,
        "reason": doc.body,
        "job": f"{doc.job.number} {doc.job.title}",
        "customer": doc.job.customer.name,
        "site": doc.job.site.one_line,
        "contract": contract.number if contract and doc.sort == Sort.CHANGE else "",
        "revision": doc.revision,
        "lines": [
            {"text": li.description, "code": li.cost_code.code, "price": dollars(li.price),
             "of": li.change.document.number if li.change_id != doc.pk else ""}
            for li in lines_behind(doc)
        ],
        "price": dollars(row.price),
        "days": row.days,
        "before": dollars(before) if contract else "",
        "after": dollars(before + row.price) if contract else "",
        "to": doc.assignee.name if doc.assignee else "",
        "rest_of": row.rest_of.number if row.rest_of else "",
        "reverses": row.reverses.number if row.reverses else "",
        "steps": [{"by": r.by, "at": f"{r.at.astimezone(zone):%b %-d, %Y %-I:%M %p}"} for r in steps],
        "own": row.own_approval,
        "approved_name": row.approved_name,
        "approved_at": f"{row.approved_at.astimezone(zone):%b %-d, %Y %-I:%M %p}" if row.approved_at else "",
        "approved_sha256": row.approved_sha256,
        "approved_address": row.approved_address,
    }  # fmt: skip
