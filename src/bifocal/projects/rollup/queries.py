"""What is approved and not billed upstream, and what the owner's money lets go."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from bifocal.kernel.purchasing import gates
from bifocal.kernel.purchasing.models import Bill
from bifocal.lib.money import ZERO
from bifocal.projects.commitments.models import CommitmentLine
from bifocal.projects.commitments.rules import BINDS
from bifocal.projects.payapps.models import PayApp, PayAppLine
from bifocal.projects.payapps.rules import Status
from bifocal.projects.rollup.models import PayRun, PayTerms, RolledUp
from bifocal.projects.rollup.rules import against_owner, proposed
from bifocal.projects.subapps import queries as subapps
from bifocal.projects.subapps.models import SubApp, SubAppLine
from bifocal.projects.subapps.rules import DONE


def waiting(app: PayApp) -> list[SubAppLine]:
    """Approved lines of the job's subcontractors that no application but a thrown away one has."""
    found = SubAppLine.objects.filter(subapp__status__in=DONE, subapp__commitment__job_id=app.contract.job_id).exclude(approved=0)
    taken = RolledUp.objects.exclude(line__payapp__status=Status.VOID).values("sub_id")
    ordered = found.exclude(pk__in=taken).select_related("subapp__commitment__vendor", "line__cost_code")
    return list(ordered.order_by("line__cost_code__code", "subapp_id", "id"))


def _bought(job_id: int) -> dict[int, tuple[Decimal, Decimal]]:
    """By cost code: what binding commitments are over, and what of it was approved."""
    lines = CommitmentLine.objects.filter(commitment__job_id=job_id, counts=True, commitment__status__in=BINDS)
    whole = dict(lines.values_list("cost_code_id").annotate(Sum("amount")))
    done = dict(lines.values_list("cost_code_id").annotate(Sum("billed__amount")))
    return {code: (amount, done.get(code) or ZERO) for code, amount in whole.items()}


def proposals(app: PayApp) -> dict[str, Any]:
    """Line by line of the application what the subcontractors' approvals propose, with where it comes from; and what finds no line."""
    new, bought = waiting(app), _bought(app.contract.job_id)
    by_code: dict[int, list[SubAppLine]] = {}
    for line in new:
        by_code.setdefault(line.line.cost_code_id, []).append(line)
    rows: list[dict[str, Any]] = []
    for li in app.lines.select_related("sov__cost_code").order_by("sov__place"):
        code = li.sov.cost_code_id
        if code in by_code and not li.sov.before_contract:
            amount, done = bought.get(code, (ZERO, ZERO))
            rows.append({
                "item": li.sov.item, "sov": li.sov, "now": li.this_period, "sources": by_code[code], "bought": amount, "approved": done,
                "proposed": proposed(li.sov.scheduled_value, li.previous, li.stored, amount, done),
            })  # fmt: skip
    found = {r["sov"].cost_code_id for r in rows}
    return {"rows": rows, "without": [s for code, lines in by_code.items() if code not in found for s in lines]}


def taken_from(app: PayApp) -> list[RolledUp]:
    """Where the lines of an application come from."""
    rows = RolledUp.objects.filter(line__payapp=app).select_related("line__sov", "sub__line", "sub__subapp__commitment__vendor")
    return list(rows.order_by("line__sov__place", "id"))


def _paid_share(line: PayAppLine) -> Decimal:
    invoice = line.payapp.invoice
    if line.payapp.status != Status.CERTIFIED or invoice is None or invoice.due_amount <= 0:
        return Decimal(0)
    return invoice.paid / invoice.due_amount


def parts_of(app: SubApp) -> list[tuple[Decimal, Decimal]]:
    """Each approved line with the share of its application that the owner paid; zero for one that is not billed to the owner."""
    rolled: dict[int, list[PayAppLine]] = {}
    found = RolledUp.objects.filter(sub__subapp=app).exclude(line__payapp__status=Status.VOID).select_related("line__payapp__invoice")
    for r in found:
        rolled.setdefault(r.sub_id, []).append(r.line)
    return [(li.approved or ZERO, min((_paid_share(x) for x in rolled.get(li.pk, [])), default=Decimal(0))) for li in app.lines.all()]


def holds(bill: Bill, amount: Decimal, today: date, jointly: str = "") -> list[str]:
    """Why a check waits for the owner's money: only where the commitment is paid when we are paid."""
    app = SubApp.objects.filter(bill=bill, commitment__pay_terms__pay_when_paid=True).first()
    if app is None:
        return []
    return against_owner(bill.total - bill.retainage, bill.paid + amount, parts_of(app))


def pays_when_paid(commitment_id: int) -> bool:
    """Whether this commitment is paid only when the owner paid us."""
    return PayTerms.objects.filter(commitment_id=commitment_id, pay_when_paid=True).exists()


def free_part(bill: Bill, today: date) -> Decimal:
    """The most that may be paid of a bill now: what its waivers, its suppliers' claims and the owner's money let go."""
    if not gates.holds(bill, bill.open_amount, today):
        return bill.open_amount
    app = SubApp.objects.filter(bill=bill).select_related("commitment__vendor").first()
    if app is None:
        return ZERO
    marks = list(subapps.marks(app, bill))
    if pays_when_paid(app.commitment_id):
        from bifocal.projects.rollup.rules import may_go

        marks.append(may_go(bill.total - bill.retainage, parts_of(app)))
    part = min(marks, default=ZERO) - bill.paid
    return part if 0 < part < bill.open_amount and not gates.holds(bill, part, today) else ZERO


def pay_run(today: date) -> list[dict[str, Any]]:
    """Every open bill of an application: what is due, who is held and why, and what of it may go now."""
    return [{**r, "free": free_part(r["bill"], today), "suppliers": subapps.unsigned(r["app"])} for r in subapps.pay_run(today)]


def next_run(today: date) -> PayRun | None:
    """The next pay run."""
    return PayRun.objects.filter(on__gte=today).order_by("on").first()


def total(rows: Iterable[dict[str, Any]], key: str) -> Decimal:
    """The sum of a column."""
    return sum((r[key] for r in rows), ZERO)
