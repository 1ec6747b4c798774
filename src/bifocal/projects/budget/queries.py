"""The budget against the ledger."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bifocal.kernel.costs.queries import by_cost_code
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.kernel.ledger.queries import rows
from bifocal.kernel.ledger.rules import COST_TYPE
from bifocal.lib.money import ZERO, allocate
from bifocal.projects.contracts.models import Contract
from bifocal.projects.contracts.rules import Loaded, front_loading


def report(job: Job) -> dict[str, Any]:
    """By cost code and type: original, transfers, changes, revised, actual from the ledger, left; with its totals.

    Columns a, b, c, d, l and d − l of section 3.1; cost without a budget line is shown, never hidden.
    """
    lines: dict[tuple[str, str], dict[str, Any]] = {}

    def line(code: str, name: str, cost_type: str) -> dict[str, Any]:
        return lines.setdefault((code, cost_type), {
            "cost_code": code, "name": name, "cost_type": cost_type, "original": ZERO, "transfers": ZERO, "changes": ZERO,
            "actual": ZERO, "quantity": Decimal(0),
        })  # fmt: skip

    for m in rows(
        "select c.code, c.name, b.cost_type, m.sort, sum(m.amount) as amount from budget_budgetmove m"
        " join budget_budgetline b on b.id = m.line_id join jobs_costcode c on c.id = b.cost_code_id"
        " where b.job_id = %s group by 1, 2, 3, 4",
        [job.pk],
    ):
        column = {"original": "original", "transfer": "transfers", "change": "changes"}[m["sort"]]
        line(m["code"], m["name"], m["cost_type"])[column] += m["amount"]
    for a in by_cost_code(job):
        row = line(a["cost_code"] or "—", "Not coded" if not a["cost_code"] else "", COST_TYPE[a["account"]])
        row["actual"] += a["amount"]
    out = [lines[k] for k in sorted(lines)]
    for row in out:
        row["revised"] = row["original"] + row["transfers"] + row["changes"]
        row["left"] = row["revised"] - row["actual"]
        row["share"] = min(100, int(row["actual"] / row["revised"] * 100)) if row["revised"] > 0 else (100 if row["actual"] else 0)
    keys = ("original", "transfers", "changes", "revised", "actual", "left")
    return {"rows": out, "totals": {k: sum((r[k] for r in out), ZERO) for k in keys}}


def revised(job: Job) -> dict[tuple[str, str], Decimal]:
    """The revised budget by code and type."""
    found = rows(
        "select c.code, b.cost_type, sum(m.amount) as amount from budget_budgetmove m join budget_budgetline b on b.id = m.line_id"
        " join jobs_costcode c on c.id = b.cost_code_id where b.job_id = %s group by 1, 2",
        [job.pk],
    )
    return {(r["code"], r["cost_type"]): r["amount"] for r in found}


def sov_by_code(contract: Contract) -> dict[str, Any]:
    """The schedule of values rolled up by cost code beside the revised budget, and how far it pays ahead of its cost.

    A line that is shared over several codes is spread to the cent; a code's budget is spread over its lines by their value.
    """
    held: dict[str, Decimal] = {}
    for (code, _), amount in revised(contract.job).items():
        held[code] = held.get(code, ZERO) + amount
    parts: list[tuple[str, str, Decimal]] = []
    lines = list(contract.sov.select_related("cost_code").prefetch_related("codes__cost_code"))
    for li in lines:
        shares = [(c.cost_code.code, c.share) for c in li.codes.all()] or [(li.cost_code.code if li.cost_code else "", Decimal(1))]
        spread = allocate(li.scheduled_value, [s for _, s in shares])
        parts += [(li.item, code, amount) for (code, _), amount in zip(shares, spread, strict=True)]
    values: dict[str, Decimal] = {}
    for _, code, amount in parts:
        values[code] = values.get(code, ZERO) + amount
    cost: dict[str, Decimal] = {}
    for item, code, amount in parts:
        if values[code]:
            cost[item] = cost.get(item, ZERO) + held.get(code, ZERO) * amount / values[code]
    names = dict(CostCode.objects.filter(code__in=values).values_list("code", "name"))
    rows_ = [
        {"code": c, "name": names.get(c, ""), "value": v, "budget": held.get(c, ZERO), "gain": v - held.get(c, ZERO)}
        for c, v in sorted(values.items())
    ]
    loaded = [Loaded(li.item, li.scheduled_value, cost.get(li.item, ZERO)) for li in lines if li.change_id is None]
    return {"rows": rows_, "front": front_loading(loaded), "shared": any(li.codes.all() for li in lines)}
