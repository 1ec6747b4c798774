"""`bifocal import budget`: a spreadsheet becomes a project's original budget, locked."""

from __future__ import annotations

import hashlib
from typing import Any, Literal
from uuid import UUID

from bifocal.bridges.imports.budget import read_budget
from bifocal.bridges.imports.commands.sov import decoded
from bifocal.bridges.imports.facts import BudgetImported
from bifocal.bridges.imports.sheets import read, whole
from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.lib.money import ZERO
from bifocal.projects.budget import commands as budget


@command("budget.import")
def import_budget(
    *, job: UUID, filename: str, content: str, default_type: Literal["", "L", "M", "E", "S", "O"] = "", pick: int = 0,
    dry_run: bool = False, actor: Actor, call: Call,
) -> dict[str, Any]:  # fmt: skip
    """Bring a budget (base64 of CSV, XLSX or JSON) into a project: all or nothing, locked. `dry_run` shows what would come.

    One line a code and cost type, or a column for each type. Unknown cost codes are made; errors come by line.
    """
    row: Job = Job.objects.locked(job, actor)
    require(actor, "budget.edit")
    data = decoded(content)
    found = read_budget(read(filename, data, pick=pick), default_type)
    known = set(CostCode.objects.filter(code__in=found.names).values_list("code", flat=True))
    told: dict[str, Any] = {
        "kind": "budget_import", "job": str(row.uid), "lines": found.lines, "total": sum(found.amounts.values(), ZERO),
        "errors": found.errors, "columns": found.columns, "new_codes": sorted(set(found.names) - known), "dry_run": dry_run,
        "rows": [{"cost_code": c, "cost_type": t, "amount": a, "name": found.names[c]} for (c, t), a in sorted(found.amounts.items())],
    }  # fmt: skip
    if dry_run:
        return told
    whole(found.errors)
    for code in told["new_codes"]:
        CostCode.objects.create(code=code, name=found.names[code][:100])
    lines = [budget.BudgetIn(cost_code=c, cost_type=budget_type(t), amount=a) for (c, t), a in sorted(found.amounts.items())]
    budget.set_budget(job=row.uid, lines=lines, actor=actor, call=call.inner())
    sha = hashlib.sha256(data).hexdigest()
    record(BudgetImported(file=filename, sha256=sha, lines=found.lines, total=str(told["total"])), about=row, actor=actor, call=call)
    return told


def budget_type(letter: str) -> budget.CostType:
    """The letter as the budget takes it."""
    match letter:
        case "L" | "M" | "E" | "S":
            return letter
        case _:
            return "O"
