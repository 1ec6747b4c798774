"""What every writer shares: the run it is part of, how it finds what a row refers to, how it keeps what it made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Model

from bifocal.bridges.imports.facts import RecordImported
from bifocal.bridges.imports.models import ExternalKey, ImportBatch, ImportedRow
from bifocal.bridges.imports.plan import Plan, Row
from bifocal.bridges.imports.rules_values import told
from bifocal.bridges.imports.ticking import tick
from bifocal.core.actor import Actor
from bifocal.core.call import Call
from bifocal.core.copying import copy_rows
from bifocal.core.facts import record
from bifocal.core.models import Branch, Record
from bifocal.core.search import remember_all
from bifocal.kernel.ledger.bulk import post_many
from bifocal.kernel.ledger.rules import Entry

AT_ONCE = 2000
SHOWN_EVERY = 10_000


@dataclass
class Run:
    """One pass over one file: who, from where, as of when, and what came of it."""

    plan: Plan
    source: str
    cutover: date | None
    branch: Branch | None
    actor: Actor
    call: Call
    batch: ImportBatch | None = None
    made: list[ImportedRow] = field(default_factory=list)
    keys: list[ExternalKey] = field(default_factory=list)
    known: list[ExternalKey] = field(default_factory=list)
    found: list[tuple[Record, str, str, str]] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)

    @property
    def day(self) -> date:
        """The cut-over day. Only kinds that need one ask for it."""
        assert self.cutover is not None
        return self.cutover

    @property
    def home(self) -> Branch:
        """The branch that work belongs to."""
        assert self.branch is not None
        return self.branch

    def error(self, row: Row, sentence: str, column: str = "") -> None:
        """Note what is wrong with a row."""
        self.plan.error(row.line, sentence, column)

    def keep(self, row: Row, obj: Record, *, action: str = "added", before: dict[str, Any] | None = None,
             after: dict[str, Any] | None = None) -> None:  # fmt: skip
        """Note a record that this run made or changed, so that it can be taken back."""
        self.made.append(ImportedRow(
            batch=self.batch, line=row.line, action=action, kind=obj.kind, record_id=obj.pk, uid=obj.uid, before=before or {},
            after=after or {},
        ))  # fmt: skip

    def name_it(self, row: Row, obj: Record, sort: str = "") -> None:
        """Remember what the row's thing is called in the other system."""
        self.keys.append(ExternalKey(
            source=self.source, sort=sort or self.plan.kind.name, key=row.key, uid=obj.uid, digest=row.digest, batch=self.batch
        ))  # fmt: skip

    def finish(self) -> date | None:
        """Write the journal, the index of search, the keys and the list of what was made. Returns the accounting date."""
        stage = tick.get()
        stage("Posting", 0, len(self.entries))
        posted = post_many(self.entries, actor=self.actor)
        stage("Indexing", 0, len(self.found))
        remember_all(self.found)
        copy_rows(self.keys)
        ExternalKey.objects.bulk_create(
            self.known, batch_size=AT_ONCE, update_conflicts=True, unique_fields=["source", "sort", "key"],
            update_fields=["uid", "digest", "batch"],
        )  # fmt: skip
        copy_rows(self.made)
        return posted


def copy_shown(rows: Sequence[Model], stage: str) -> None:
    """Rows by COPY, ten thousand at a time, so that somebody can see how far it is."""
    for at in range(0, len(rows), SHOWN_EVERY):
        copy_rows(rows[at : at + SHOWN_EVERY])
        tick.get()(stage, min(at + SHOWN_EVERY, len(rows)), len(rows))


class Writer:
    """How one kind goes into the database. `resolve` reads and checks, `add` and `change` write."""

    changes_allowed: ClassVar[bool] = False

    def __init__(self, run: Run) -> None:
        self.run = run

    def existing(self, rows: list[Row]) -> dict[str, UUID]:
        """Rows whose thing is here already without having been imported, by key."""
        return {}

    def resolve(self, rows: list[Row]) -> None:
        """Find what the rows refer to; note errors by line."""

    def add(self, rows: list[Row]) -> None:
        """Make the rows' things."""
        raise NotImplementedError

    def differences(self, rows: list[tuple[Row, UUID]]) -> list[Difference]:
        """What would change on things that are here. Kinds that post never change: the engine refuses their rows."""
        return []

    def change(self, differences: list[Difference]) -> None:
        """Write the differences."""


@dataclass
class Difference:
    """One thing that is here and says something else in the file."""

    row: Row
    obj: Any
    before: dict[str, Any]
    after: dict[str, Any]


class RecordWriter(Writer):
    """Kinds whose rows are plain records: added in bulk, changed where the file says something else."""

    model: ClassVar[type[Any]]
    changes_allowed = True

    def attributes(self, row: Row) -> dict[str, Any]:
        """The record's columns that this row fills."""
        raise NotImplementedError

    def found_as(self, obj: Any) -> tuple[str, str, str]:
        """Title, detail and more words for search."""
        raise NotImplementedError

    def tell(self, obj: Any) -> None:
        """The fact of its making."""
        raise NotImplementedError

    def kept(self, row: Row, obj: Any) -> dict[str, Any]:
        """What must still be so when the batch is taken back."""
        return plain_values(self.attributes(row))

    def build(self, rows: list[Row]) -> list[Any]:
        """The records, not yet saved."""
        return [self.model(**self.attributes(row)) for row in rows]

    def add(self, rows: list[Row]) -> None:
        objects = self.build(rows)
        copy_shown(objects, f"Adding {self.run.plan.kind.title}")
        for row, obj in zip(rows, objects, strict=True):
            self.run.keep(row, obj, after=self.kept(row, obj))
            self.run.name_it(row, obj)
            self.run.found.append((obj, *self.found_as(obj)))
            self.tell(obj)
        self.after_add(rows, objects)

    def after_add(self, rows: list[Row], objects: list[Any]) -> None:
        """What comes with them."""

    def differences(self, rows: list[tuple[Row, UUID]]) -> list[Difference]:
        here = self.model.objects.in_bulk([uid for _, uid in rows], field_name="uid")
        out = []
        for row, uid in rows:
            obj = here.get(uid)
            if obj is None:
                self.run.error(row, "what came in under this id before is gone; give the row a new id")
                continue
            wanted = self.attributes(row)
            after = {k: v for k, v in wanted.items() if v != getattr(obj, k) and v not in ("", None)}
            if after:
                out.append(Difference(row, obj, {k: getattr(obj, k) for k in after}, after))
        return out

    def change(self, differences: list[Difference]) -> None:
        columns = {"version"}
        for d in differences:
            for name, value in d.after.items():
                setattr(d.obj, name, value)
            d.obj.version += 1
            columns |= set(d.after)
            before, after = plain_values(d.before), plain_values(d.after)
            self.run.keep(d.row, d.obj, action="changed", before=before, after=after)
            self.run.found.append((d.obj, *self.found_as(d.obj)))
            fact = RecordImported(batch=str(self.run.batch), before=words(before), after=words(after))
            record(fact, about=d.obj, actor=self.run.actor, call=self.run.call)
        self.model.objects.bulk_update([d.obj for d in differences], sorted(columns), batch_size=500)


def plain_values(values: dict[str, Any]) -> dict[str, Any]:
    """Columns as JSON: a reference as its key, a date or amount as text."""
    return {k: v.pk if hasattr(v, "pk") else told(v) if isinstance(v, date | Decimal) else v for k, v in values.items()}


def words(values: dict[str, Any]) -> dict[str, str]:
    return {k: str(v) for k, v in values.items()}


def by_key(source: str, sort: str, keys: Iterable[str]) -> dict[str, ExternalKey]:
    """What these keys of another system stand for here."""
    wanted = sorted(set(keys))
    out: dict[str, ExternalKey] = {}
    for at in range(0, len(wanted), 5000):
        out |= {
            k.key: k for k in ExternalKey.objects.select_related("batch").filter(source=source, sort=sort, key__in=wanted[at : at + 5000])
        }
    return out
