"""The continuation sheet back from a spreadsheet: columns E and F into the application in pencil, everything else must be as it was."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from bifocal.bridges.imports.commands.sov import decoded
from bifocal.bridges.imports.facts import SheetReadBack
from bifocal.bridges.imports.sheets import Table, read
from bifocal.bridges.imports.sov import SheetLine, read_sheet
from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import dollars
from bifocal.projects.payapps import commands as payapps
from bifocal.projects.payapps.models import PayApp, PayAppLine
from bifocal.projects.payapps.rules import EDITABLE


@command("payapp.read_sheet")
def read_back(
    *, payapp: UUID, filename: str, content: str, pick: int = 0, dry_run: bool = False, actor: Actor, call: Call
) -> dict[str, Any]:
    """Read a continuation sheet (base64) that was filled in a spreadsheet: work and stored material of each item. Errors come by line."""
    payapps.contract_of(payapp, actor)
    app: PayApp = PayApp.objects.locked(payapp, actor, call)
    require(actor, "payapp.edit")
    if app.status not in EDITABLE:
        raise Refused(f"Application {app.number} is {app.state.replace('_', ' ')}: the next one carries the correction.")
    sheet = read_sheet(_until_total(read(filename, decoded(content), pick=pick)))
    mine = {li.sov.item: li for li in app.lines.select_related("sov")}
    errors = [*sheet.errors, *(e for line in sheet.lines if (e := _differs(line, mine)))]
    told = {"kind": "payapp", "uid": str(app.uid), "lines": len(sheet.lines), "errors": errors, "dry_run": dry_run,
            "contract_sum": app.contract.sum, "previous": sum((li.previous for li in sheet.lines), app.line7 * 0)}  # fmt: skip
    if dry_run:
        return told
    if errors:
        raise Invalid(f"Nothing was read: line {errors[0]['line']}: {errors[0]['reason']}.", field="file", errors=errors)
    filled = [payapps.LineIn(item=li.item, this_period=li.this_period, stored=li.stored) for li in sheet.lines]
    payapps.fill_payapp(payapp=payapp, lines=filled, actor=actor, call=call.inner())
    record(SheetReadBack(file=filename, lines=len(filled)), about=app, actor=actor, call=call)
    return told


def _until_total(table: Table) -> Table:
    """The lines above the total: what stands below it is the summary."""
    rows = []
    for n, row in table.rows:
        if any(str(v).strip().lower() in ("total", "totals", "grand total") for v in row.values()):
            break
        rows.append((n, row))
    return replace(table, rows=rows)


def _differs(line: SheetLine, mine: dict[str, PayAppLine]) -> dict[str, object] | None:
    """What can't be changed in the spreadsheet: items, scheduled values, what was billed before."""
    row = mine.get(line.item)
    if row is None:
        return {"line": line.line, "reason": f"the schedule of values has no item {line.item}"}
    for name, theirs, ours in (("scheduled value", line.scheduled, row.sov.scheduled_value), ("previous", line.previous, row.previous)):
        if theirs != ours:
            return {"line": line.line, "reason": f"item {line.item}: its {name} is {dollars(ours)}, the sheet says {dollars(theirs)}"}
    return None
