"""A project's money over its months: cost against the estimate, cash in and out, and how the margin moved with each signed month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bifocal.kernel.jobs.models import Job
from bifocal.kernel.ledger.queries import rows
from bifocal.kernel.ledger.rules import JOB_COST
from bifocal.lib.money import ZERO, cents
from bifocal.lib.periods import month_start
from bifocal.projects.contracts.models import Contract
from bifocal.projects.forecast.models import MonthEnd


@dataclass(frozen=True)
class Month:
    """Running sums at the end of a month; `estimate` and `margin` as its manager signed them, None where nobody did."""

    month: date
    cost: Decimal
    cash_in: Decimal
    cash_out: Decimal
    estimate: Decimal | None
    margin: Decimal | None

    @property
    def cash(self) -> Decimal:
        """What the owner paid so far less what we paid out: below zero we finance the project."""
        return self.cash_in - self.cash_out


_COST = (
    "select date_trunc('month', e.date)::date as month, sum(l.amount) as t,"
    " coalesce(sum(l.amount) filter (where e.source_kind <> 'bill'), 0) as other"
    " from journal_line l join account a on a.id = l.account_id join journal_entry e on e.id = l.entry_id"
    " where l.job_id = %s and a.code = any(%s) group by 1"
)
_IN = (
    "select date_trunc('month', date)::date as month, sum(amount) as t from billing_payment"
    " where job_id = %s and status in ('received', 'deposited') group by 1"
)
_PAID = (
    "select date_trunc('month', p.date)::date as month, sum((part ->> 1)::numeric * j.amount / b.total) as t from purchasing_billpayment p"
    " cross join lateral jsonb_array_elements(p.parts) part join purchasing_bill b on b.uid = (part ->> 0)::uuid and b.total <> 0"
    " join (select bill_id, sum(amount) as amount from purchasing_billline where job_id = %s group by 1) j on j.bill_id = b.id group by 1"
)


def months(job: Job) -> list[Month]:
    """Month by month from the first posting to the last. Bills count as cash out when they are paid, by this job's share of them;
    labor, stock and expenses when they are posted."""
    cost = {r["month"]: r for r in rows(_COST, [job.pk, list(JOB_COST)])}
    paid_in = {r["month"]: r["t"] for r in rows(_IN, [job.pk])}
    paid_out = {r["month"]: r["t"] for r in rows(_PAID, [job.pk])}
    ends = {month_start(e.month): e for e in MonthEnd.objects.filter(job=job).defer("rows", "totals")}
    known = sorted({*cost, *paid_in, *paid_out, *ends})
    out: list[Month] = []
    at, run = (known[0] if known else date.max), [ZERO, ZERO, ZERO]
    while known and at <= known[-1]:
        row = cost.get(at)
        run[0] += row["t"] if row else ZERO
        run[1] += paid_in.get(at, ZERO)
        run[2] += cents(paid_out.get(at, ZERO)) + (row["other"] if row else ZERO)
        end = ends.get(at)
        out.append(Month(at, run[0], run[1], run[2], end.eac if end else None, _margin(end)))
        at = date(at.year + at.month // 12, at.month % 12 + 1, 1)
    return out


def _margin(end: MonthEnd | None) -> Decimal | None:
    """The margin of the whole contract as that month saw it, approved changes only."""
    return None if end is None or not end.contract_sum else (end.contract_sum - end.approved_eac) / end.contract_sum


def budget_line(job: Job) -> Decimal:
    """The contract sum, the ceiling of the cost curve; 0 without a contract."""
    found = Contract.objects.filter(job=job).values_list("sum", flat=True).first()
    return found if found is not None else ZERO
