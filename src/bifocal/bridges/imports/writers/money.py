"""Open receivables, payables, retainage and deposits: real documents with what is still open, posted at the cut-over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from bifocal.bridges.imports.plan import Row
from bifocal.bridges.imports.rules_opening import opening
from bifocal.bridges.imports.writers.base import Writer, copy_shown
from bifocal.bridges.imports.writers.finding import customers_of, jobs_of, vendors_of
from bifocal.bridges.imports.writers.opening_jobs import opening_jobs
from bifocal.core.copying import copy_rows
from bifocal.core.facts import record
from bifocal.core.numbering import next_numbers, set_counter
from bifocal.kernel.billing.facts import InvoicePosted, PaymentTaken
from bifocal.kernel.billing.models import Invoice, InvoiceLine, Payment
from bifocal.kernel.billing.rules import InvoiceSort, InvoiceStatus
from bifocal.kernel.ledger.rules import Acc, Entry, Line
from bifocal.kernel.purchasing.facts import BillPosted
from bifocal.kernel.purchasing.models import Bill, BillLine
from bifocal.kernel.purchasing.rules import BillStatus, post_bill
from bifocal.lib.money import ZERO, dollars

HELD = "-R"  # retainage of a document is a document of its own, named after it


def _of_customer(row: Row, job: Any) -> bool:
    return bool(row.values.get("customer_row") and job.customer_id == row.values["customer_row"].pk)


def whole(values: dict[str, Any]) -> Decimal:
    """What the document was for: its total, or all of it is open."""
    total: Decimal = values["open"] if values.get("total") is None else values["total"]
    return total


class OpenMoney(Writer):
    """What open receivables and customers' retainage share."""

    held = ""

    def resolve(self, rows: list[Row]) -> None:
        customers_of(self.run, rows)
        jobs_of(self.run, rows, _of_customer)
        self.check_numbers(rows)

    def number_of(self, row: Row) -> str:
        """The number in the old system, kept; retainage gets its own."""
        number = str(row.values.get("number") or "")
        return f"{number[: 20 - len(self.held)]}{self.held}" if number else ""

    def check_numbers(self, rows: Iterable[Row]) -> None:
        """A number is one invoice's: taken ones and repeats are errors by line."""
        numbers = {self.number_of(r): r for r in rows if self.number_of(r)}
        taken = set(Invoice.objects.filter(number__in=numbers).values_list("number", flat=True))
        for row in rows:
            number = self.number_of(row)
            if number in taken:
                self.run.error(row, f"invoice {number} is here already", "number")
            elif number and numbers[number] is not row:
                self.run.error(row, f"invoice number {number} stands on line {numbers[number].line} too; numbers are used once", "number")

    def invoice(self, row: Row, number: str, job: Any) -> Invoice:
        """The document that this row becomes."""
        raise NotImplementedError

    def lines(self, invoice: Invoice) -> tuple[Line, ...]:
        """What it posts at the cut-over."""
        raise NotImplementedError

    def add(self, rows: list[Row]) -> None:
        jobs = opening_jobs(self.run, [r.values["customer_row"] for r in rows if not r.values.get("job_row")])
        fresh = iter(next_numbers("invoice", "INV-", sum(1 for r in rows if not self.number_of(r))))
        invoices = [
            self.invoice(r, self.number_of(r) or next(fresh), r.values.get("job_row") or jobs[r.values["customer_row"].pk]) for r in rows
        ]
        _write_invoices(invoices)
        _past_our_own(i.number for i in invoices)
        for row, invoice in zip(rows, invoices, strict=True):
            self.keep_invoice(row, invoice)

    def keep_invoice(self, row: Row, invoice: Invoice) -> None:
        """Its posting, its place in search, its fact."""
        run = self.run
        run.keep(row, invoice, after={"paid": str(invoice.paid), "retainage": str(invoice.retainage), "status": invoice.status})
        run.name_it(row, invoice)
        run.found.append((invoice, f"{invoice.number} {invoice.customer.name}", f"{invoice.job.number} · {dollars(invoice.total)}", ""))
        entry = Entry("opening balance", invoice.subject, run.day, self.lines(invoice), f"{invoice.number} open at cut-over")
        run.entries.append(entry)
        told = InvoicePosted(number=invoice.number, total=str(invoice.total), due=str(invoice.due))
        record(told, about=invoice, actor=run.actor, call=run.call)


def dims_of(invoice: Invoice) -> dict[str, int | None]:
    """The dimensions that every posting of an invoice bears."""
    job = invoice.job
    return {"job_id": job.pk, "customer_id": invoice.customer_id, "branch_id": job.branch_id, "business_unit_id": job.business_unit_id}


class ReceivableWriter(OpenMoney):
    """Open invoices, and open credits as negative ones."""

    def invoice(self, row: Row, number: str, job: Any) -> Invoice:
        v, customer = row.values, row.values["customer_row"]
        open_, total = v["open"], whole(v)
        day = v.get("date") or self.run.day
        return Invoice(
            job=job, customer=customer, sort=InvoiceSort.SERVICE if open_ > 0 else InvoiceSort.CREDIT, status=InvoiceStatus.POSTED,
            number=number, date=day, due=v.get("due") or day + timedelta(days=customer.terms_days), subtotal=total, total=total,
            paid=total - open_, memo=(v.get("memo") or "Open at the cut-over")[:200],
        )  # fmt: skip

    def lines(self, invoice: Invoice) -> tuple[Line, ...]:
        return opening(Acc.RECEIVABLE, invoice.open_amount, **dims_of(invoice))


class DepositWriter(Writer):
    """Customers' deposits and unapplied money."""

    def resolve(self, rows: list[Row]) -> None:
        customers_of(self.run, rows)
        jobs_of(self.run, rows, _of_customer)

    def add(self, rows: list[Row]) -> None:
        run = self.run
        numbers = next_numbers("payment", "P-", len(rows))
        payments = [
            Payment(
                number=n, customer=r.values["customer_row"], job=r.values.get("job_row"), date=r.values.get("date") or run.day,
                method="opening", reference=str(r.values.get("reference") or "")[:80], amount=r.values["amount"],
                unapplied=r.values["amount"], status="deposited",
            )
            for n, r in zip(numbers, rows, strict=True)
        ]  # fmt: skip
        copy_rows(payments)
        for row, pay in zip(rows, payments, strict=True):
            run.keep(row, pay, after={"unapplied": str(pay.unapplied), "status": pay.status})
            run.name_it(row, pay)
            lines = opening(Acc.DEPOSITS, -pay.amount, customer_id=pay.customer_id, job_id=pay.job_id)
            run.entries.append(Entry("opening balance", pay.subject, run.day, lines, f"{pay.number} {pay.reference}".strip()))
            told = PaymentTaken(number=pay.number, amount=str(pay.amount), method=pay.method, unapplied=str(pay.unapplied))
            record(told, about=pay, actor=run.actor, call=run.call)


class PayableWriter(Writer):
    """Open bills of vendors, and their open credits as negative ones."""

    held = ""

    def resolve(self, rows: list[Row]) -> None:
        vendors_of(self.run, rows)
        jobs_of(self.run, rows)
        seen: dict[tuple[int, str], Row] = {}
        mine = [r for r in rows if r.values.get("vendor_row")]
        numbers = {self.number_of(r) for r in mine}
        taken = set(Bill.objects.filter(vendor_number__in=numbers).exclude(status="void").values_list("vendor_id", "vendor_number"))
        for row in mine:
            key = (row.values["vendor_row"].pk, self.number_of(row))
            if key in taken:
                self.run.error(row, f"{row.values['vendor_row'].name}'s bill {key[1]} is here already", "number")
            elif key in seen:
                self.run.error(row, f"bill {key[1]} of this vendor stands on line {seen[key].line} too", "number")
            seen.setdefault(key, row)

    def number_of(self, row: Row) -> str:
        """The vendor's number; a balance without one is named after the cut-over and its line."""
        number = str(row.values.get("number") or f"balance {self.run.cutover} {row.line}")
        return f"{number[: 60 - len(self.held)]}{self.held}"

    def bill(self, row: Row, number: str) -> Bill:
        """The document that this row becomes."""
        v, vendor = row.values, row.values["vendor_row"]
        open_, total = v["open"], whole(v)
        day = v.get("date") or self.run.day
        return Bill(
            number=number, vendor=vendor, vendor_number=self.number_of(row), sort="bill" if open_ > 0 else "credit", date=day,
            due=v.get("due") or day + timedelta(days=vendor.terms_days), total=total, paid=total - open_, status=BillStatus.POSTED,
        )  # fmt: skip

    def add(self, rows: list[Row]) -> None:
        run = self.run
        bills = [self.bill(r, n) for r, n in zip(rows, next_numbers("bill", "B-", len(rows)), strict=True)]
        copy_rows(bills)
        copy_rows([
            BillLine(bill=b, description=str(r.values.get("memo") or "Open at the cut-over")[:200], job=r.values.get("job_row"),
                     account=Acc.RETAINED_EARNINGS, amount=b.total)
            for r, b in zip(rows, bills, strict=True)
        ])  # fmt: skip
        for row, bill in zip(rows, bills, strict=True):
            run.keep(row, bill, after={"paid": str(bill.paid), "retainage": str(bill.retainage), "status": bill.status})
            run.name_it(row, bill)
            run.found.append((bill, f"{bill.number} {bill.vendor.name}", f"{bill.vendor_number} · {dollars(bill.total)}", ""))
            run.entries.append(self.entry(bill))
            told = BillPosted(number=bill.number, vendor=bill.vendor.name, total=str(bill.total))
            record(told, about=bill, actor=run.actor, call=run.call)

    def entry(self, bill: Bill) -> Entry:
        """What is open of it, by the bill's own posting, against retained earnings instead of cost."""
        dims: dict[str, int | None] = {"vendor_id": bill.vendor_id}
        open_ = bill.total - bill.paid
        lines = post_bill(costs=[Line(Acc.RETAINED_EARNINGS, open_)], total=open_, retainage=bill.retainage, on_card=False, dims=dims)
        return Entry("opening balance", bill.subject, self.run.day, lines, f"{bill.vendor.name} {bill.vendor_number}")


class CustomerRetainage(OpenMoney):
    """Retainage that customers hold: an invoice of which all is held back."""

    held = HELD

    def invoice(self, row: Row, number: str, job: Any) -> Invoice:
        amount, day = row.values["amount"], row.values.get("date") or self.run.day
        return Invoice(
            job=job, customer=row.values["customer_row"], sort=InvoiceSort.PROGRESS, status=InvoiceStatus.POSTED, number=number, date=day,
            due=day, subtotal=amount, total=amount, retainage=amount, paid=ZERO, memo="Retainage held at the cut-over",
        )  # fmt: skip

    def lines(self, invoice: Invoice) -> tuple[Line, ...]:
        return opening(Acc.RETAINAGE_RECEIVABLE, invoice.retainage, **dims_of(invoice))


class VendorRetainage(PayableWriter):
    """Retainage that we hold from subcontractors."""

    held = HELD

    def bill(self, row: Row, number: str) -> Bill:
        amount, day = row.values["amount"], row.values.get("date") or self.run.day
        return Bill(
            number=number, vendor=row.values["vendor_row"], vendor_number=self.number_of(row), date=day, due=day, total=amount,
            retainage=amount, paid=ZERO, status=BillStatus.POSTED,
        )  # fmt: skip


class RetainageWriter(Writer):
    """Retainage of both sides, each row to its side."""

    def resolve(self, rows: list[Row]) -> None:
        for writer, part in self._sides(rows):
            writer.resolve(part)

    def add(self, rows: list[Row]) -> None:
        for writer, part in self._sides(rows):
            writer.add(part)

    def _sides(self, rows: list[Row]) -> list[tuple[Writer, list[Row]]]:
        ours = [r for r in rows if r.values["side"] == "receivable"]
        theirs = [r for r in rows if r.values["side"] == "payable"]
        sides: list[tuple[Writer, list[Row]]] = [(CustomerRetainage(self.run), ours), (VendorRetainage(self.run), theirs)]
        return [(w, part) for w, part in sides if part]


def _write_invoices(invoices: list[Invoice]) -> None:
    copy_shown(invoices, "Adding documents")
    copy_rows([
        InvoiceLine(invoice=i, description=i.memo, price=i.subtotal, amount=i.subtotal, revenue="contract" if i.retainage else "labor")
        for i in invoices
    ])  # fmt: skip


def _past_our_own(numbers: Iterable[str]) -> None:
    """Numbers that look like ours move our counter past them."""
    used = [int(n[4:]) for n in numbers if n.startswith("INV-") and n[4:].isdigit()]
    if used:
        set_counter("invoice", max(used))
