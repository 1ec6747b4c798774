"""Projects under way: the job, its contract, its budget, and what it had cost and billed before the cut-over."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bifocal.bridges.imports.plan import Row
from bifocal.bridges.imports.rules_opening import history, opening
from bifocal.bridges.imports.ticking import tick
from bifocal.bridges.imports.writers.base import Writer
from bifocal.bridges.imports.writers.finding import make_sites
from bifocal.bridges.imports.writers.work import place_of
from bifocal.core.facts import record
from bifocal.core.numbering import next_number
from bifocal.kernel.billing.facts import InvoicePosted
from bifocal.kernel.billing.models import Invoice, InvoiceLine
from bifocal.kernel.billing.rules import InvoiceSort, InvoiceStatus
from bifocal.kernel.jobs.commands import create_job, move_job
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.kernel.jobs.rules import BillingRule, Profile, Work
from bifocal.kernel.ledger.rules import COST_ACCOUNT, Acc, Entry, Line
from bifocal.lib.money import ZERO
from bifocal.projects.budget.commands import BudgetIn, set_budget
from bifocal.projects.contracts import commands as contracts
from bifocal.projects.contracts.models import Contract
from bifocal.projects.contracts.rules import ContractStatus, OurRole
from bifocal.projects.payapps.commands import prior_application

WHOLE = ("title", "customer", "customer_id", "site", "contract_sum", "starts", "billed", "billed_on", "application", "retainage", "open")


class ProjectWriter(Writer):
    """A project is all rows with its id; its own fields stand on one of them or on all, its costs by cost code on each."""

    def resolve(self, rows: list[Row]) -> None:
        self.heads: dict[str, Row] = {}
        for row in rows:
            head = self.heads.setdefault(row.key, row)
            for name in WHOLE:
                said, here = head.values.get(name), row.values.get(name)
                if said in (None, ""):
                    head.values[name] = here
                elif here not in (None, "") and here != said:
                    self.run.error(row, f"{name.replace('_', ' ')} is {here} here and {said} on line {head.line}", name)
        place_of(self.run, list(self.heads.values()), Profile.PROJECT)
        for head in self.heads.values():
            self._adds_up(head)

    def _adds_up(self, head: Row) -> None:
        total, billed, held, open_ = (head.values.get(f) or ZERO for f in ("contract_sum", "billed", "retainage", "open"))
        if not head.values.get("customer_row") and not (head.values.get("customer") or head.values.get("customer_id")):
            self.run.error(head, "it does not say whose project it is: fill customer or customer id")
        if billed and not total:
            self.run.error(head, "it was billed but has no contract sum; fill it, or bring the continuation sheet in by 'import sov'")
        elif billed > total:
            self.run.error(head, f"{billed:,.2f} is billed of a contract of {total:,.2f}", "billed")
        if head.values.get("billed_on") and head.values["billed_on"] > self.run.day:
            self.run.error(head, f"it was billed through {head.values['billed_on']}, which is after the cut-over", "billed_on")
        if held + open_ > billed:
            self.run.error(head, f"retainage {held:,.2f} and unpaid {open_:,.2f} are more than the {billed:,.2f} billed", "retainage")

    def add(self, rows: list[Row]) -> None:
        make_sites(self.run, list(self.heads.values()))
        stage = tick.get()
        for n, (key, head) in enumerate(self.heads.items(), 1):
            self._project(head, [r for r in rows if r.key == key])
            stage("Adding projects", n, len(self.heads))

    def _project(self, head: Row, rows: list[Row]) -> None:
        run, v = self.run, head.values
        actor, call = run.actor, run.call.inner()
        job = create_job(
            title=v["title"], profile=Profile.PROJECT, customer=v["customer_row"], site=v["site_row"], branch=run.home, customer_po="-",
            billing_rule=BillingRule.CONTRACT, actor=actor, call=call,
        )  # fmt: skip
        job.external_id, job.customer_po = v.get("id") or "", ""
        job.save(update_fields=["external_id", "customer_po"])
        move_job(job, Work.IN_PROGRESS, actor=actor, call=call, reason="brought in", started_at=call.occurred_at)
        run.keep(head, job, after={"title": job.title, "work_status": str(job.work_status)})
        run.name_it(head, job)
        self._budget(job, rows)
        billed = v.get("billed") or ZERO
        if v.get("contract_sum"):
            contract = self._contract(head, job)
            if billed:
                self._billings(head, job, contract)
        lines = [*self._costs(job, rows), *self._balances(head, job)]
        run.entries.append(Entry("opening balance", job.subject, run.day, tuple(lines), f"{job.number} before the cut-over"))

    def _budget(self, job: Job, rows: list[Row]) -> None:
        for row in rows:
            if row.values.get("cost_code"):
                name = row.values.get("code_name") or row.values["cost_code"]
                CostCode.objects.get_or_create(code=row.values["cost_code"], defaults={"name": name})
        wanted: dict[tuple[str, Any], Decimal] = {}
        for row in rows:
            if row.values.get("budget"):
                key = (row.values["cost_code"], row.values.get("cost_type") or "O")
                wanted[key] = wanted.get(key, ZERO) + row.values["budget"]
        if wanted:
            lines = [BudgetIn(cost_code=code, cost_type=sort, amount=amount) for (code, sort), amount in wanted.items()]
            set_budget(job=job.uid, lines=lines, actor=self.run.actor, call=self.run.call.inner())

    def _contract(self, head: Row, job: Job) -> Contract:
        v, run = head.values, self.run
        billed, held = v.get("billed") or ZERO, v.get("retainage") or ZERO
        rate = (held / billed).quantize(Decimal("0.0001")) if billed else Decimal("0.10")
        line = contracts.SovIn(item="1", description=v["title"], scheduled_value=v["contract_sum"])
        contract = contracts.write(
            job, number=f"{job.number}-C", total=v["contract_sum"], lines=[line], our_role=OurRole.PRIME, retainage=(rate, rate),
            starts=v.get("starts") or run.day, days=0, texts=("", ""), actor=run.actor, call=run.call.inner(),
        )  # fmt: skip
        contract.change(status=ContractStatus.APPROVED, signed_on=v.get("starts") or run.day)
        run.keep(head, contract, after={"status": contract.status})
        return contract

    def _billings(self, head: Row, job: Job, contract: Contract) -> None:
        run, v = self.run, head.values
        billed, held, open_ = (v.get(f) or ZERO for f in ("billed", "retainage", "open"))
        day = v.get("billed_on") or run.day
        app = prior_application(
            contract, previous={"1": billed}, held=held, gross=billed, period_to=day, number=v.get("application") or 1,
            retainage={"1": held},
        )  # fmt: skip
        invoice = Invoice.objects.create(
            job=job, customer=job.customer, sort=InvoiceSort.PROGRESS, status=InvoiceStatus.POSTED, number=next_number("invoice", "INV-"),
            date=day, due=max(day, run.day), subtotal=billed, total=billed, retainage=held, paid=billed - held - open_,
            memo="Billed before the cut-over",
        )  # fmt: skip
        InvoiceLine.objects.create(invoice=invoice, description=invoice.memo, price=billed, amount=billed, revenue="contract")
        run.keep(head, app, after={"status": app.status})
        run.keep(head, invoice, after={"paid": str(invoice.paid), "retainage": str(held), "status": invoice.status})
        run.found.append((invoice, f"{invoice.number} {job.customer.name}", f"{job.number} · {billed:,.2f}", ""))
        told = InvoicePosted(number=invoice.number, total=str(billed), due=str(invoice.due))
        record(told, about=invoice, actor=run.actor, call=run.call)

    def _costs(self, job: Job, rows: list[Row]) -> list[Line]:
        codes = {c.code: c.pk for c in CostCode.objects.filter(code__in={r.values.get("cost_code") or "" for r in rows})}
        lines: list[Line] = []
        for row in rows:
            account = COST_ACCOUNT[row.values.get("cost_type") or "O"]
            dims = {"job_id": job.pk, "cost_code_id": codes.get(row.values.get("cost_code") or ""), "branch_id": job.branch_id}
            lines += history(account, row.values.get("cost") or ZERO, **dims)
        return lines

    def _balances(self, head: Row, job: Job) -> list[Line]:
        billed, held, open_ = (head.values.get(f) or ZERO for f in ("billed", "retainage", "open"))
        dims = {"job_id": job.pk, "customer_id": job.customer_id, "branch_id": job.branch_id}
        return [
            *history(Acc.CONTRACT_BILLINGS, -billed, **dims), *opening(Acc.RETAINAGE_RECEIVABLE, held, **dims),
            *opening(Acc.RECEIVABLE, open_, **dims),
        ]  # fmt: skip
