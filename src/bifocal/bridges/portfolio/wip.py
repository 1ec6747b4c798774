"""One schedule over projects, service jobs and agreements, and whether it foots to the books."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from bifocal.bridges.portfolio.queries import close_checks
from bifocal.bridges.portfolio.rules import Held
from bifocal.engines.costing import Contract as Job_
from bifocal.engines.costing import Earned, schedule
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.jobs.rules import Work
from bifocal.kernel.ledger.queries import rows
from bifocal.kernel.ledger.rules import JOB_COST, Acc
from bifocal.lib.errors import DomainError
from bifocal.lib.money import ZERO
from bifocal.lib.periods import month_start
from bifocal.projects.closeout.queries import prior_gross
from bifocal.projects.contracts.models import Contract
from bifocal.projects.contracts.rules import ContractStatus
from bifocal.projects.forecast.models import MonthEnd
from bifocal.projects.forecast.queries import report

BILLED = ("4110", "4120", "4210")


@dataclass(frozen=True)
class Row:
    """A project on the schedule: what goes in, what it has earned, whose sign-off, its fade in points of margin."""

    job: Job
    contract: Contract
    given: Job_
    earned: Earned
    signed_by: str
    estimate_change: Decimal
    fade: Decimal | None


@dataclass(frozen=True)
class Wip:
    """The whole: projects, what can't be computed and why, the other lens, and the checks that must hold."""

    upto: date
    rows: list[Row]
    problems: list[str]
    total: Earned
    given: dict[str, Decimal]
    service: list[dict[str, Any]]
    agreements: dict[str, Decimal]
    checks: list[dict[str, Any]]

    @property
    def well(self) -> bool:
        """True where nothing stands in the way of publishing."""
        return not self.problems and all(c["ok"] for c in self.checks)


def wip(upto: date) -> Wip:
    """The schedule as of a day: price with approved changes, cost and billings from the ledger, estimates as signed or as now."""
    money = _money(upto)
    found = Contract.objects.exclude(status=ContractStatus.DRAFT).select_related("job__customer", "job__branch").order_by("job_id")
    ends = {e.job_id: e for e in MonthEnd.objects.filter(month=month_start(upto))}
    out: list[Row] = []
    problems: list[str] = []
    for contract in found:
        spent = money.get(contract.job_id, {"cost": ZERO, "billed": ZERO})
        if contract.job.work_status == Work.CLOSED and spent["billed"] + prior_gross(contract) == contract.sum:
            continue  # finished and billed: earned is the price, nothing is over or under
        try:
            row = _row(contract, spent, ends.get(contract.job_id), upto)
        except DomainError as error:
            problems.append(error.sentence)
            continue
        if row is not None:
            out.append(row)
    done = schedule([r.given for r in out])
    given = {k: sum((getattr(r.given, k) for r in out), ZERO) for k in ("price", "estimated_total_cost", "cost_to_date", "billed")}
    return Wip(
        upto, out, problems, done.total, given, _service(upto), _agreements(), [*close_checks(), _gross_check(found, _money(date.max))]
    )


def _row(contract: Contract, spent: dict[str, Decimal], end: MonthEnd | None, upto: date) -> Row | None:
    job = contract.job
    estimate = end.approved_eac if end else report(job, upto).approved_totals["o"]
    billed = spent["billed"] + prior_gross(contract)
    if not estimate and not spent["cost"] and not billed:
        return None  # nothing has happened yet
    given = Job_(job.number, contract.sum, estimate, spent["cost"], billed)
    before = MonthEnd.objects.filter(job=job, month__lt=month_start(upto)).order_by("-month").first()
    first = MonthEnd.objects.filter(job=job).order_by("month").first()
    change = estimate - before.approved_eac if before else ZERO
    return Row(job, contract, given, schedule([given]).contracts[0], end.by if end else "", change, _fade(contract, estimate, first))


def _fade(contract: Contract, estimate: Decimal, first: MonthEnd | None) -> Decimal | None:
    """Margin now less margin of the first month-end, as a share of the contract."""
    if first is None or not contract.sum or not first.contract_sum:
        return None
    return (contract.sum - estimate) / contract.sum - (first.contract_sum - first.approved_eac) / first.contract_sum


def _money(upto: date) -> dict[int, dict[str, Decimal]]:
    """Cost and gross billings by job, from the ledger, up to a day."""
    found = rows(
        "select l.job_id, coalesce(sum(l.amount) filter (where a.code = any(%s)), 0) as cost,"
        " -coalesce(sum(l.amount) filter (where a.code = any(%s)), 0) as billed from journal_line l join account a on a.id = l.account_id"
        " join journal_entry e on e.id = l.entry_id where l.job_id is not null and e.date <= %s group by 1",
        [list(JOB_COST), list(BILLED), upto],
    )
    return {r["job_id"]: r for r in found}


def held(job_id: int, upto: date) -> Held:
    """What a job's WIP accounts hold for documents up to a day: also of an entry that a closed month sent on."""
    found = rows(
        "select coalesce(sum(l.amount) filter (where a.code = %s), 0) as under, -coalesce(sum(l.amount) filter (where a.code = %s), 0)"
        " as over, -coalesce(sum(l.amount) filter (where a.code = %s), 0) as provision from journal_line l"
        " join account a on a.id = l.account_id join journal_entry e on e.id = l.entry_id where l.job_id = %s and e.document_date <= %s",
        [Acc.UNDERBILLED, Acc.OVERBILLED, Acc.LOSS_PROVISION, job_id, upto],
    )[0]
    return Held(**found)


def left_over(but: list[int], upto: date) -> list[Job]:
    """Jobs that are not on the schedule any more and whose WIP accounts still hold something."""
    found = rows(
        "select l.job_id from journal_line l join account a on a.id = l.account_id join journal_entry e on e.id = l.entry_id"
        " where a.code in (%s, %s, %s) and l.job_id is not null and e.document_date <= %s"
        " group by l.job_id, a.code having sum(l.amount) <> 0",
        [Acc.UNDERBILLED, Acc.OVERBILLED, Acc.LOSS_PROVISION, upto],
    )
    return list(Job.objects.filter(pk__in={r["job_id"] for r in found} - set(but)).order_by("pk"))


def _service(upto: date) -> list[dict[str, Any]]:
    """The service lens beside it: revenue as billed, cost as posted, by profile."""
    return rows(
        "select j.profile, count(distinct j.id) as jobs, -coalesce(sum(l.amount) filter (where a.code = any(%s)), 0) as billed,"
        " coalesce(sum(l.amount) filter (where a.code = any(%s)), 0) as cost from journal_line l join account a on a.id = l.account_id"
        " join journal_entry e on e.id = l.entry_id join jobs_job j on j.id = l.job_id where j.profile <> 'project' and e.date <= %s"
        " group by 1 order by 1",
        [[*BILLED, "4310"], list(JOB_COST), upto],
    )


def _agreements() -> dict[str, Decimal]:
    """What is sold ahead: deferred in the books."""
    deferred = rows(
        "select -coalesce(sum(l.amount), 0) as d from journal_line l join account a on a.id = l.account_id where a.code = %s",
        [Acc.DEFERRED_AGREEMENTS],
    )[0]["d"]
    return {"deferred": deferred}


def _by_plan() -> dict[int, Decimal]:
    """What contracts that are billed by draws, cost or quantities have billed, less credits, by contract."""
    found = rows(
        "select c.id, sum(i.subtotal) as g from billings_planinvoice b join billings_billingplan p on p.id = b.plan_id"
        " join contracts_contract c on c.job_id = p.job_id join billing_invoice i on i.status = 'posted'"
        " and (i.id = b.invoice_id or i.credits_id = b.invoice_id) where p.way <> 'progress' group by 1"
    )
    return {r["id"]: r["g"] for r in found}


def _gross_check(contracts: Any, money: dict[int, dict[str, Decimal]]) -> dict[str, Any]:
    """Contract billings in the books equal what the applications say, contract by contract."""
    off, books, other = [], ZERO, ZERO
    posted = {
        r["contract_id"]: r["g"]
        for r in rows(
            "select distinct on (contract_id) contract_id, posted_gross as g from payapps_payapp where status <> 'void'"
            " order by contract_id, number desc"
        )
    } | _by_plan()
    for c in contracts:
        have = money.get(c.job_id, {}).get("billed", ZERO) + prior_gross(c)
        said = posted.get(c.pk, ZERO)
        books, other = books + have, other + said
        if have != said:
            off.append(c.job.number)
    what = f"every contract's last application, or its plan's invoices{': off at ' + ', '.join(off[:5]) if off else ''}"
    return {"name": "Contract billings equal the applications", "books": books, "other": other, "difference": books - other,
            "ok": not off, "what": what}  # fmt: skip
