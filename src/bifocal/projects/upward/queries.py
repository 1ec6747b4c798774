"""What goes to a general contractor: their sheet filled, what is due when, what is short, what is charged back."""

from __future__ import annotations

from datetime import date
from typing import Any

from bifocal.core.models import Company
from bifocal.kernel.billing.models import Application
from bifocal.kernel.documents.models import path_of
from bifocal.kernel.jobs.models import Job
from bifocal.lib.errors import Refused
from bifocal.lib.money import ZERO
from bifocal.projects.contracts.models import Contract
from bifocal.projects.contracts.rules import ContractStatus, OurRole
from bifocal.projects.deadlines import queries as deadlines
from bifocal.projects.payapps import queries as payapps
from bifocal.projects.payapps.models import PayApp
from bifocal.projects.payapps.rules import Status
from bifocal.projects.rentals.queries import due_back
from bifocal.projects.upward.models import BackCharge, GcForm, OurPaper, ShortPay
from bifocal.projects.upward.rules import Money, due_day
from bifocal.projects.upward.workbook import fill


def form_of(contract: Contract) -> GcForm | None:
    """How this general contractor wants to be billed, where it is known."""
    return GcForm.objects.filter(contract=contract).first()


def values_of(app: PayApp) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The head and the lines of an application as a form wants them."""
    result = payapps.sheet(app)
    contract = app.contract
    names = {li.sov.item: li.sov.description for li in app.lines.select_related("sov")}
    head: dict[str, Any] = {
        "number": app.number, "period_to": app.period_to, "contract": contract.number, "project": contract.job.title,
        "our_name": Company.get().name, **{f"line{n}": result.summary[str(n)] for n in range(1, 10)},
    }  # fmt: skip
    return head, [
        {"item": li.item, "description": names[li.item], "C": li.C, "D": li.D, "E": li.E, "F": li.F} for li in result.lines
    ]  # fmt: skip


def filled(app: PayApp) -> bytes:
    """The general contractor's own workbook with this application in it. Raises Refused where no form is mapped yet."""
    form = form_of(app.contract)
    if form is None or not form.file_sha256 or not form.columns:
        raise Refused("There is no form of the general contractor yet. Upload it and say which cells take what.")
    head, lines = values_of(app)
    data = path_of(form.file_sha256).read_bytes()
    return fill(
        data, sheet=form.sheet, cells=form.cells, columns=form.columns, first=form.first, last=form.last, head=head, lines=lines
    )  # fmt: skip


def money_for(app: PayApp) -> list[Money]:
    """What came for the application's invoice and did not bounce."""
    found = Application.objects.filter(invoice=app.invoice, payment__isnull=False, undone=False).select_related("payment")
    return [Money(a.payment.method, a.payment.status, a.amount) for a in found if a.payment and a.payment.method != "offset"]


def paper_now(sort: str, today: date) -> OurPaper | None:
    """Our newest paper of a sort that still holds."""
    rows = [p for p in OurPaper.objects.filter(sort=sort).order_by("-id") if p.until is None or p.until >= today]
    return rows[0] if rows else None


def desk(contract: Contract, today: date) -> dict[str, Any]:
    """Everything between us and the general contractor of a contract, for one card of the Billing page."""
    form = form_of(contract)
    return {
        "form": form, "due": due_day(form.billing_day, today) if form else None,
        "charges": list(contract.back_charges.order_by("-id")), "papers": list(OurPaper.objects.order_by("sort", "-until")[:8]),
        "short": list(ShortPay.objects.filter(payapp__contract=contract).select_related("payapp").order_by("-id")),
        "disputed": sum((c.amount for c in contract.back_charges.filter(status="disputed")), ZERO),
        "insured": paper_now("insurance", today),
    }  # fmt: skip


def is_below(contract: Contract | None) -> bool:
    """Whether somebody else holds the prime contract, and we bill them."""
    return contract is not None and contract.our_role != OurRole.PRIME


def due_soon(today: date, jobs: list[Job] | None = None) -> list[dict[str, Any]]:
    """Applications that must be with a general contractor on their next billing day and are not submitted for that month."""
    found = GcForm.objects.filter(contract__status=ContractStatus.APPROVED).exclude(contract__our_role=OurRole.PRIME)
    if jobs is not None:
        found = found.filter(contract__job__in=jobs)
    out = []
    for form in found.select_related("contract__job"):
        due = due_day(form.billing_day, today)
        sent = form.contract.payapps.filter(status__in=[Status.SUBMITTED, Status.CERTIFIED], prior=False, period_to__gte=due.replace(day=1))
        if not sent.exists():
            out.append({"job": form.contract.job, "due": due, "to": form.to_name or form.contract.job.customer.name})
    return sorted(out, key=lambda r: r["due"])


def answers_due(today: date) -> list[BackCharge]:
    """Back-charges that nobody has answered yet, the most urgent first."""
    return list(BackCharge.objects.filter(status="received").select_related("contract__job").order_by("answer_by", "id"))


def to_do(today: date) -> list[dict[str, Any]]:
    """What must go out by a day: notices and liens, applications to general contractors, answers to back-charges; the earliest first."""
    out: list[dict[str, Any]] = [{"what": d.title, "job": d.job, "due": d.due, "detail": d.citation} for d in deadlines.ahead(today)]
    out += [{"what": "application to the general contractor", "job": r["job"], "due": r["due"], "detail": r["to"]} for r in due_soon(today)]
    out += [
        {"what": "answer to a back-charge", "job": c.contract.job, "due": c.answer_by or c.received_on, "detail": f"{c.number}: {c.reason}"}
        for c in answers_due(today)
    ]
    out += [{"what": "off hire", "job": r.job, "due": r.expected, "detail": f"{r.description}, {r.vendor.name}"} for r in due_back(today)]
    return sorted(out, key=lambda r: r["due"])[:30]
