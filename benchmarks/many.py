"""Make the demo company large: 100,000 jobs with their customers, sites and search entries, by SQL alone.

`python benchmarks/many.py [COUNT]`, with the server stopped or running. Names, numbers, phones and addresses vary; money
does not: the copies have no invoices. For measuring lists and search (`benchmarks/run.py`), never for the books.
"""

from __future__ import annotations

import os
import sys
import time

os.environ["BIFOCAL_DB_ROLE"] = "owner"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bifocal.front.settings")
os.environ["BIFOCAL_POOL"] = "0"

STEPS = [
    "create temp table picked as select j.id as job, j.customer_id, j.site_id, k, %(have)s + row_number() over () as n, gen_random_uuid() as cu,"
    " gen_random_uuid() as su, gen_random_uuid() as ju from jobs_job j cross join generate_series(1, 40) k where j.profile = 'service' limit %(count)s",
    "insert into parties_customer (uid, version, number, name, sort, email, phone, address, terms_days, tax_exempt, po_required, hold_service,"
    " hold_project, external_id, custom) select p.cu, 1, 'C-M' || p.n, (%(first)s::text[])[1 + p.n %% cardinality(%(first)s::text[])] || ' ' || (%(last)s::text[])[1 + (p.n / 24) %% cardinality(%(last)s::text[])],"
    " c.sort, 'm' || p.n || '@example.com', '410-' || lpad((p.n %% 899 + 100)::text, 3, '0') || '-' || lpad((p.n * 7 %% 10000)::text, 4, '0'),"
    " c.address, c.terms_days, '', false, '', '', '', '{}' from picked p join parties_customer c on c.id = p.customer_id",
    "insert into parties_site (uid, version, customer_id, name, sort, address, city, state, postcode, tz, zone, tax_code, access, custom)"
    " select p.su, 1, c.id, a, s.sort, a, s.city, s.state, s.postcode, s.tz, s.zone, s.tax_code, '', '{}' from picked p join parties_site s on"
    " s.id = p.site_id join parties_customer c on c.uid = p.cu,"
    " lateral (select (p.n * 13 %% 9000 + 100) || ' ' || (%(street)s::text[])[1 + p.n %% cardinality(%(street)s::text[])] || ' Street' as a) t",
    "insert into jobs_job ({cols}, uid, number, customer_id, site_id) select {from_}, p.ju, 'J-M' || p.n, c.id, s.id from picked p"
    " join jobs_job j on j.id = p.job join parties_customer c on c.uid = p.cu join parties_site s on s.uid = p.su",
    "insert into core_searchentry (kind, uid, title, detail, text) select kind, uid, title, detail, lower(title || ' ' || detail || ' ' || also) from ("
    " select 'customer' as kind, c.uid, c.name as title, c.number || ' · ' || c.phone as detail, c.email || ' ' || regexp_replace(c.phone, '\\D', '', 'g') as also"
    " from picked p join parties_customer c on c.uid = p.cu union all"
    " select 'site', s.uid, s.name, s.address || ', ' || s.city || ' · ' || c.name, '' from picked p join parties_site s on s.uid = p.su"
    " join parties_customer c on c.id = s.customer_id union all"
    " select 'job', j.uid, j.number || ' ' || j.title, c.name || ' · ' || s.address, '' from picked p join jobs_job j on j.uid = p.ju"
    " join parties_customer c on c.id = j.customer_id join parties_site s on s.id = j.site_id) e",
]  # fmt: skip


def main() -> None:
    """Fill up to COUNT jobs and let the planner look at them."""
    import django

    django.setup()
    from django.db import connection, transaction

    from bifocal.front.demo.history import FIRST, LAST, STREETS

    count, begin = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, time.perf_counter()
    with connection.cursor() as cur:
        cur.execute("select count(*) from jobs_job")
        have = cur.fetchone()[0]
        cur.execute(
            "select string_agg(quote_ident(column_name::text), ','), string_agg('j.' || quote_ident(column_name::text), ',') from"
            " information_schema.columns where table_name = 'jobs_job' and column_name not in ('id', 'uid', 'number', 'customer_id', 'site_id')"
        )
        cols, from_ = cur.fetchone()
        args = {"have": have, "count": max(0, count - have), "first": FIRST, "last": LAST, "street": STREETS}
        with transaction.atomic():
            for step in STEPS:
                cur.execute(step.replace("{cols}", cols).replace("{from_}", from_), args)
        cur.execute("vacuum analyze")
    print(f"{max(0, count - have)} jobs more in {time.perf_counter() - begin:.1f} s")


if __name__ == "__main__":
    main()
