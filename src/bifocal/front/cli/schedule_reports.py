"""The reports of `bifocal schedule compute`: the 14 checks, and earned value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import typer

from bifocal.engines.cpm.calendars import Table
from bifocal.engines.cpm.dcma import assess
from bifocal.engines.cpm.earned import Item, Value, earned_value
from bifocal.engines.cpm.formats import ScheduleFile
from bifocal.engines.cpm.graph import SPANS
from bifocal.engines.cpm.model import Result
from bifocal.front.cli.common import say
from bifocal.front.cli.schedule_json import clock


def dcma(file: ScheduleFile, result: Result, show: bool) -> list[dict[str, Any]]:
    """The 14 checks as data, printed where asked."""
    planned = {key: b.finish for key, b in file.baselines.items()}
    checks = assess(file.network, result, planned, frozenset(a.activity for a in file.assignments))
    if show:
        for c in checks:
            verdict = "–" if c.passed is None else "pass" if c.passed else "FAIL"
            value = "nothing to measure" if c.value is None else f"{c.value:.4g} {c.unit}".strip()
            named = (
                f"  {', '.join(c.activities[:8])}{' …' if len(c.activities) > 8 else ''}" if c.activities and c.passed is not True else ""
            )
            typer.echo(f"{c.number:>2} {verdict:<5} {c.name}: {value} ({c.limit}){named}")
    return [
        {"number": c.number, "name": c.name, "value": c.value, "unit": c.unit, "limit": c.limit, "passed": c.passed,
         "activities": list(c.activities)}
        for c in checks
    ]  # fmt: skip


def earned(file: ScheduleFile, result: Result, show: bool) -> dict[str, Any]:
    """Earned value by activity and element of the breakdown: by cost where the file has costs, else by hours of work, else by duration."""
    unit, items = _items(file)
    project = file.network.projects[0]
    now = project.start if project.data_date is None else project.data_date
    answer = earned_value(items, now)
    if show:
        say.print(f"Earned value on {clock(now)}, in {unit}:")
        for name, value in (("all", answer.total), *((g or "no element", v) for g, v in answer.groups.items())):
            told = ", ".join(f"{k} {v}" for k, v in _value(value).items() if v is not None)
            typer.echo(f"  {name}: {told}")
        typer.echo(f"  earned schedule {answer.earned_days:.1f} days of {answer.actual_days:.1f}: SPI(t) {_index(answer.spi_time)}")
    return {
        "unit": unit, "total": _value(answer.total), "activities": {k: _value(v) for k, v in answer.items.items()},
        "groups": {k: _value(v) for k, v in answer.groups.items()}, "earned_days": str(answer.earned_days),
        "spi_time": _index(answer.spi_time),
    }  # fmt: skip


def _items(file: ScheduleFile) -> tuple[str, list[Item]]:
    money, spent, hours, worked = (dict[str, float]() for _ in range(4))
    spans = {a.id for a in file.network.activities if a.kind in SPANS}
    for r in (r for r in file.assignments if r.activity not in spans):  # a level of effort earns nothing by itself
        for box, value in ((money, r.cost_planned), (spent, r.cost_actual), (hours, r.planned / 60), (worked, r.actual / 60)):
            box[r.activity] = box.get(r.activity, 0.0) + value
    by_money, by_hours = any(money.values()), any(hours.values())
    unit = "money" if by_money else "hours" if by_hours else "hours of duration"
    budget: Mapping[str, float] = money if by_money else hours if by_hours else {}
    actual = spent if by_money else worked if by_hours else {}
    names = {e.id: f"{e.code} {e.name}".strip() for e in file.wbs} | {a.id: a.name for a in file.network.activities}
    tables = {c.id: Table(c, p.start, p.start) for c in file.network.calendars for p in file.network.projects[:1]}
    items = []
    for a in file.network.activities:
        base = file.baselines.get(a.id)
        if a.kind in SPANS or base is None or base.start is None or base.finish is None:
            continue
        done = (
            Decimal(1)
            if a.actual_finish is not None
            else Decimal(str(round(min(100.0, a.percent) / 100, 4)))
            if a.actual_start is not None
            else Decimal(0)
        )
        total = budget.get(a.id, 0.0) if budget else (a.planned or a.duration) / 60
        cost = actual.get(a.id, 0.0)
        items.append(Item(a.code, Decimal(f"{total:.2f}"), base.start, max(base.start, base.finish), done, Decimal(f"{cost:.2f}"),
                          names.get(a.parent or "", ""), tables.get(a.calendar)))  # fmt: skip
    return unit, items


def _value(v: Value) -> dict[str, str | None]:
    eac = v.estimate_at_completion
    return {
        "BAC": str(v.budget), "PV": str(v.planned), "EV": str(v.earned), "AC": str(v.actual), "CV": str(v.cost_variance),
        "SV": str(v.schedule_variance), "CPI": _index(v.cpi), "SPI": _index(v.spi), "EAC": None if eac is None else str(eac),
    }  # fmt: skip


def _index(x: Decimal | None) -> str | None:
    return None if x is None else f"{x:.3f}"


REPORTS: dict[str, Callable[[ScheduleFile, Result, bool], Any]] = {"dcma": dcma, "earned": earned}
