"""Measure project controls on a database: the budget report of 5,000 lines over 200,000 transactions, and the WIP page at 2,000 jobs.

`python benchmarks/controls.py [--few]`, with a demo company in `var/`. Everything is made in one transaction that is rolled back.
CPU seconds of this process and wall milliseconds with the SQL, best of three; prints a table, writes JSON. Figures of the issue:
budget 300 ms, WIP 2 s.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

os.environ["BIFOCAL_DB_ROLE"] = "owner"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bifocal.front.settings")
os.environ["BIFOCAL_POOL"] = "0"
FEW = "--few" in sys.argv
CODES, ENTRIES, JOBS = (200, 400, 40) if FEW else (1000, 20_000, 2000)


def best(work: Callable[[], Any]) -> dict[str, float]:
    """Wall and CPU milliseconds, best of three."""
    found = []
    for _ in range(3):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        found.append((time.perf_counter() - wall, time.process_time() - cpu))
    return {"wall_ms": round(min(w for w, _ in found) * 1000, 1), "cpu_ms": round(min(c for _, c in found) * 1000, 1)}


BUDGET = [
    "insert into jobs_costcode (uid, code, name) select gen_random_uuid(), 'B-' || lpad(n::text, 4, '0'), 'Bench ' || n from generate_series(1, %(codes)s) n",
    "insert into budget_budgetline (uid, version, job_id, cost_code_id, cost_type, locked) select gen_random_uuid(), 1, %(job)s, c.id, t, true"
    " from jobs_costcode c cross join unnest(array['L', 'M', 'E', 'S', 'O']) t where c.code like 'B-%%'",
    "insert into budget_budgetmove (uid, line_id, sort, amount, reason, by) select gen_random_uuid(), b.id, 'original', 5000, '', 'bench'"
    " from budget_budgetline b where b.job_id = %(job)s",
    "insert into journal_entry (uid, date, document_date, source_kind, source_uid, event, line_count, memo, created_by)"
    " select gen_random_uuid(), %(day)s, %(day)s, 'bench', gen_random_uuid(), 'bench', 11, '', 'bench' from generate_series(1, %(entries)s)",
    "insert into journal_line (entry_id, account_id, amount, job_id, cost_code_id)"
    " select e.id, a.id, case when k = 0 then -70 else 7 end, case when k = 0 then null else %(job)s::bigint end, case when k = 0 then null else c.id end"
    " from (select id, row_number() over (order by id) as r from journal_entry where event = 'bench') e cross join generate_series(0, 10) k"
    " join account a on a.code = case when k = 0 then '1010' else (array['5110', '5120', '5300', '5400', '5600'])[1 + (e.r + k) %% 5] end"
    " join (select id, row_number() over (order by id) as r from jobs_costcode where code like 'B-%%') c on c.r = 1 + (e.r * 10 + k) %% %(codes)s",
]
PROJECTS = [
    "create temp table made as select gen_random_uuid() as ju, gen_random_uuid() as cu, n, null::bigint as job from generate_series(1, %(jobs)s) n",
    "insert into jobs_job ({cols}, uid, number, work_status, started_at) select {from_}, m.ju, 'J-W' || m.n, 'in_progress', now() from made m"
    " join jobs_job j on j.id = %(job)s",
    "update made set job = j.id from jobs_job j where j.uid = made.ju",
    "insert into contracts_contract ({ccols}, uid, number, job_id, original_sum, sum) select {cfrom}, m.cu, 'W-' || m.n, m.job, 10000 + m.n, 10000 + m.n"
    " from made m join contracts_contract j on j.job_id = %(job)s",
    "insert into contracts_sovline (uid, contract_id, place, item, description, scheduled_value, before_contract, unit) select gen_random_uuid(), c.id, 0,"
    " '1', 'Work', c.sum, false, '' from made m join contracts_contract c on c.uid = m.cu",
    "insert into budget_budgetline (uid, version, job_id, cost_code_id, cost_type, locked) select gen_random_uuid(), 1, m.job, c.id, 'L', true"
    " from made m cross join (select id from jobs_costcode order by id limit 5) c",
    "insert into budget_budgetmove (uid, line_id, sort, amount, reason, by) select gen_random_uuid(), b.id, 'original', 1500, '', 'bench'"
    " from budget_budgetline b join made m on m.job = b.job_id",
    "insert into journal_entry (uid, date, document_date, source_kind, source_uid, event, line_count, memo, created_by)"
    " select gen_random_uuid(), %(day)s, %(day)s, 'bench', m.ju, 'bench wip', 6, '', 'bench' from made m",
    "insert into journal_line (entry_id, account_id, amount, job_id, cost_code_id) select e.id, a.id, case when k = 0 then -500 else 100 end,"
    " case when k = 0 then null else m.job end, case when k = 0 then null else c.id end from made m join journal_entry e on e.source_uid = m.ju"
    " and e.event = 'bench wip' cross join generate_series(0, 5) k join account a on a.code = case when k = 0 then '1010' else '5110' end"
    " left join (select id, row_number() over (order by id) as r from (select id from jobs_costcode order by id limit 5) t) c on c.r = k",
]  # fmt: skip


def columns(table: str, but: str) -> tuple[str, str]:
    """Its columns without some, plain and as those of `j`."""
    from django.db import connection

    with connection.cursor() as cur:
        cur.execute(
            "select string_agg(quote_ident(column_name::text), ','), string_agg('j.' || quote_ident(column_name::text), ',') from"
            " information_schema.columns where table_name = %s and not column_name = any(string_to_array(%s, ' '))",
            [table, but],
        )
        return tuple(cur.fetchone())


def fill(job: int) -> None:
    """A budget of `CODES` × 5 lines over `ENTRIES` × 10 transactions on this job, and `JOBS` projects beside it."""
    from django.db import connection

    args = {"job": job, "codes": CODES, "entries": ENTRIES, "jobs": JOBS, "day": date.today()}
    cols, from_ = columns("jobs_job", "id uid number work_status started_at")
    ccols, cfrom = columns("contracts_contract", "id uid number job_id original_sum sum")
    with connection.cursor() as cur:
        for step in (*BUDGET, *PROJECTS):
            for name, value in (("{cols}", cols), ("{from_}", from_), ("{ccols}", ccols), ("{cfrom}", cfrom)):
                step = step.replace(name, value)
            cur.execute(step, args)
        cur.execute("set constraints all immediate")
        cur.execute("analyze")


def measure() -> dict[str, Any]:
    """Both, on what was filled in."""
    from django.test import Client

    from bifocal.bridges.portfolio.wip import wip
    from bifocal.core.models import User
    from bifocal.kernel.jobs.models import Job
    from bifocal.projects.contracts.models import Contract
    from bifocal.projects.forecast.queries import report

    job = Job.objects.get(pk=Contract.objects.filter(status="approved").order_by("-id")[0].job_id)
    fill(job.pk)
    found = report(job)
    client = Client()
    client.force_login(User.objects.get(email="owner@harbor.example"), backend="allauth.account.auth_backends.AuthenticationBackend")

    def page() -> None:
        reply = client.get("/money/wip", headers={"host": "localhost"})
        assert reply.status_code == 200, reply.status_code

    return {
        "budget_lines": len(found.rows), "transactions": ENTRIES * 10, "wip_projects": len(wip(date.today()).rows),
        "budget_report": best(lambda: report(job)), "wip_schedule": best(lambda: wip(date.today())), "wip_page": best(page),
    }  # fmt: skip


def main() -> None:
    """Measure and roll back."""
    import django

    django.setup()
    from django.db import transaction

    with transaction.atomic():
        found = measure()
        transaction.set_rollback(True)
    if not FEW:
        Path(__file__).with_name("controls.json").write_text(json.dumps(found, indent=1) + "\n")
    for name, value in found.items():
        print(f"{name:<20} {value}")


if __name__ == "__main__":
    main()
