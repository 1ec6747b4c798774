"""`estimate.import`: somebody's spreadsheet becomes lines of an estimate, shown before it is taken in."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Max

from bifocal.bridges.imports.estimates import EstimateRow, read_estimate
from bifocal.bridges.imports.sheets import read
from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.engines.estimating.pricing import Line, cost_of
from bifocal.kernel.jobs.models import CostCode
from bifocal.lib.errors import Invalid
from bifocal.lib.money import ZERO
from bifocal.projects.estimates import commands as estimates
from bifocal.projects.estimates.commands.sheet import locked, touched
from bifocal.projects.estimates.facts import EstimateEdited
from bifocal.projects.estimates.models import EstimateLine


@command("estimate.import")
def import_estimate(
    *, estimate: UUID, filename: str, content: str, cost_code: str = "", dry_run: bool = False, actor: Actor, call: Call
) -> dict[str, Any]:
    """Bring a sheet (XLSX, CSV; base64) into an estimate, all lines or none. `dry_run` shows what would come; errors come by line.

    `cost_code` is for lines that name none. A sheet's own total by line that does not agree with quantity × cost is an error.
    """
    row = locked(estimate, actor, call)
    require(actor, "estimate.edit")
    try:
        data = base64.b64decode(content, validate=True)
    except ValueError as bad:
        raise Invalid("The file's content must be base64.", field="content") from bad
    codes = {c.code: c for c in CostCode.objects.all()}
    found = read_estimate(read(filename, data), set(codes), cost_code)
    total = sum((_cost(r) for r in found.rows), ZERO)
    told: dict[str, Any] = {
        **row.answer(), "lines": len(found.rows), "errors": found.errors, "columns": found.columns, "cost": total, "dry_run": dry_run,
        "rows": [{**vars(r), "cost": _cost(r)} for r in found.rows[:500]] if dry_run else [],
    }  # fmt: skip
    if dry_run:
        return told
    if found.errors:
        first = found.errors[0]
        said = f"Nothing was brought in: {len(found.errors)} lines have errors. Line {first['line']}: {first['reason']}."
        raise Invalid(said, field="file", errors=found.errors)
    place = (row.lines.aggregate(m=Max("place"))["m"] or 0) + 1
    estimates.take_in(row, [_line(row.pk, r, codes[r.cost_code], place + n, filename) for n, r in enumerate(found.rows)])
    touched(row)
    record(EstimateEdited(lines=len(found.rows), removed=0, cost=str(total), price=""), about=row, actor=actor, call=call)
    return {**told, **row.answer()}


def _cost(r: EstimateRow) -> Decimal:
    return cost_of(Line("", r.phase, r.cost_code, r.cost_type, r.quantity, r.unit_cost, r.waste, r.per_hour, r.unit))


def _line(estimate: int, r: EstimateRow, code: CostCode, place: int, source: str) -> EstimateLine:
    return EstimateLine(
        estimate_id=estimate, place=place, phase=r.phase, cost_code=code, cost_type=r.cost_type, description=r.description,
        quantity=r.quantity, unit=r.unit, unit_cost=r.unit_cost, waste=r.waste, per_hour=r.per_hour, source=source[:120],
    )  # fmt: skip
