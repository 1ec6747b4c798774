"""Past work: closed jobs with what the old system knew of them. Nothing is posted: the old books have it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from bifocal.bridges.imports.models import PastWork
from bifocal.bridges.imports.plan import Row
from bifocal.bridges.imports.writers.base import Writer, copy_shown
from bifocal.bridges.imports.writers.finding import by_names, sites_by_customer, tidy
from bifocal.core.copying import copy_rows
from bifocal.core.facts import record
from bifocal.core.numbering import next_numbers
from bifocal.core.search import digits
from bifocal.kernel.jobs.facts import JobCreated
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.jobs.rules import BillingRule, Profile, Work
from bifocal.kernel.parties.facts import CustomerAdded, SiteAdded
from bifocal.kernel.parties.models import Customer, Site


class PastWorkWriter(Writer):
    """Each row one closed job, numbered H-1, H-2, … apart from our own. Customers whom nobody knows yet come in with it."""

    def resolve(self, rows: list[Row]) -> None:
        here = by_names(Customer.objects.all(), {tidy(r.values["customer"]) for r in rows})
        self.customers: dict[str, Customer] = {}
        for row in rows:
            name = tidy(row.values["customer"])
            hits = here.get(name, [])
            if len(hits) > 1:
                self.run.error(row, f"there are {len(hits)} customers called '{row.values['customer']}'; merge them, or name one apart")
            elif hits:
                self.customers[name] = hits[0]
        unknown = {tidy(r.values["customer"]) for r in rows} - set(here)
        if unknown:
            self.run.plan.notes.append(f"{len(unknown):,} customers are not here yet; they come in with their work.")

    def add(self, rows: list[Row]) -> None:
        self._customers(rows)
        sites = self._sites(rows)
        numbers = next_numbers("history", "H-", len(rows))
        jobs = [self._job(n, r, sites) for n, r in zip(numbers, rows, strict=True)]
        copy_shown(jobs, "Adding past work")
        past = [_past(r, j) for r, j in zip(rows, jobs, strict=True)]
        copy_rows(past)
        run = self.run
        for row, job, known in zip(rows, jobs, past, strict=True):
            run.keep(row, job, after={"title": job.title, "work_status": str(job.work_status)})
            run.keep(row, known)
            run.name_it(row, job)
            run.found.append((job, f"{job.number} {job.title}", f"{job.customer.name} · {known.kind_said}".strip(" ·"), job.external_id))
            record(JobCreated(number=job.number, profile=job.profile, title=job.title), about=job, actor=run.actor, call=run.call)

    def _customers(self, rows: list[Row]) -> None:
        """Make the customers that nobody has, one a name, each kept with the first row that names it."""
        new: dict[str, Row] = {}
        for row in rows:
            if tidy(row.values["customer"]) not in self.customers:
                new.setdefault(tidy(row.values["customer"]), row)
        numbers = next_numbers("customer", "C-", len(new))
        made = [Customer(number=n, name=r.values["customer"]) for n, r in zip(numbers, new.values(), strict=True)]
        copy_rows(made)
        for (name, row), customer in zip(new.items(), made, strict=True):
            self.customers[name] = customer
            self.run.keep(row, customer, after={"name": customer.name})
            self.run.found.append((customer, customer.name, customer.number, digits(customer.phone)))
            told = CustomerAdded(name=customer.name, number=customer.number)
            record(told, about=customer, actor=self.run.actor, call=self.run.call)

    def _sites(self, rows: list[Row]) -> dict[int, Site]:
        """Each customer's first site; one by their name where there is none, since the history says no address."""
        here = {pk: theirs[0] for pk, theirs in sites_by_customer({c.pk for c in self.customers.values()}).items() if theirs}
        lacking: dict[int, tuple[Row, Customer]] = {}
        for row in rows:
            customer = self.customers[tidy(row.values["customer"])]
            if customer.pk not in here:
                lacking.setdefault(customer.pk, (row, customer))
        made = [Site(customer=c, name=(c.address.split("\n")[0] or c.name)[:120], address=c.address.split("\n")[0][:200])
                for _, c in lacking.values()]  # fmt: skip
        copy_rows(made)
        for (row, customer), site in zip(lacking.values(), made, strict=True):
            here[customer.pk] = site
            self.run.keep(row, site, after={"name": site.name})
            self.run.found.append((site, site.name, customer.name, ""))
            record(SiteAdded(name=site.name, customer=customer.name), about=site, actor=self.run.actor, call=self.run.call)
        return here

    def _job(self, number: str, row: Row, sites: dict[int, Site]) -> Job:
        v, customer = row.values, self.customers[tidy(row.values["customer"])]
        finished = _midday(v["finished"])
        return Job(
            number=number, title=(v["type"] or (f"Past work {v['id']}" if v["id"] else "Past work"))[:160], customer=customer,
            profile=Profile.PROJECT if v["shape"] == "project" else Profile.SERVICE, work_status=Work.CLOSED, site=sites[customer.pk],
            branch=self.run.home, billing_rule=BillingRule.NOT_BILLABLE, external_id=v["id"][:80], outcome="completed",
            started_at=_midday(v["started"]), done_at=finished, closed_at=finished,
        )  # fmt: skip


def _midday(day: date | None) -> datetime | None:
    """Midday of a day in America, so that it is the same day in every zone of the country."""
    return datetime.combine(day, time(18), UTC) if day else None


def _past(row: Row, job: Job) -> PastWork:
    v: dict[str, Any] = row.values
    return PastWork(
        job=job, started=v["started"], finished=v["finished"], value=v["value"], hours=v["hours"], visits=v["visits"],
        change_orders=v["change_orders"], days=v["days"], kind_said=v["type"],
    )  # fmt: skip
