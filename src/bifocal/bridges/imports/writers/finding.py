"""What a row refers to: customers, vendors, sites and jobs by the other system's id, our number, or their name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Upper

from bifocal.bridges.imports.plan import Row
from bifocal.bridges.imports.writers.base import Run, by_key
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.parties.models import Customer, Site, Vendor


def customers_of(run: Run, rows: list[Row], *, optional: bool = False) -> None:
    """Set `customer` of each row to its customer; errors by line where there is none or more than one."""
    _named(run, rows, "customer", "customers", Customer.objects.all(), optional=optional)


def vendors_of(run: Run, rows: list[Row], *, optional: bool = False) -> None:
    """The same for vendors."""
    _named(run, rows, "vendor", "vendors", Vendor.objects.all(), optional=optional)


def _named(run: Run, rows: list[Row], what: str, sort: str, everyone: QuerySet[Any], *, optional: bool) -> None:
    ids = {str(r.values[f"{what}_id"]) for r in rows if r.values.get(f"{what}_id")}
    known = by_key(run.source, sort, (f"#{i}" for i in ids))
    by_uid = _in_bulk(everyone, "uid", {k.uid for k in known.values()})
    by_number = _in_bulk(everyone, "number", ids)
    names = {tidy(r.values.get(what)) for r in rows} | {tidy(r.values.get(what)).split(":")[0].strip() for r in rows}
    by_name = by_names(everyone, names)
    for row in rows:
        given, name = str(row.values.get(f"{what}_id") or ""), tidy(row.values.get(what))
        key = known.get(f"#{given}") if given else None
        hits = [by_uid[key.uid]] if key and key.uid in by_uid else [by_number[given]] if given in by_number else []
        if not hits and not given:
            hits = by_name[name] or by_name[name.split(":")[0].strip()]
        row.values[f"{what}_row"] = hits[0] if len(hits) == 1 else None
        if len(hits) == 1 or (optional and not given and not name):
            continue
        if hits:
            run.error(row, f"there are {len(hits)} {what}s called '{row.values[what]}'; put the {what}'s id into the file", what)
        else:
            run.error(row, f"there is no {what} '{given or row.values.get(what)}'; bring {sort} in first, or correct it here", what)


def tidy(name: Any) -> str:
    """A name for comparing: upper case, single spaces."""
    return " ".join(str(name or "").upper().split())


def by_names(everyone: QuerySet[Any], names: Iterable[str]) -> dict[str, list[Any]]:
    """Whoever goes by each of these tidied names."""
    out: dict[str, list[Any]] = defaultdict(list)
    wanted = sorted(n for n in names if n)
    for at in range(0, len(wanted), 5000):
        for obj in everyone.annotate(upper=Upper("name")).filter(upper__in=wanted[at : at + 5000]):
            out[tidy(obj.name)].append(obj)
    return out


def _in_bulk(everyone: QuerySet[Any], column: str, values: Iterable[Any]) -> dict[Any, Any]:
    wanted = sorted(v for v in values if v)
    out: dict[Any, Any] = {}
    for at in range(0, len(wanted), 5000):
        out |= {getattr(o, column): o for o in everyone.filter(**{f"{column}__in": wanted[at : at + 5000]})}
    return out


def sites_of(run: Run, rows: list[Row]) -> None:
    """Set `site_row` of each row: by id, by name or address at the customer, or the customer's only site.

    A row with an address that is not there yet gets `new_site`; several sites and none named is an error.
    """
    known = by_key(run.source, "sites", (f"#{r.values['site_id']}" for r in rows if r.values.get("site_id")))
    by_uid = _in_bulk(Site.objects.select_related("customer"), "uid", {k.uid for k in known.values()})
    theirs = sites_by_customer({r.values["customer_row"].pk for r in rows if r.values.get("customer_row")})
    for row in rows:
        given = row.values.get("site_id")
        key = known.get(f"#{given}") if given else None
        if key and key.uid in by_uid:
            row.values["site_row"] = by_uid[key.uid]
            row.values["customer_row"] = row.values.get("customer_row") or by_uid[key.uid].customer
        elif given and not row.values.get("site"):
            run.error(row, f"there is no site '{given}'; bring sites in first, or correct it here", "site_id")
        elif row.values.get("customer_row"):
            _site_of(run, row, theirs[row.values["customer_row"].pk])


def _site_of(run: Run, row: Row, sites: list[Site]) -> None:
    wanted, customer = tidy(row.values.get("site")), row.values["customer_row"]
    hits = [s for s in sites if wanted in (tidy(s.name), tidy(s.address), tidy(s.one_line))] if wanted else sites
    if len(hits) == 1 or (hits and wanted):
        row.values["site_row"] = hits[0]
    elif hits:
        run.error(row, f"{customer.name} has {len(hits)} sites; say which one", "site")
    else:
        row.values["new_site"] = row.values.get("site") or customer.address.split("\n")[0] or customer.name


def sites_by_customer(ids: set[int]) -> dict[int, list[Site]]:
    """Every site of these customers, the oldest first."""
    out: dict[int, list[Site]] = defaultdict(list)
    wanted = sorted(ids)
    for at in range(0, len(wanted), 5000):
        for site in Site.objects.filter(customer_id__in=wanted[at : at + 5000]).order_by("id"):
            out[site.customer_id].append(site)
    return out


def make_sites(run: Run, rows: list[Row]) -> None:
    """Make the sites that rows name and nobody has: one a customer and address."""
    made: dict[tuple[int, str], Site] = {}
    for row in rows:
        if "new_site" in row.values and row.values.get("site_row") is None:
            where = row.values["new_site"]
            key = (row.values["customer_row"].pk, tidy(where))
            if key not in made:
                made[key] = Site(customer=row.values["customer_row"], name=where[:120], address=where[:200])
                made[key].save()
                run.keep(row, made[key], after={"name": where[:120]})
                run.found.append((made[key], made[key].name, row.values["customer_row"].name, ""))
            row.values["site_row"] = made[key]


def jobs_of(run: Run, rows: list[Row], fits: Callable[[Row, Job], bool] = lambda row, job: True) -> None:
    """Set `job_row` where a row names a job: by our number, or by the id it had in the other system. Errors by line."""
    named = [r for r in rows if r.values.get("job")]
    names = {str(r.values["job"]) for r in named}
    keys = {k: v.uid for sort in ("jobs", "projects") for k, v in by_key(run.source, sort, (f"#{n}" for n in names)).items()}
    every = Job.objects.select_related("customer", "branch")
    by_number, by_uid = _in_bulk(every, "number", names), _in_bulk(every, "uid", set(keys.values()))
    for row in named:
        name = str(row.values["job"])
        uid: UUID | None = keys.get(f"#{name}")
        job = by_uid.get(uid) or by_number.get(name)
        row.values["job_row"] = job
        if job is None:
            run.error(row, f"there is no job '{name}'; bring jobs and projects in first, or leave it empty", "job")
        elif not fits(row, job):
            run.error(row, f"job {job.number} is {job.customer.name}'s, not this customer's", "job")
