"""The sheet of an application, and what its events leave in the books."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any, Literal

from django.db.models import Max, Sum

from bifocal.engines.progress_billing import Application, Cap, Certified, ChangeOrder, Line, Sheet, Split, Step, compute
from bifocal.lib.money import ZERO, dollars
from bifocal.projects.contracts.models import Contract
from bifocal.projects.contracts.rules import CERTIFIES, FORM, OurRole
from bifocal.projects.payapps.models import PayApp, PayAppLine
from bifocal.projects.payapps.rules import Books, Status
from bifocal.projects.register.models import Document

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
    """The application as the engine wants it. Where its rates are not the contract's, what was carried is computed anew."""
    contract = app.contract
    carries = (app.work_rate, app.stored_rate) == (contract.retainage_work, contract.retainage_stored) and not app.final
    rows = list(app.lines.select_related("sov__change").order_by("sov__place"))
    cap = None if contract.retainage_cap is None else Cap(contract.retainage_cap, _of(contract.retainage_cap_of))
    return Application(
        contract.original_sum, tuple(_line(li, app.final, carries) for li in rows), app.work_rate, app.stored_rate, app.line7,
        cap=cap, steps=steps_of(contract) if carries else (), change_orders=tuple(_changes(app, rows)),
    )  # fmt: skip


def _line(li: PayAppLine, final: bool, carries: bool) -> Line:
    sov, free = li.sov, li.sov.before_contract or final
    held = Split(li.carried_work, li.carried_stored) if carries and li.carried_work is not None and li.carried_stored is not None else None
    return Line(
        item=sov.item, scheduled=sov.scheduled_value, previous=li.previous, this_period=li.this_period, stored=li.stored,
        stored_previous=li.stored_previous, change=sov.change.number if sov.change else "",
        work_rate=ZERO if free else sov.retainage_work, stored_rate=ZERO if free else sov.retainage_stored,
        retainage_previous=held, released=Split(li.released_work, li.released_stored),
    )  # fmt: skip


def _of(text: str) -> Literal["original", "current"]:
    return "original" if text == "original" else "current"


def steps_of(contract: Contract) -> tuple[Step, ...]:
    """The contract's steps of retainage."""
    return tuple(Step(Decimal(s["at_percent"]), Decimal(s["rate"]), s["retroactive"]) for s in contract.retainage_steps)


def _changes(app: PayApp, rows: list[PayAppLine]) -> list[ChangeOrder]:
    """The change orders behind the lines: of this month where they were approved after the last certified period."""
    since = app.contract.payapps.filter(status__in=CERTIFIED, number__lt=app.number).aggregate(d=Max("period_to"))["d"]
    amounts: dict[Document, Decimal] = {}
    for li in rows:
        if li.sov.change:
            amounts[li.sov.change] = amounts.get(li.sov.change, ZERO) + li.sov.scheduled_value
    return [
        ChangeOrder(doc.number, amount, since is None or doc.closed_at is None or doc.closed_at.date() > since)
        for doc, amount in amounts.items()
    ]


def carried(last: PayApp) -> dict[int, Split]:
    """What the last certificate held by schedule-of-values line, where present terms would not say the same within a cent.

    A cent is rounding, and then a sheet reads as spreadsheets do: (D + E) · rate. More is history: a release, another rate.
    """
    contract = last.contract
    rows = list(last.lines.select_related("sov__change").order_by("sov__place"))
    plain = tuple(replace(_line(li, False, False), released=ZERO) for li in rows)
    again = replace(
        application(last), lines=plain, work_rate=contract.retainage_work, stored_rate=contract.retainage_stored, steps=steps_of(contract)
    )  # fmt: skip
    fresh = {li.item: li for li in compute(again).lines}
    out = {}
    for li in rows:
        now = fresh[li.sov.item]
        if max(abs(li.retained_work - now.work_retainage), abs(li.retained_stored - now.stored_retainage)) > Decimal("0.01"):
            out[li.sov_id] = Split(li.retained_work, li.retained_stored)
    return out


def certified_by_line(app: PayApp, allowed: dict[str, Decimal]) -> Decimal:
    """What a certificate that allows less of some lines comes to. Raises BrokenIdentity for more than was applied for."""
    certificate = compute(replace(application(app), certified=Certified(lines=allowed))).certificate
    assert certificate is not None
    return certificate.amount


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
        "changes": {k: dollars(v) for k, v in result.changes.items()} if any(result.changes.values()) else {},
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
