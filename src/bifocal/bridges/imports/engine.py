"""One file through the whole machine: read, planned, resolved; then written, or only told about."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from bifocal.bridges.imports.kinds import Kind, kind_named
from bifocal.bridges.imports.models import ExternalKey, ImportBatch, SavedMapping
from bifocal.bridges.imports.past import read_past
from bifocal.bridges.imports.plan import Plan, Row, plan_of
from bifocal.bridges.imports.presets import preset_named
from bifocal.bridges.imports.reading import How, Read, read_table
from bifocal.bridges.imports.rules import SHOWN
from bifocal.bridges.imports.rules_values import told
from bifocal.bridges.imports.ticking import tick
from bifocal.bridges.imports.writers import WRITERS, Run, Writer
from bifocal.bridges.imports.writers.base import Difference, by_key
from bifocal.bridges.workmix.queries import company_lens
from bifocal.core.actor import Actor
from bifocal.core.call import Call
from bifocal.core.models import Branch, Record
from bifocal.lib.errors import Invalid


@dataclass
class Ask:
    """What somebody wants brought in, and how it is to be read."""

    kind: str
    filename: str
    data: bytes
    source: str = ""
    cutover: date | None = None
    preset: str = ""
    saved: str = ""
    mapping: dict[str, Any] = field(default_factory=dict)
    dates: str = "auto"
    pick: int = 0
    branch: str = ""


@dataclass
class Pass:
    """What a pass over a file found."""

    kind: Kind
    read: Read
    run: Run
    writer: Writer
    new: list[Row] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    same: int = 0

    def report(self) -> dict[str, Any]:
        """The answer to whoever asked: counts, errors by line, what was left out and why, a sample."""
        plan = self.run.plan
        errors = sorted(plan.errors, key=lambda e: e["line"])
        return {
            "sort": self.kind.name, "rows": len(self.read.rows), "added": _things(self.kind, self.new), "changed": len(self.differences),
            "same": self.same, "error_count": len(errors), "errors": errors[:SHOWN], "notes": plan.notes[:SHOWN],
            "left_out": self.read.left_out[:SHOWN], "left_out_count": len(self.read.left_out), "columns": self.read.columns,
            "unused": self.read.unused, "unknown": plan.unknown, "sample": [_shown(r) for r in plan.rows[:8]],
        }  # fmt: skip


def _things(kind: Kind, rows: list[Row]) -> int:
    return len({r.key for r in rows}) if kind.many else len(rows)


def _shown(row: Row) -> dict[str, str]:
    values = {k: told(v) for k, v in row.values.items() if not isinstance(v, Record) and not hasattr(v, "_meta") and v not in (None, "")}
    return {"line": str(row.line), **values}


def look(ask: Ask, *, actor: Actor, call: Call, batch: ImportBatch | None = None) -> Pass:
    """Read a file and find out what bringing it in would do. Writes nothing. Raises Invalid for an unusable file."""
    kind = kind_named(ask.kind)
    if kind.needs_cutover and ask.cutover is None:
        raise Invalid(f"{kind.title.capitalize()} need the cut-over: the last day of the old books.", field="cutover")
    how = how_of(ask)
    stage = tick.get()
    stage("Reading", 0, 1)
    read, plan = _read(kind, ask, how)
    stage("Checking", 0, len(plan.rows))
    source = ask.source or (ask.preset.split("-")[0] if ask.preset else "")
    run = Run(plan, source, ask.cutover, _branch(ask.branch), actor, call, batch)
    writer = WRITERS[kind.name](run)
    found = Pass(kind, read, run, writer)
    _sort_out(found)
    return found


def _read(kind: Kind, ask: Ask, how: How) -> tuple[Read, Plan]:
    """The file by the kind's columns; a history by the assessment's reader, so that both understand it alike."""
    if kind.name == "history":
        return read_past(kind, ask.filename, ask.data, how, pick=ask.pick, rule=company_lens().rule)
    read = read_table(ask.filename, ask.data, kind, how, pick=ask.pick)
    return read, plan_of(kind, read, how)


def _sort_out(found: Pass) -> None:
    """Rows that are here already and say the same, rows that say something else, and new ones."""
    plan, run, writer = found.run.plan, found.run, found.writer
    if found.kind.many:
        _one_digest_a_thing(plan)
    known = by_key(run.source, found.kind.name, (r.key for r in plan.rows))
    fresh = [r for r in plan.rows if r.key not in known or known[r.key].digest != r.digest]
    found.same = len(plan.rows) - len(fresh)
    if not writer.changes_allowed:
        for row in (r for r in fresh if r.key in known):
            run.error(
                row, f"this came in with {known[row.key].batch.number} and says something else now: undo that batch, then bring it in again"
            )
        fresh = [r for r in fresh if r.key not in known]
    writer.resolve(fresh)
    wrong = {e["line"] for e in plan.errors}
    good = [r for r in fresh if r.line not in wrong]
    here: dict[str, UUID] = {k: v.uid for k, v in known.items()}
    here |= writer.existing([r for r in good if r.key not in here])
    old = [(r, here[r.key]) for r in good if r.key in here]
    found.new = [r for r in good if r.key not in here]
    found.differences = writer.differences(old)
    found.same += len(old) - len(found.differences)
    run.known += [_key(run, r, uid) for r, uid in {r.key: (r, uid) for r, uid in old}.values()]


def _key(run: Run, row: Row, uid: UUID) -> ExternalKey:
    return ExternalKey(source=run.source, sort=run.plan.kind.name, key=row.key, uid=uid, digest=row.digest, batch=run.batch)


def _one_digest_a_thing(plan: Plan) -> None:
    together: dict[str, list[str]] = {}
    for row in plan.rows:
        together.setdefault(row.key, []).append(row.digest)
    for row in plan.rows:
        row.digest = hashlib.sha1("".join(together[row.key]).encode(), usedforsecurity=False).hexdigest()


def write(found: Pass) -> date | None:
    """Write what `look` found, in the caller's transaction. Returns the accounting date of what was posted."""
    if found.new:
        found.writer.add(found.new)
    if found.differences:
        found.writer.change(found.differences)
    return found.run.finish()


def how_of(ask: Ask) -> How:
    """The mapping: a preset's, overlaid by a saved one, overlaid by what was said. Raises Invalid for unknown names."""
    kind = kind_named(ask.kind)
    preset = preset_named(ask.preset, kind.name) if ask.preset else {}
    layers: list[dict[str, Any]] = [{k: v for k, v in preset.items() if k != "columns"}]
    if ask.saved:
        saved = SavedMapping.objects.filter(name=ask.saved).first()
        if saved is None:
            raise Invalid(f"There is no saved mapping '{ask.saved}'.", field="saved")
        layers.append(saved.how)
    layers.append(ask.mapping)
    columns: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    for layer in layers:
        columns |= {k: str(v) for k, v in (layer.get("columns") or {}).items() if v}
        values |= {k: {str(a): str(b) for a, b in v.items()} for k, v in (layer.get("values") or {}).items()}
    unknown = sorted((set(columns) | set(values)) - {c.name for c in kind.columns})
    if unknown:
        raise Invalid(
            f"The mapping names '{unknown[0]}', which {kind.title} don't have. They have: {', '.join(c.name for c in kind.columns)}.",
            field="mapping",
        )
    said = next((layer["dates"] for layer in reversed(layers) if layer.get("dates")), "auto")
    group = next((layer["group"] for layer in reversed(layers) if layer.get("group")), "")
    return How(columns, preset.get("columns", {}), values, group, ask.dates if ask.dates != "auto" else said)


def _branch(code: str) -> Branch | None:
    found = Branch.objects.filter(code=code).first() if code else Branch.objects.order_by("id").first()
    if code and found is None:
        raise Invalid(f"There is no branch '{code}'.", field="branch")
    return found
