"""Selections with their days, what each choice costs the client and delays, and how the allowances stand."""

from __future__ import annotations

from datetime import date
from typing import Any

from bifocal.engines.cpm.model import Limit
from bifocal.engines.estimating.allowances import Rule, Settled
from bifocal.kernel.jobs.models import Job
from bifocal.lib.money import ZERO
from bifocal.projects.schedule.board import load
from bifocal.projects.schedule.exact import begin
from bifocal.projects.selections.models import Decision, Selection, SelectionChoice, SelectionList
from bifocal.projects.selections.rules import Delay, Status, arrival, costs, due_of


class Plan:
    """The job's schedule, computed once for all choices of a page."""

    def __init__(self, job: Job) -> None:
        self.board = load(job)
        self.rows = {r.code: r for r in self.board.rows}
        self.starts = {code: self.board.days(r)[0] for code, r in self.rows.items()}
        self.finish = self.board.last_day(self.board.finish)

    def needed(self, code: str) -> date | None:
        """The day on which an activity begins."""
        return self.starts.get(code)

    def delay(self, code: str, name: str, here: date) -> Delay | None:
        """What it moves when what the activity needs is here on a day; None where it is in time, or began already."""
        planned, row = self.needed(code), self.rows.get(code)
        if planned is None or row is None or here <= planned or row.actual_start:
            return None
        was = row.exact
        row.exact = {**was, "constraint": {"limit": Limit.START_AFTER.value, "at": begin(here)}}  # in memory only
        try:
            self.board.solve()
            starts, finish = self.board.days(row)[0], self.board.last_day(self.board.finish)
        finally:
            row.exact = was
        return Delay(name, (starts - planned).days, (finish - self.finish).days, starts)


def rule_of(row: SelectionList) -> Rule:
    """How this job settles its allowances."""
    return Rule(row.tax, row.markup, row.on_credit)


def due(row: Selection, plan: Plan) -> date | None:
    """The last day to choose."""
    return due_of(plan.needed(row.activity.code) if row.activity else None, row.fixed_due, row.lead_days)


def delay_of(row: Selection, choice: SelectionChoice, day: date, plan: Plan) -> Delay | None:
    """What choosing this on that day would delay."""
    if row.activity is None:
        return None
    lead = row.lead_days if choice.lead_days is None else choice.lead_days
    return plan.delay(row.activity.code, row.activity.name, arrival(day, lead))


def sheet(row: SelectionList, today: date) -> dict[str, Any]:
    """All selections of a job: due days, choices with their price to the client and delay, and the sums."""
    plan, rule = Plan(row.job), rule_of(row)
    found = row.selections.exclude(status=Status.VOID).select_related("cost_code", "activity", "chosen", "settled_by")
    rows = [_shown(s, rule, plan, today) for s in found.prefetch_related("choices__picture", "choices__vendor")]
    made = [r["settled"] for r in rows if r["settled"]]
    return {
        "list": row, "rows": rows, "open": [r for r in rows if r["s"].status == Status.OPEN],
        "late": [r for r in rows if r["late"]], "allowances": sum((r["s"].allowance for r in rows), ZERO),
        "difference": sum((s.difference for s in made), ZERO), "charge": sum((s.charge for s in made), ZERO),
        "total": sum((s.total for s in made), ZERO), "to_settle": [r for r in rows if r["s"].status == Status.CHOSEN],
        "log": Decision.objects.filter(selection__list=row).select_related("selection", "choice").order_by("-id"),
    }  # fmt: skip


def _shown(s: Selection, rule: Rule, plan: Plan, today: date) -> dict[str, Any]:
    last = due(s, plan)
    choices = [
        {"c": c, "m": (m := costs(s.allowance, c.goods, rule)), "credit": -m.total, "delay": delay_of(s, c, today, plan),
         "taken": s.chosen_id == c.pk}
        for c in s.choices.all() if c.active or s.chosen_id == c.pk
    ]  # fmt: skip
    return {
        "s": s, "due": last, "late": s.status == Status.OPEN and last is not None and today > last, "choices": choices,
        "needed": plan.needed(s.activity.code) if s.activity else None, "settled": settled(s, rule),
    }  # fmt: skip


def settled(s: Selection, rule: Rule) -> Settled | None:
    """What the choice made costs against its allowance; None while nothing is chosen."""
    return costs(s.allowance, s.chosen.goods, rule) if s.chosen else None
