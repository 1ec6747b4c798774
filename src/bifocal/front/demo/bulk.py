"""Many service jobs at once: the same rules and posting functions as the commands, rows written by COPY."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bifocal.core.copying import copy_rows
from bifocal.core.models import Fact as FactRow
from bifocal.core.models import SearchEntry
from bifocal.core.numbering import set_counter
from bifocal.core.search import digits
from bifocal.front.demo.base import ACTOR, Base
from bifocal.kernel.billing.commands.invoices import entry_of as invoice_entry
from bifocal.kernel.billing.commands.payments import entry_of as payment_entry
from bifocal.kernel.billing.models import Application, Invoice, InvoiceLine, Payment
from bifocal.kernel.billing.rules import line_tax
from bifocal.kernel.jobs.models import CostCode, Job, JobMember
from bifocal.kernel.ledger.bulk import post_many
from bifocal.kernel.ledger.rules import Entry
from bifocal.kernel.parties.models import Customer, Site
from bifocal.kernel.people.models import Allocation, Person
from bifocal.kernel.pricebook.models import Item, TaxCode
from bifocal.kernel.stock.commands import entry_of_use
from bifocal.kernel.stock.models import ItemStock, Move, StockLevel
from bifocal.kernel.stock.rules import OnHand, issue
from bifocal.kernel.time.commands import entry_of as time_entry
from bifocal.kernel.time.commands import hour_cost
from bifocal.kernel.time.models import TimeSegment
from bifocal.lib.ids import uuid7
from bifocal.lib.money import ZERO, extend
from bifocal.lib.periods import hours_between
from bifocal.service.visits.models import Assignment, PartUsed, Visit
from bifocal.service.visits.rules_billing import Sold, lines_to_bill

if TYPE_CHECKING:
    from bifocal.front.demo.history import Spec

WHO = {"actor_kind": "system", "actor_key": "the office", "actor_name": "the office"}
RATE = Decimal("0.06")


class Bulk:
    """Collects rows in memory, in the order of work, and writes them table by table."""

    def __init__(self, base: Base) -> None:
        self.base = base
        self.items = {i.code: i for i in Item.objects.all()}
        self.have = {s.item_id: OnHand(s.quantity, s.value) for s in ItemStock.objects.all()}
        self.tax = TaxCode.objects.get(code="MD")
        self.rows: dict[type[Any], list[Any]] = defaultdict(list)
        self.entries: list[Entry] = []
        self.moved: dict[tuple[int, int], Decimal] = defaultdict(lambda: Decimal(0))
        self.numbers: dict[str, int] = defaultdict(int)
        self.known: list[tuple[Customer, Site]] = []

    def number(self, series: str, prefix: str) -> str:
        """The next number of a series, counted here and put into its counter at the end."""
        self.numbers[series] += 1
        return f"{prefix}{self.numbers[series]}"

    def customers(self, wanted: list[dict[str, Any]]) -> None:
        """Customers with their site, written at once so that jobs can refer to them."""
        people = [
            Customer(
                number=self.number("customer", "C-"),
                **{k: w[k] for k in ("name", "sort", "phone", "email", "terms_days")},
                address=w["address"],
            )
            for w in wanted
        ]
        copy_rows(people)
        sites = [
            Site(
                customer=c, name=w["address"], state="MD", tax_code="MD", **{k: w[k] for k in ("address", "city", "postcode", "lat", "lng")}
            )
            for c, w in zip(people, wanted, strict=True)
        ]
        copy_rows(sites)
        self.known = list(zip(people, sites, strict=True))
        for c, s in self.known:
            self.find("customer", c.uid, c.name, f"{c.number} · {c.phone}", f"{c.email} {digits(c.phone)}")
            self.find("site", s.uid, s.name, f"{s.one_line} · {c.name}", "")

    def find(self, kind: str, uid: Any, title: str, detail: str, also: str) -> None:
        text = f"{title} {detail} {also}".lower()[:1000]
        self.rows[SearchEntry].append(SearchEntry(kind=kind, uid=uid, title=title[:200], detail=detail[:300], text=text))

    def fact(self, name: str, about: Any, at: datetime, **payload: Any) -> None:
        self.rows[FactRow].append(FactRow(
            name=name, subject_kind=about.kind, subject_uid=about.uid, payload=payload, request_id=uuid7(), occurred_at=at, **WHO
        ))  # fmt: skip

    def service_jobs(self, specs: list[Spec]) -> None:
        """All jobs: the parents first, so that their keys are known, then what hangs on them."""
        jobs = [self._job(s) for s in specs]
        copy_rows(jobs)
        visits = [self._visit(j, s) for j, s in zip(jobs, specs, strict=True)]
        copy_rows(visits)
        invoices = [self._invoice(j, v, s) for j, v, s in zip(jobs, visits, specs, strict=True)]
        copy_rows([i for i, _ in invoices])
        for (invoice, lines), spec in zip(invoices, specs, strict=True):
            self._billed(invoice, lines, spec)

    def _job(self, s: Spec) -> Job:
        from bifocal.front.demo.history import TITLES

        customer, site = self.known[s.customer]
        sort = self.base.types[s.job_type]
        tech = self.base.people[s.technician]
        end = s.start + timedelta(minutes=s.drive + s.minutes)
        status = "closed" if s.paid_after is not None else "ready_to_bill"
        job = Job(
            number=self.number("job", "J-"), title=TITLES[s.job_type], profile="service", work_status=status, job_type=sort, customer=customer,
            site=site, branch=tech.branch, business_unit_id=sort.business_unit_id, billing_rule=sort.billing_rule, tax_code="MD", outcome="completed",
            started_at=s.start, done_at=end, closed_at=end if status == "closed" else None,
        )  # fmt: skip
        self.find("job", job.uid, f"{job.number} {job.title}", f"{customer.name} · {site.one_line}", "")
        self.fact("JobCreated", job, s.start, number=job.number, profile="service", title=job.title)
        return job

    def _visit(self, job: Job, s: Spec) -> Visit:
        end, sort = s.start + timedelta(minutes=s.drive + s.minutes), self.base.types[s.job_type]
        visit = Visit(
            job=job, status="done", minutes=sort.minutes, skill=sort.skill, planned=(s.start, end), dispatched_at=s.start,
            arrived_at=s.start + timedelta(minutes=s.drive), done_at=end, outcome="completed", signed_by=job.customer.name,
        )  # fmt: skip
        self.fact("VisitFinished", visit, end, outcome="completed", technician=s.technician)
        return visit

    def _invoice(self, job: Job, visit: Visit, s: Spec) -> tuple[Invoice, list[InvoiceLine]]:
        tech, middle = self.base.people[s.technician], s.start + timedelta(minutes=s.drive)
        end = middle + timedelta(minutes=s.minutes)
        self.rows[Assignment].append(Assignment(visit=visit, person=tech))
        self.rows[JobMember].append(JobMember(job=job, person=tech, until=end + timedelta(days=30)))
        self.rows[Allocation].append(Allocation(
            person=tech, during=(s.start, end), firmness="firm", use="visit", booking=uuid7(), source_kind="visit", source_uid=visit.uid, label=visit.label[:160]
        ))  # fmt: skip
        for activity, first, last in (("drive", s.start, middle), ("work", middle, end)):
            self._time(job, visit, tech, activity, first, last)
        sold = [self._part(job, visit, s, code, Decimal(n)) for code, n in s.parts]
        kind = self.base.types[s.job_type]
        bill = lines_to_bill(
            job.billing_rule, hours=hours_between(middle, end), labor_item=kind.labor_item.code if kind.labor_item else "",
            flat_item=kind.flat_item.code if kind.flat_item else "", parts=sold,
        )  # fmt: skip
        day = end.date()
        invoice = Invoice(
            job=job, customer=job.customer, sort="service", status="posted", number=self.number("invoice", "INV-"), date=day,
            due=day + timedelta(days=job.customer.terms_days), tax_code=self.tax, tax_rate=RATE,
        )  # fmt: skip
        lines = [self._line(invoice, n, b) for n, b in enumerate(bill)]
        invoice.subtotal, invoice.tax = sum((li.amount for li in lines), ZERO), sum((li.tax for li in lines), ZERO)
        invoice.total = invoice.subtotal + invoice.tax
        invoice.paid = invoice.total if s.paid_after is not None else ZERO
        return invoice, lines

    def _time(self, job: Job, visit: Visit, tech: Any, activity: str, first: datetime, last: datetime) -> None:
        cost = self._rate(tech, job, activity, first)
        segment = TimeSegment(
            person=tech, during=(first, last), job=job, cost_code=self.base.types[job.job_type.code].cost_code if job.job_type else None, activity=activity,
            pay_class=cost.pay_class, rate=cost.rate, burden=cost.burden, why=cost.reason, status="approved", hours=hours_between(first, last),
            source_kind="visit", source_uid=visit.uid,
        )  # fmt: skip
        self.rows[TimeSegment].append(segment)
        segment.during = _Span(first, last)
        self.entries.append(time_entry(segment))
        segment.during = (first, last)

    def _rate(self, tech: Any, job: Job, activity: str, at: datetime) -> Any:
        key = (tech.pk, activity)
        kept = self.__dict__.setdefault("rates", {})
        if key not in kept:
            kept[key] = hour_cost(tech, None, activity=activity, work_class="", day=at.date())
        return kept[key]

    def _part(self, job: Job, visit: Visit, s: Spec, code: str, quantity: Decimal) -> Sold:
        item, truck = self.items[code], self.base.trucks[s.technician]
        self.have[item.pk], value = issue(self.have[item.pk], quantity, item.cost)
        self.moved[(truck.pk, item.pk)] += quantity
        move = Move(
            item=item,
            quantity=quantity,
            value=value,
            from_location=truck,
            job=job,
            sort="use",
            occurred_at=s.start + timedelta(minutes=s.drive),
        )
        self.rows[Move].append(move)
        self.rows[PartUsed].append(
            PartUsed(visit=visit, item=item, quantity=quantity, price=item.price, location=truck, move_uid=move.uid, billed=True)
        )
        self.entries.append(entry_of_use(move, item, truck, job, self.base.types[s.job_type].cost_code))
        return Sold(code, quantity, item.price)

    def _line(self, invoice: Invoice, place: int, sold: Sold) -> InvoiceLine:
        item = self.items[sold.item]
        price = item.price if sold.price is None else sold.price
        amount = extend(sold.quantity, price)
        return InvoiceLine(
            invoice=invoice, place=place, item=item, description=item.name, quantity=sold.quantity, unit=item.unit, price=price, amount=amount, taxable=item.taxable,
            tax=line_tax(amount, RATE, taxable=item.taxable, exempt=False), revenue="parts" if item.sort == "part" else "labor",
        )  # fmt: skip

    def _billed(self, invoice: Invoice, lines: list[InvoiceLine], s: Spec) -> None:
        self.rows[InvoiceLine] += lines
        invoice.__dict__.setdefault("_prefetched_objects_cache", {})["lines"] = lines
        self.entries.append(invoice_entry(invoice))
        self.find("invoice", invoice.uid, f"{invoice.number} {invoice.customer.name}", f"{invoice.job.number} · {invoice.total:,.2f}", "")
        self.fact("InvoicePosted", invoice, s.start, number=invoice.number, total=str(invoice.total))
        if s.paid_after is None:
            return
        day = invoice.date + timedelta(days=s.paid_after)
        pay = Payment(
            number=self.number("payment", "P-"), customer=invoice.customer, job=invoice.job, date=day, method=s.method, amount=invoice.total, unapplied=ZERO,
            reference=invoice.number.removeprefix("INV-"), status="received",
        )  # fmt: skip
        self.rows[Payment].append(pay)
        self.rows[Application].append(Application(invoice=invoice, payment=pay, amount=invoice.total, date=day))
        self.entries.append(payment_entry(pay, [(invoice.total, invoice)]))

    def finish(self) -> None:
        """Write everything, the journal by COPY, the counters and the stock."""
        first = (Assignment, JobMember, Allocation, TimeSegment, Move, PartUsed, InvoiceLine, Payment, Application, FactRow, SearchEntry)
        for model in first:
            copy_rows(self.rows[model])
        self._bank()
        post_many(self.entries, actor=ACTOR)
        for series, value in self.numbers.items():
            set_counter(series, value)
        for item_id, now in self.have.items():
            ItemStock.objects.filter(pk=item_id).update(quantity=now.quantity, value=now.value)
        for (truck, item_id), quantity in self.moved.items():
            row = StockLevel.objects.get(location_id=truck, item_id=item_id)
            row.quantity -= quantity
            row.save(update_fields=["quantity"])

    def _bank(self) -> None:
        """All but the last days' money is at the bank: one deposit a month and kind."""
        from bifocal.kernel.billing.models import BankDeposit
        from bifocal.kernel.ledger.rules import Acc, credit, debit

        rows = self.rows[Payment]
        last = max((p.date for p in rows), default=None)
        groups: dict[tuple[int, int, bool], list[Payment]] = defaultdict(list)
        for p in rows:
            if last and (last - p.date).days > 6:
                groups[(p.date.year, p.date.month, p.method in ("card", "ach"))].append(p)
        for (_, _, cards), paid in sorted(groups.items()):
            gross = sum((p.amount for p in paid), ZERO)
            fee = extend(gross, Decimal("0.029")) if cards else ZERO
            slip = BankDeposit.objects.create(number=self.number("bank_deposit", "BD-"), date=max(p.date for p in paid), amount=gross - fee)
            Payment.objects.filter(pk__in=[p.pk for p in paid]).update(status="deposited", deposit_uid=slip.uid)
            lines = (
                debit(Acc.BANK, gross - fee),
                debit(Acc.MERCHANT_FEES, fee),
                credit(Acc.PROCESSOR if cards else Acc.UNDEPOSITED, gross),
            )
            self.entries.append(Entry("card payout" if cards else "bank deposit", slip.subject, slip.date, lines, slip.number))


def crew_days(base: Base, job: Job, code: CostCode, days: list[tuple[Person, date]]) -> None:
    """Approved days on a project, eight hours from seven in the morning; a day that somebody else took already is left out."""
    segments = []
    for person, day in days:
        if (person.pk, day) in base.crew_days:
            continue
        base.crew_days.add((person.pk, day))
        start = datetime.combine(day, time(7), ZoneInfo(job.branch.tz))
        cost = hour_cost(person, job, activity="work", work_class="", day=day)
        segments.append(TimeSegment(
            person=person, during=_Span(start, start + timedelta(hours=8)), job=job, cost_code=code, activity="work", pay_class=cost.pay_class,
            rate=cost.rate, burden=cost.burden, why=cost.reason, status="approved", hours=Decimal(8), source_kind="job", source_uid=job.uid,
        ))  # fmt: skip
    entries = [time_entry(segment) for segment in segments]
    for segment in segments:
        segment.during = (segment.during.lower, segment.during.upper)
    copy_rows(segments)
    post_many(entries, actor=ACTOR)


class _Span:
    """A range as the database gives it back."""

    def __init__(self, lower: datetime, upper: datetime) -> None:
        self.lower, self.upper = lower, upper
