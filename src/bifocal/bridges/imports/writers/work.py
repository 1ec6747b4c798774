"""Open jobs, each with a visit to plan; agreements with what is still deferred."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from bifocal.bridges.imports.plan import Row
from bifocal.bridges.imports.rules_opening import opening
from bifocal.bridges.imports.writers.base import RecordWriter, Run, Writer
from bifocal.bridges.imports.writers.finding import customers_of, make_sites, sites_of
from bifocal.bridges.imports.writers.parties import given
from bifocal.core.copying import copy_rows
from bifocal.core.facts import record
from bifocal.core.numbering import next_numbers
from bifocal.kernel.jobs.commands import may_open
from bifocal.kernel.jobs.facts import JobCreated
from bifocal.kernel.jobs.models import Job, JobType
from bifocal.kernel.jobs.rules import MOST_PEOPLE, BillingRule, Hold, Profile, Work
from bifocal.kernel.ledger.rules import Acc, Entry
from bifocal.kernel.parties.models import Site
from bifocal.lib.errors import Refused
from bifocal.lib.money import ZERO
from bifocal.lib.periods import next_month
from bifocal.service.agreements.facts import AgreementSold
from bifocal.service.agreements.models import Agreement
from bifocal.service.agreements.rules import months as parts
from bifocal.service.visits.facts import VisitAdded
from bifocal.service.visits.models import Visit

STATES = {
    "": Work.OPEN,
    "open": Work.OPEN,
    "scheduled": Work.OPEN,
    "in_progress": Work.IN_PROGRESS,
    "on_hold": Work.ON_HOLD,
    "done": Work.DONE,
}
MINUTES = 60


def place_of(run: Run, rows: list[Row], profile: Profile) -> None:
    """Customer and site of each row, and the rule of every new job: hold, purchase order."""
    customers_of(run, rows)
    sites_of(run, rows)
    for row in rows:
        site, customer = row.values.get("site_row"), row.values.get("customer_row")
        if customer is None or (site is None and "new_site" not in row.values):
            continue
        order = row.values.get("customer_po") or ("" if profile == Profile.SERVICE else "-")
        try:
            may_open(customer=customer, site=site or Site(customer=customer), profile=profile, customer_po=order)
        except Refused as refusal:
            run.error(row, refusal.sentence)


class JobWriter(RecordWriter):
    """Open jobs of the service lens. Each that is not started gets a visit for the dispatcher to plan."""

    model = Job

    def resolve(self, rows: list[Row]) -> None:
        place_of(self.run, rows, Profile.SERVICE)
        codes = {r.values["job_type"] for r in rows if r.values.get("job_type")}
        self.types = {t.code: t for t in JobType.objects.filter(code__in=codes)}
        for row in rows:
            code = row.values.get("job_type")
            if not 1 <= int(row.values.get("people") or 1) <= MOST_PEOPLE:
                self.run.error(row, "a visit needs 1 to 12 people at once", "people")
            if code and code not in self.types:
                self.run.error(row, f"there is no job type '{code}'; add it in the settings, or leave it empty", "job_type")

    def attributes(self, row: Row) -> dict[str, Any]:
        fields = given(row, "title", "customer_po", "notes")
        return {**fields, **({"external_id": row.values["id"]} if row.values.get("id") else {})}

    def build(self, rows: list[Row]) -> list[Any]:
        make_sites(self.run, rows)
        return [self._job(n, r) for n, r in zip(next_numbers("job", "J-", len(rows)), rows, strict=True)]

    def _job(self, number: str, row: Row) -> Job:
        state = STATES[row.values.get("state") or ""]
        kind = self.types.get(row.values.get("job_type") or "")
        held = {"hold_reason": Hold.INTERNAL, "hold_note": row.values.get("hold_note") or "on hold in the old system"}
        now = self.run.call.occurred_at
        return Job(
            number=number, profile=Profile.SERVICE, work_status=state, customer=row.values["customer_row"], site=row.values["site_row"],
            branch=self.run.home, job_type=kind, business_unit=kind.business_unit if kind else None,
            billing_rule=kind.billing_rule if kind else BillingRule.TIME_AND_MATERIALS, tax_code=row.values["site_row"].tax_code,
            started_at=now if state in (Work.IN_PROGRESS, Work.DONE) else None, done_at=now if state == Work.DONE else None,
            outcome="completed" if state == Work.DONE else "", **(held if state == Work.ON_HOLD else {}), **self.attributes(row),
        )  # fmt: skip

    def kept(self, row: Row, obj: Job) -> dict[str, Any]:
        return {**super().kept(row, obj), "work_status": str(obj.work_status)}

    def found_as(self, obj: Job) -> tuple[str, str, str]:
        return f"{obj.number} {obj.title}", f"{obj.customer.name} · {obj.site.one_line}", f"{obj.customer_po} {obj.external_id}"

    def tell(self, obj: Job) -> None:
        told = JobCreated(number=obj.number, profile=obj.profile, title=obj.title)
        record(told, about=obj, actor=self.run.actor, call=self.run.call)

    def after_add(self, rows: list[Row], objects: list[Any]) -> None:
        waiting = [(r, j) for r, j in zip(rows, objects, strict=True) if j.work_status in (Work.OPEN, Work.ON_HOLD, Work.IN_PROGRESS)]
        visits = [
            Visit(
                job=j,
                minutes=j.job_type.minutes if j.job_type else MINUTES,
                skill=j.job_type.skill if j.job_type else "",
                people=int(r.values.get("people") or (j.job_type.people if j.job_type else 1)),
            )
            for r, j in waiting
        ]
        copy_rows(visits)
        for (row, _), visit in zip(waiting, visits, strict=True):
            self.run.keep(row, visit, after={"status": visit.status})
            record(VisitAdded(seq=1, why="brought in"), about=visit, actor=self.run.actor, call=self.run.call)


class AgreementWriter(Writer):
    """Agreements under way: what is still deferred goes to 2420, the months that are over count as earned.

    Where what is deferred is no whole number of months, the agreement is rebased: its rest over the months that are left.
    """

    def resolve(self, rows: list[Row]) -> None:
        place_of(self.run, rows, Profile.MAINTENANCE)

    def add(self, rows: list[Row]) -> None:
        run = self.run
        make_sites(run, rows)
        numbers = next_numbers("job", "J-", len(rows))
        jobs = [
            Job(
                number=n, title=r.values["name"], profile=Profile.MAINTENANCE, customer=r.values["customer_row"], site=r.values["site_row"],
                branch=run.home, billing_rule=BillingRule.NOT_BILLABLE, external_id=r.values.get("id") or "",
            )
            for n, r in zip(numbers, rows, strict=True)
        ]  # fmt: skip
        copy_rows(jobs)
        series = next_numbers("agreement", "A-", len(rows))
        agreements = [self._agreement(n, r, j) for n, r, j in zip(series, rows, jobs, strict=True)]
        copy_rows(agreements)
        for row, job, agreement in zip(rows, jobs, agreements, strict=True):
            self._keep(row, job, agreement)

    def _agreement(self, number: str, row: Row, job: Job) -> Agreement:
        v = row.values
        price, starts, term, earned, note = terms_left(v["price"], v["starts"], v.get("months") or 12, v.get("deferred"), self.run.day)
        if note:
            self.run.plan.notes.append(f"Line {row.line}: {note}")
        return Agreement(
            number=number, customer=job.customer, site=job.site, job=job, name=v["name"], price=price, starts=starts, months=term,
            visits_a_year=2 if v.get("visits_a_year") is None else v["visits_a_year"], earned_months=earned,
        )  # fmt: skip

    def _keep(self, row: Row, job: Job, agreement: Agreement) -> None:
        run = self.run
        run.keep(row, job, after={"title": job.title, "work_status": str(job.work_status)})
        run.keep(row, agreement, after={"earned_months": agreement.earned_months, "status": agreement.status})
        run.name_it(row, agreement)
        run.found.append((job, f"{job.number} {job.title}", f"{job.customer.name} · {job.site.one_line}", job.external_id))
        left = sum(parts(agreement.price, agreement.months)[agreement.earned_months :], ZERO)
        dims = {"customer_id": job.customer_id, "job_id": job.pk, "branch_id": job.branch_id}
        lines = opening(Acc.DEFERRED_AGREEMENTS, -left, **dims)
        run.entries.append(Entry("opening balance", agreement.subject, run.day, lines, f"{agreement.number} still deferred"))
        record(JobCreated(number=job.number, profile=job.profile, title=job.title), about=job, actor=run.actor, call=run.call)
        record(AgreementSold(number=agreement.number, price=str(agreement.price)), about=agreement, actor=run.actor, call=run.call)


def months_over(starts: date, upto: date, term: int) -> int:
    """How many whole months of an agreement are over when a day ends."""
    count, at = 0, next_month(starts)
    while count < term and at <= upto + timedelta(days=1):
        count, at = count + 1, next_month(at)
    return count


def terms_left(price: Decimal, starts: date, term: int, deferred: Decimal | None, upto: date) -> tuple[Decimal, date, int, int, str]:
    """Price, start, months, months earned and a note, so that exactly `deferred` is left at the cut-over."""
    amounts = parts(price, term)
    over = months_over(starts, upto, term)
    if deferred is None:
        return price, starts, term, over, ""
    for earned in sorted(range(term + 1), key=lambda k: abs(k - over)):
        if sum(amounts[earned:], ZERO) == deferred:
            return price, starts, term, earned, ""
    left = max(term - over, 1)
    note = f"{deferred:,.2f} of {price:,.2f} is no whole number of months; it is earned over the {left} that are left"
    at = starts
    for _ in range(over):
        at = next_month(at)
    return deferred, at, left, 0, note
