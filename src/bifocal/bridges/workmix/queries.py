"""Bifocal's own jobs as pieces of work: the same rule for our data as for anybody's export."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from bifocal.bridges.workmix.assess import Assessment, assess_pieces
from bifocal.bridges.workmix.models import CompanyLens
from bifocal.bridges.workmix.rules import COMPANY, Capability, Lens, shown
from bifocal.engines.workmix import Piece, Rule
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.jobs.rules import Work
from bifocal.kernel.ledger.queries import rows
from bifocal.kernel.ledger.rules import JOB_REVENUE

DONE = [Work.DONE, Work.READY_TO_BILL, Work.CLOSED]
OWN_PIECES = """
with revenue as (
  select l.job_id, -sum(l.amount) as amount from journal_line l join account a on a.id = l.account_id
  where a.code = any(%s) and l.job_id is not null group by l.job_id),
hours as (select job_id, sum(hours) as hours from time_timesegment where job_id is not null and hours is not null group by job_id),
visits as (select job_id, count(*) as visits from visits_visit where done_at is not null group by job_id),
changes as (
  select d.job_id, count(*) as changes from register_document d where d.sort = 'change_order' and d.status = 'approved' group by d.job_id)
select j.id, j.uid, j.number, c.name as customer, coalesce(nullif(p.kind_said, ''), t.name, j.profile) as type, j.work_status,
  p.days,
  case when p.id is null then (coalesce(j.started_at, j.created_at) at time zone b.tz)::date else p.started end as started,
  case when p.id is null then (coalesce(j.done_at, j.closed_at) at time zone b.tz)::date else p.finished end as finished,
  case when p.id is null then r.amount else p.value end as value, case when p.id is null then h.hours else p.hours end as hours,
  case when p.id is null then v.visits else p.visits end as visits,
  case when p.id is null then coalesce(x.changes, 0) else p.change_orders end as changes
from jobs_job j join core_branch b on b.id = j.branch_id join parties_customer c on c.id = j.customer_id
left join jobs_jobtype t on t.id = j.job_type_id
left join revenue r on r.job_id = j.id left join hours h on h.job_id = j.id left join visits v on v.job_id = j.id
left join changes x on x.job_id = j.id left join imports_pastwork p on p.job_id = j.id
where j.work_status <> 'cancelled' and j.external_id <> 'opening ' || c.number order by j.id
"""


def own_pieces() -> list[Piece]:
    """Every job but canceled ones and balances brought forward: revenue from the ledger, hours from the time record, days in the branch's
    zone; of past work that was brought in, what the old system knew."""
    return [_piece(r) for r in rows(OWN_PIECES, [list(JOB_REVENUE)])]


def _piece(r: dict[str, object]) -> Piece:
    done = r["work_status"] in DONE
    started, finished = r["started"], r["finished"] if done else None
    assert started is None or isinstance(started, date)
    assert finished is None or isinstance(finished, date)
    value = r["value"]
    return Piece(
        line=int(str(r["id"])), started=min(started, finished) if started and finished else started, finished=finished,
        value=max(value, Decimal(0)) if isinstance(value, Decimal) else None,
        hours=Decimal(str(r["hours"])) if r["hours"] is not None else None,
        visits=_whole(r["visits"]), changes=_whole(r["changes"]), days=_whole(r["days"]),
        customer=str(r["customer"]), kind=str(r["type"]), ref=str(r["number"]), finished_work=done,
    )  # fmt: skip


def _whole(value: object) -> int | None:
    return None if value is None else int(str(value))


def assess_own(rule: Rule) -> Assessment:
    """Assess Bifocal's own data. Raises Invalid where no job is finished yet."""
    return assess_pieces("Bifocal's own jobs", own_pieces(), rule)


def company_lens() -> CompanyLens:
    """The company's lens and thresholds; as they come where nobody chose yet."""
    return CompanyLens.objects.filter(id=1).first() or CompanyLens(id=1)


def company_capabilities() -> frozenset[str]:
    """What the company's lens shows; everything before it was chosen."""
    row = company_lens()
    return frozenset(row.capabilities) if row.lens else frozenset(COMPANY[Lens.BOTH])


_USED = """
select 'contract' as capability where exists (select 1 from contracts_contract where job_id = %(job)s)
union all select 'schedule' where exists (select 1 from schedule_activity where job_id = %(job)s)
union all select 'budget' where exists (select 1 from budget_budgetline where job_id = %(job)s)
union all select 'dispatch' where exists (select 1 from visits_visit where job_id = %(job)s)
union all select distinct case sort when 'change_order' then 'changes' when 'rfi' then 'rfis' when 'submittal' then 'submittals'
  when 'daily_log' then 'log' when 'punch' then 'punch' end
  from register_document where job_id = %(job)s and sort in ('change_order', 'rfi', 'submittal', 'daily_log', 'punch')
"""


def job_capabilities(job: Job) -> frozenset[Capability]:
    """What one job shows: its lens in this company, what was turned on for it, whatever it already holds."""
    used = [r["capability"] for r in rows(_USED, {"job": job.pk})]
    own = job.capabilities.values_list("capability", flat=True)
    return shown(job.lens == "project", company_capabilities(), own, used)
