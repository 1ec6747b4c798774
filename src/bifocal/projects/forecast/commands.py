"""Forecasts and month-ends: every write."""

from __future__ import annotations

from datetime import date as Date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import ZERO, dollars
from bifocal.lib.periods import month_start
from bifocal.projects.contracts.models import Contract
from bifocal.projects.forecast import queries
from bifocal.projects.forecast.facts import ForecastSet, MonthFrozen
from bifocal.projects.forecast.models import LineForecast, MonthEnd

Money = Annotated[Decimal, Field(max_digits=14, decimal_places=2)]
Share = Annotated[Decimal, Field(ge=0, le=1, max_digits=6, decimal_places=4)]


@command("forecast.set")
def set_forecast(
    *, job: UUID, cost_code: str, cost_type: Literal["L", "M", "E", "S", "O"], method: Literal["auto", "manual", "quantity"],
    value: Money | None = None, percent: Share | None = None, note: str = "", actor: Actor, call: Call,
) -> LineForecast:  # fmt: skip
    """Say how a line is forecast: automatic, an amount, or the share done of the whole quantity's cost. By hand it needs a note."""
    row: Job = Job.objects.locked(job, actor)
    require(actor, "forecast.edit")
    code = CostCode.objects.filter(code=cost_code).first()
    if code is None:
        raise Invalid(f"There is no cost code '{cost_code}'.", field="cost_code")
    if (method == "manual" and value is None) or (method == "quantity" and percent is None):
        raise Invalid("Give the amount to complete." if method == "manual" else "Give the share that is done.", field="value")
    if method != "auto" and not note:
        raise Invalid("Say why: a forecast by hand needs a note.", field="note")
    found = LineForecast.objects.get_or_create(job=row, cost_code=code, cost_type=cost_type, defaults={"by": actor.name})
    plan: LineForecast = found[0]
    auto = method == "auto"
    plan.change(
        method=method, value=None if auto else value, percent=percent if method == "quantity" else None, note=note, by=actor.name
    )  # fmt: skip
    told = ForecastSet(code=f"{cost_code}.{cost_type}", method=method, value=str(value if value is not None else percent or ""), note=note)
    record(told, about=row, actor=actor, call=call)
    return plan


@command("forecast.freeze")
def freeze_month(*, job: UUID, month: Date, reason: str = "", actor: Actor, call: Call) -> MonthEnd:
    """Sign a month's budget report: it is kept as it is now. An estimate that moved since the last month needs its reason."""
    row: Job = Job.objects.locked(job, actor)
    require(actor, "forecast.edit")
    first = month_start(month)
    if MonthEnd.objects.filter(job=row, month__gte=first).exists():
        raise Refused(f"{row.number} is frozen for {first:%B %Y} or later. A correction belongs into the next month.", field="month")
    found = queries.report(row)
    before = MonthEnd.objects.filter(job=row).order_by("-month").first()
    start = before.eac if before else found.totals["d"]
    change = found.totals["o"] - start
    if change and not reason:
        raise Invalid(f"The estimate moved by {dollars(change)}: say why.", field="reason")
    contract = Contract.objects.filter(job=row).first()
    rows, totals = queries.frozen(found)
    kept = MonthEnd.objects.create(
        job=row, month=first, eac=found.totals["o"], approved_eac=found.approved_totals["o"], change=change, reason=reason, by=actor.name,
        contract_sum=contract.sum if contract else ZERO, rows=rows, totals=totals,
    )  # fmt: skip
    record(MonthFrozen(month=f"{first:%Y-%m}", eac=str(kept.eac), change=str(change), reason=reason), about=row, actor=actor, call=call)
    return kept
