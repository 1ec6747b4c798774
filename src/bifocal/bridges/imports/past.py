"""A history of past work as an import: read as the assessment reads it, each finished piece a row, all else left out with its reason."""

from __future__ import annotations

from collections import Counter
from typing import Any

from bifocal.bridges.imports.grid import grids
from bifocal.bridges.imports.kinds import Kind
from bifocal.bridges.imports.plan import Plan, Row, digest
from bifocal.bridges.imports.reading import NONE, How, Read
from bifocal.engines.workmix import Piece, Rule, judge

THEIRS = {"id": "number"}  # our name of a column, where the assessment has another
OURS = {theirs: ours for ours, theirs in THEIRS.items()}
OPEN = "still open: bring it in as an open job"
NOBODY = "it does not say whose work it was: name the customer's column, or one customer for all of it"


def read_past(kind: Kind, name: str, data: bytes, how: How, *, pick: int, rule: Rule) -> tuple[Read, Plan]:
    """Read a history. Raises Invalid in one sentence for a file without any finished work that names a customer."""
    from bifocal.bridges.workmix.headers import understand
    from bifocal.bridges.workmix.reading import history

    constant = {f: h[1:].strip() for f, h in how.columns.items() if h.startswith("=")}
    mapping = {THEIRS.get(f, f): (None if h == NONE else h) for f, h in how.columns.items() if f not in constant}
    layout = understand(grids(name, data, pick or ""), name, mapping)
    found = history(layout, dates=how.dates)
    columns = {OURS.get(f, f): h for f, h in found.columns.items()}
    plan = Plan(kind, notes=list(found.notes))
    read = Read([], columns | {f: f"={v}" for f, v in constant.items()}, [h for h in layout.headers if h not in columns.values()])
    read.left_out = [{"line": r["line"], "reason": str(r["reason"])} for r in found.rejected]
    for piece in found.pieces:
        why = _left_out(piece, constant)
        if why:
            read.left_out.append({"line": piece.line, "reason": why})
        else:
            plan.rows.append(Row(piece.line, _values(piece, constant, rule)))
    read.left_out.sort(key=lambda row: row["line"])
    read.rows = [(r.line, {}) for r in plan.rows]
    _keys(plan)
    return read, plan


def _left_out(piece: Piece, constant: dict[str, str]) -> str:
    if not piece.finished_work:
        return OPEN
    return "" if piece.customer or constant.get("customer") else NOBODY


def _values(piece: Piece, constant: dict[str, str], rule: Rule) -> dict[str, Any]:
    shape = judge(piece, rule)
    return {
        "id": piece.ref, "customer": piece.customer or constant["customer"], "type": piece.kind or constant.get("type", ""),
        "started": piece.started, "finished": piece.finished, "value": piece.value, "hours": piece.hours, "visits": piece.visits,
        "change_orders": piece.changes, "days": piece.days, "shape": str(shape[0]) if shape else "",
    }  # fmt: skip


def _keys(plan: Plan) -> None:
    """The other system's number where it is one piece's alone; else what the row says, counted where two say the same."""
    numbers = Counter(r.values["id"] for r in plan.rows)
    seen: Counter[str] = Counter()
    for row in plan.rows:
        number = row.values["id"]
        said = {k: v for k, v in row.values.items() if k != "shape"}  # the rule may change, the work does not
        row.digest = digest(said)
        key = f"#{number}" if number and numbers[number] == 1 else row.digest
        seen[key] += 1
        row.key = key if seen[key] == 1 else f"{key}|{seen[key]}"
