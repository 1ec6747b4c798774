"""What is committed, pending and billed, by commitment and by cost code."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum

from bifocal.engines.costing import CHANGE_COLUMN, COMMITMENT_COLUMN
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.ledger.queries import rows
from bifocal.kernel.ledger.rules import COST_TYPE, JOB_COST
from bifocal.kernel.parties.models import Vendor
from bifocal.lib.money import ZERO
from bifocal.projects.commitments.models import ApprovalLimit, Commitment, CommitmentLine, VendorPaper
from bifocal.projects.commitments.rules import Paper, Shown, Sort, missing

Key = tuple[str, str]


def lines_of(commitment: Commitment) -> list[Any]:
    """Its lines with what was billed of each, as `.taken`."""
    found = commitment.lines.select_related("cost_code", "change").annotate(taken=Sum("billed__amount"))
    return list(found.order_by("place"))


def summary(commitment: Commitment) -> dict[str, Any]:
    """Original, approved and pending changes, revised, billed, held, paid, balance."""
    pending = commitment.changes.filter(status__in=[s for s, c in CHANGE_COLUMN.items() if c == "pending"])
    money = rows(
        "select coalesce(sum(b.total), 0) as billed, coalesce(sum(b.retainage), 0) as held, coalesce(sum(b.paid), 0) as paid"
        " from purchasing_bill b where b.id in (select x.bill_id from commitments_billed x join commitments_commitmentline l"
        " on l.id = x.line_id where l.commitment_id = %s)",
        [commitment.pk],
    )[0]
    taken: Decimal = commitment.lines.aggregate(t=Sum("billed__amount"))["t"] or ZERO
    return {
        "original": commitment.original_sum, "approved_changes": commitment.sum - commitment.original_sum, "revised": commitment.sum,
        "pending_changes": pending.aggregate(t=Sum("amount"))["t"] or ZERO, "taken": taken, **money, "balance": commitment.sum - taken,
    }  # fmt: skip


def by_code(job: Job) -> list[dict[str, Any]]:
    """Rows of code, cost type, column ('committed', 'pending', 'invoiced') and amount: the table from status to column.

    A commitment whose column is 'invoiced' (closed, terminated) counts with what was billed on it.
    """
    return by_code_of([job.pk])


def by_code_of(jobs: Sequence[int]) -> list[dict[str, Any]]:
    """The same for several jobs at once; `line.commitment.job_id` says whose it is."""
    out = []
    found = CommitmentLine.objects.filter(commitment__job__in=jobs).select_related("commitment__vendor", "change", "cost_code")
    for line in found.annotate(taken=Sum("billed__amount")).order_by("commitment_id", "place"):
        column = COMMITMENT_COLUMN[line.commitment.status]
        amount = line.amount
        if not line.counts:
            own = CHANGE_COLUMN[line.change.status] if line.change else ""
            column = "pending" if own == "pending" and column in ("committed", "pending") else ""
        if column == "invoiced":
            column, amount = "committed", line.taken or ZERO
        if column and amount:
            out.append({"line": line, "code": line.cost_code.code, "cost_type": line.cost_type, "column": column, "amount": amount})
    return out


def committed(job: Job) -> dict[Key, Decimal]:
    """Committed by code and type."""
    out: dict[Key, Decimal] = {}
    for row in by_code(job):
        if row["column"] == "committed":
            key = (row["code"], row["cost_type"])
            out[key] = out.get(key, ZERO) + row["amount"]
    return out


_SOURCES = (
    "select r.uid from commitments_billed x join purchasing_receipt r on r.id = x.receipt_id"
    " union select b.uid from commitments_billed x join purchasing_bill b on b.id = x.bill_id"
)


def cost_by_code(job: Job, upto: date | None = None) -> list[dict[str, Any]]:
    """Posted cost of a job by code and type, split into what came on commitments ('invoiced') and the rest ('direct')."""
    return cost_by_code_of([job.pk], upto)


def cost_by_code_of(jobs: Sequence[int], upto: date | None = None) -> list[dict[str, Any]]:
    """The same for several jobs at once, with `job`."""
    found = rows(
        "select l.job_id as job, coalesce(c.code, '') as code, coalesce(c.name, '') as name, a.code as account,"
        " s.uid is not null as invoiced, sum(l.amount) as amount from journal_line l join account a on a.id = l.account_id"
        " join journal_entry e on e.id = l.entry_id"
        f" left join jobs_costcode c on c.id = l.cost_code_id left join ({_SOURCES}) s on s.uid = e.source_uid"
        " where l.job_id = any(%s) and a.code = any(%s) and (%s::date is null or e.date <= %s) group by 1, 2, 3, 4, 5",
        [list(jobs), list(JOB_COST), upto, upto],
    )
    return [{**r, "cost_type": COST_TYPE[r["account"]]} for r in found]


def lacks(vendor: Vendor, sort: Sort, today: date) -> list[str]:
    """What the vendor lacks today for a commitment of this sort."""
    shown = [Shown(Paper(p.sort), p.until) for p in VendorPaper.objects.filter(vendor=vendor)]
    if vendor.insurance_until:
        shown.append(Shown(Paper.INSURANCE, vendor.insurance_until))
    return missing(sort, shown, today)


def limits() -> dict[str, Decimal]:
    """Approval limits by role."""
    return dict(ApprovalLimit.objects.values_list("role", "amount"))


def buy_out(job: Job, revised: dict[Key, Decimal]) -> list[dict[str, Any]]:
    """The buy-out log: by code and type what the budget had for what is bought, what it cost, the gain."""
    bought = committed(job)
    return [
        {"code": k[0], "cost_type": k[1], "budget": revised.get(k, ZERO), "committed": v, "gain": revised.get(k, ZERO) - v}
        for k, v in sorted(bought.items())
    ]


def of_job(job: Job) -> list[dict[str, Any]]:
    """The commitments of a job, with their figures."""
    found = Commitment.objects.filter(job=job).filter(~Q(status="void")).select_related("vendor").order_by("sort", "id")
    return [{"c": c, **summary(c)} for c in found]
