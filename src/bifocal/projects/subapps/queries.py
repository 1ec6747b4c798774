"""What a subcontractor's application holds, and why a check is held."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from bifocal.kernel.purchasing import gates
from bifocal.kernel.purchasing.models import Bill
from bifocal.lib.money import ZERO, cents
from bifocal.projects.commitments import queries as commitments
from bifocal.projects.commitments.models import Billed, Commitment
from bifocal.projects.commitments.rules import Sort
from bifocal.projects.subapps.models import LienWaiver, SubApp
from bifocal.projects.subapps.rules import DONE, UNCONDITIONAL, Signed, Waiver, against_payment, against_suppliers, waived


def taken(commitment: Commitment) -> dict[int, Decimal]:
    """What was billed by line, through applications or otherwise."""
    return dict(Billed.objects.filter(line__commitment=commitment).values_list("line").annotate(Sum("amount")))


def figures(app: SubApp) -> dict[str, Decimal]:
    """Claimed and approved gross, held, net of this application."""
    sums = app.lines.aggregate(claimed=Sum("claimed"), approved=Sum("approved"))
    gross = (sums["approved"] if app.status in DONE else sums["claimed"]) or ZERO
    held = cents(gross * app.commitment.retainage)
    return {"claimed": sums["claimed"] or ZERO, "approved": sums["approved"] or ZERO, "held": held, "net": gross - held}


def holds(bill: Bill, amount: Decimal, today: date, jointly: str = "") -> list[str]:
    """Why a check for this bill is held; empty for a bill that is no subcontractor's application.

    A supplier's missing waiver holds what that supplier is owed, where that is known; a check made out jointly with them goes.
    """
    app = SubApp.objects.filter(bill=bill).select_related("commitment__vendor").first()
    if app is None:
        return []
    signed = [Signed(Waiver(w.sort), w.status, w.amount, w.through) for w in app.waivers.exclude(status="void")]
    lacks = commitments.lacks(app.commitment.vendor, Sort(app.commitment.sort), today)
    net, paying = bill.total - bill.retainage, bill.paid + amount
    out = against_payment(net, paying, signed, _owed(app), lacks)
    missing = [(w.claimant, w.owed) for w in unsigned(app) if w.claimant != jointly]
    return [*out, *against_suppliers(net, paying, missing)]


def unsigned(app: SubApp) -> list[LienWaiver]:
    """Waivers of the subcontractor's suppliers that are not signed."""
    own = app.commitment.vendor.name
    return list(app.waivers.filter(status="required").exclude(claimant=own).exclude(sort__in=UNCONDITIONAL).order_by("id"))


def marks(app: SubApp, bill: Bill) -> Iterator[Decimal]:
    """Up to what sums of the bill its waivers let a check go."""
    signed = [Signed(Waiver(w.sort), w.status, w.amount, w.through) for w in app.waivers.exclude(status="void")]
    yield min(waived(signed), bill.total - bill.retainage)
    missing = unsigned(app)
    if missing:
        yield bill.total - bill.retainage - sum((w.owed for w in missing if w.owed is not None), ZERO)


def _owed(app: SubApp) -> list[int]:
    """Earlier applications that were paid, the payment cleared, and no unconditional waiver came."""
    found = app.commitment.applications.filter(number__lt=app.number, cleared_on__isnull=False).order_by("number")
    return [a.number for a in found if not a.waivers.filter(sort__in=UNCONDITIONAL, status="effective").exists()]


def pay_run(today: date) -> list[dict[str, Any]]:
    """Every open bill of an application: what is due, and who is held and why."""
    found = SubApp.objects.filter(bill__isnull=False).select_related("bill", "commitment__vendor", "commitment__job").order_by("bill__due")
    return [
        {"app": a, "bill": a.bill, "open": a.bill.open_amount, "why": gates.holds(a.bill, a.bill.open_amount, today)}
        for a in found if a.bill and a.bill.open_amount > 0
    ]  # fmt: skip
