"""Job cost, read only from the ledger; open and unapproved time is added as estimated cost of the same day."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q

from bifocal.kernel.jobs.models import Job
from bifocal.kernel.ledger.queries import rows
from bifocal.kernel.ledger.rules import COST_TYPE, JOB_COST, JOB_REVENUE
from bifocal.kernel.time.models import TimeSegment
from bifocal.kernel.time.rules import Status
from bifocal.lib.money import ZERO, extend
from bifocal.lib.periods import hours_between

_LINES = """
select l.id, e.date, e.event, e.memo, e.source_kind, e.source_uid, a.code as account, a.name as account_name, l.amount,
  l.quantity, c.code as cost_code, p.name as person, v.name as vendor, i.code as item, ph.code as phase
from journal_line l join journal_entry e on e.id = l.entry_id join account a on a.id = l.account_id
left join jobs_costcode c on c.id = l.cost_code_id left join people_person p on p.id = l.person_id
left join parties_vendor v on v.id = l.vendor_id left join pricebook_item i on i.id = l.item_id
left join jobs_phase ph on ph.id = l.phase_id
where l.job_id = %s and a.code = any(%s) order by l.id
"""


def cost_lines(job: Job) -> list[dict[str, Any]]:
    """Every cost of a job down to the hour and the receipt."""
    return [{**r, "cost_type": COST_TYPE[r["account"]]} for r in rows(_LINES, [job.pk, list(JOB_COST)])]


def estimated_time(job_ids: list[int], now: datetime) -> dict[int, Decimal]:
    """Open and unapproved time as cost, by job: margin is known the same day."""
    out: dict[int, Decimal] = {}
    waiting = TimeSegment.objects.filter(Q(status=Status.OPEN) | Q(status=Status.CLOSED), job_id__in=job_ids)
    for seg in waiting:
        hours = seg.hours if seg.hours is not None else hours_between(seg.began, max(now, seg.began))
        out[seg.job_id] = out.get(seg.job_id, ZERO) + extend(hours, seg.rate + seg.burden)
    return out


def margin(job: Job, now: datetime) -> dict[str, Any]:
    """Revenue, cost (posted and estimated), margin and its share; hours from the ledger."""
    sums = rows(
        "select -coalesce(sum(l.amount) filter (where a.code = any(%s)), 0) as revenue,"
        " coalesce(sum(l.amount) filter (where a.code = any(%s)), 0) as cost,"
        " coalesce(sum(l.quantity) filter (where a.code = any(%s) and l.person_id is not null), 0) as hours"
        " from journal_line l join account a on a.id = l.account_id where l.job_id = %s",
        [list(JOB_REVENUE), list(JOB_COST), list(JOB_COST), job.pk],
    )[0]
    estimated = estimated_time([job.pk], now).get(job.pk, ZERO)
    cost = sums["cost"] + estimated
    gain = sums["revenue"] - cost
    share = gain / sums["revenue"] if sums["revenue"] else None
    return {
        "revenue": sums["revenue"], "cost": cost, "posted_cost": sums["cost"], "estimated_cost": estimated, "margin": gain,
        "margin_share": share, "hours": sums["hours"],
    }  # fmt: skip


def by_cost_code(job: Job) -> list[dict[str, Any]]:
    """Posted cost of a job by cost code and cost type."""
    return rows(
        "select l.cost_code_id, coalesce(c.code, '') as cost_code, a.code as account, sum(l.amount) as amount,"
        " sum(l.quantity) as quantity from journal_line l join account a on a.id = l.account_id"
        " left join jobs_costcode c on c.id = l.cost_code_id where l.job_id = %s and a.code = any(%s)"
        " group by 1, 2, 3 order by 2, 3",
        [job.pk, list(JOB_COST)],
    )


def margin_report(*, limit: int = 200) -> list[dict[str, Any]]:
    """Revenue, cost and margin by job for both lenses on one report, largest revenue first."""
    return rows(
        "select j.uid, j.number, j.title, j.profile, j.work_status, b.name as business_unit, c.name as customer, t.revenue, t.cost,"
        " t.revenue - t.cost as margin from (select l.job_id,"
        " -coalesce(sum(l.amount) filter (where a.code = any(%s)), 0) as revenue,"
        " coalesce(sum(l.amount) filter (where a.code = any(%s)), 0) as cost"
        " from journal_line l join account a on a.id = l.account_id where l.job_id is not null group by l.job_id) t"
        " join jobs_job j on j.id = t.job_id join parties_customer c on c.id = j.customer_id"
        " left join core_businessunit b on b.id = j.business_unit_id order by t.revenue desc, j.id limit %s",
        [list(JOB_REVENUE), list(JOB_COST), limit],
    )


def margin_by_unit() -> list[dict[str, Any]]:
    """Revenue, cost and margin by business unit, both lenses."""
    return rows(
        "select coalesce(b.name, 'No unit') as name, coalesce(b.lens, '') as lens,"
        " -coalesce(sum(l.amount) filter (where a.code = any(%s)), 0) as revenue,"
        " coalesce(sum(l.amount) filter (where a.code = any(%s)), 0) as cost, count(distinct l.job_id) as jobs"
        " from journal_line l join account a on a.id = l.account_id left join jobs_job j on j.id = l.job_id"
        " left join core_businessunit b on b.id = j.business_unit_id"
        " where l.job_id is not null group by 1, 2 order by 3 desc",
        [list(JOB_REVENUE), list(JOB_COST)],
    )


def misplaced_sources() -> list[dict[str, Any]]:
    """Hours and parts whose quantity does not sum to one job's (decision 20): none, when all is well."""
    return rows(
        "with q as (select coalesce(l.dims->>'root', e.source_uid::text) as root, l.job_id, sum(l.quantity) as n"
        " from journal_line l join journal_entry e on e.id = l.entry_id join account a on a.id = l.account_id"
        " where l.job_id is not null and l.quantity is not null and a.code = any(%s)"
        " group by 1, 2 having sum(l.quantity) <> 0)"
        " select root, count(*) as jobs, sum(n) as quantity from q"
        " where root in (select uid::text from time_timesegment union select uid::text from stock_move)"
        " group by root having count(*) <> 1",
        [list(JOB_COST)],
    )
