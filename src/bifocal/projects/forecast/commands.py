"""Forecasts and month-ends: every write."""

from __future__ import annotations

from datetime import date as Date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

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
from bifocal.projects.forecast.rules import LISTED, Item, Method, check_items

Money = Annotated[Decimal, Field(max_digits=14, decimal_places=2)]
Share = Annotated[Decimal, Field(ge=0, le=1, max_digits=6, decimal_places=4)]


class ForecastItemIn(BaseModel):
    """A part of what is still to come: itemised, units left at a rate, or resources by the working day."""

    description: Annotated[str, Field(min_length=1, max_length=120)]
    quantity: Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=3)] = Decimal(1)
    rate: Money
    done: Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=3)] = Decimal(0)
    starts: Date | None = None
    ends: Date | None = None

    @property
    def rule(self) -> Item:
        """As the rules see it."""
        return Item(self.description, self.quantity, self.rate, self.done, self.starts, self.ends)


@command("forecast.set")
def set_forecast(
    *, job: UUID, cost_code: str, cost_type: Literal["L", "M", "E", "S", "O"], method: Method, value: Money | None = None,
    percent: Share | None = None, items: list[ForecastItemIn] | None = None, note: str = "", actor: Actor, call: Call,
) -> LineForecast:  # fmt: skip
    """Say how a line is forecast: automatic, a lump sum, the share done, itemised, units left at a rate, or resources over time.

    By hand it needs a note. `items` are the parts of the last three; resources draw down by themselves as days go by.
    """
    row: Job = Job.objects.locked(job, actor)
    require(actor, "forecast.edit")
    code = CostCode.objects.filter(code=cost_code).first()
    if code is None:
        raise Invalid(f"There is no cost code '{cost_code}'.", field="cost_code")
    if (method == Method.MANUAL and value is None) or (method == Method.QUANTITY and percent is None):
        raise Invalid("Give the amount to complete." if method == Method.MANUAL else "Give the share that is done.", field="value")
    if method != Method.AUTO and not note:
        raise Invalid("Say why: a forecast by hand needs a note.", field="note")
    listed = (items or []) if method in LISTED else []
    if method in LISTED:
        check_items(method, [i.rule for i in listed])
    found = LineForecast.objects.get_or_create(job=row, cost_code=code, cost_type=cost_type, defaults={"by": actor.name})
    plan: LineForecast = found[0]
    plan.change(
        method=method, value=value if method in (Method.MANUAL, Method.QUANTITY) else None,
        percent=percent if method == Method.QUANTITY else None,
        items=[i.model_dump(mode="json") for i in listed], note=note, by=actor.name,
    )  # fmt: skip
    shown = str(value if value is not None else percent or len(listed) or "")
    record(ForecastSet(code=f"{cost_code}.{cost_type}", method=method, value=shown, note=note), about=row, actor=actor, call=call)
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
