"""The sheet of an application, and what its events leave in the books."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import Sum

from bifocal.engines.progress_billing import Application, Line, Sheet, compute
from bifocal.lib.money import ZERO, dollars
from bifocal.projects.contracts.models import Contract
from bifocal.projects.contracts.rules import CERTIFIES, FORM, OurRole
from bifocal.projects.payapps.models import PayApp
from bifocal.projects.payapps.rules import Books, Status

CERTIFIED = (Status.CERTIFIED,)


def last_certified(contract: Contract) -> PayApp | None:
    """The application that the next one follows."""
    found: PayApp | None = contract.payapps.filter(status__in=CERTIFIED).order_by("-number").first()
    return found


def certified_so_far(contract: Contract) -> Decimal:
    """Line 7: the sum of what was certified (decision 21)."""
    total: Decimal | None = contract.payapps.filter(status__in=CERTIFIED).aggregate(t=Sum("certified"))["t"]
    return total or ZERO


def books_of(contract: Contract) -> Books:
    """What the last event of any application left in the books."""
    last = contract.payapps.exclude(status=Status.VOID).order_by("-number").first()
    return Books(last.posted_gross, last.posted_retainage) if last else Books(ZERO, ZERO)


def application(app: PayApp) -> Application:
    """The application as the engine wants it."""
    contract = app.contract
    lines = tuple(
        Line(
            item=li.sov.item, scheduled=li.sov.scheduled_value, previous=li.previous, this_period=li.this_period, stored=li.stored,
            stored_previous=li.stored_previous, change=str(li.sov.change_id or ""),
            work_rate=ZERO if li.sov.before_contract or app.final else li.sov.retainage_work,
            stored_rate=ZERO if li.sov.before_contract or app.final else li.sov.retainage_stored,
        )
        for li in app.lines.select_related("sov").order_by("sov__place")
    )  # fmt: skip
    return Application(contract.original_sum, lines, app.work_rate, app.stored_rate, app.line7)


def sheet(app: PayApp) -> Sheet:
    """The computed sheet."""
    return compute(application(app))


def paper_data(app: PayApp) -> dict[str, Any]:
    """Our own application-and-continuation sheet as strings, ready to print."""
    result, contract = sheet(app), app.contract
    job = contract.job
    texts = {li.sov.item: li.sov.description for li in app.lines.select_related("sov")}
    role = OurRole(contract.our_role)
    return {
        "number": app.number, "period": f"{app.period_to:%B %-d, %Y}", "job": f"{job.number} {job.title}", "site": job.site.one_line,
        "customer": job.customer.name, "customer_address": job.customer.address, "contract": contract.number,
        "contract_date": f"{contract.signed_on:%B %-d, %Y}" if contract.signed_on else "", "certifies": CERTIFIES[role],
        "form": FORM[role], "status": app.state.replace("_", " "), "final": app.final, "certified": dollars(app.certified),
        "certified_by": app.certified_by, "work_rate": f"{app.work_rate * 100:.2f}".rstrip("0").rstrip("."),
        "stored_rate": f"{app.stored_rate * 100:.2f}".rstrip("0").rstrip("."),
        "summary": {k: dollars(v) for k, v in result.summary.items()}, "totals": {k: dollars(v) for k, v in result.totals.items()},
        "percent": f"{result.totals['G'] / result.totals['C'] * 100:.2f}%" if result.totals["C"] else "",
        "lines": [
            {
                "item": li.item, "text": texts[li.item], **{c: dollars(getattr(li, c)) for c in "CDEFGHI"},
                "percent": "" if li.percent is None else f"{li.percent * 100:.1f}%",
            }
            for li in result.lines
        ],
    }  # fmt: skip


def awaiting_certificate() -> Decimal:
    """Net of applications submitted and not yet certified: in receivables, not yet an invoice (decision 18)."""
    total = ZERO
    for app in PayApp.objects.filter(status__in=[Status.SUBMITTED, Status.REVISE]):
        total += app.posted_gross - app.posted_retainage - app.line7
    return total


def awaiting_retainage() -> Decimal:
    """Retainage in the books of applications submitted and not yet certified."""
    total = ZERO
    for app in PayApp.objects.filter(status__in=[Status.SUBMITTED, Status.REVISE]).select_related("contract"):
        before = last_certified(app.contract)
        total += app.posted_retainage - (before.posted_retainage if before else ZERO)
    return total
