"""Files brought in: upload and check, run, take back. One way for the page, the API and the command line."""

from __future__ import annotations

import base64
from datetime import date as Date
from typing import Annotated, Any, Literal
from uuid import UUID

from django.db import connection
from pydantic import BaseModel, ConfigDict, Field

from bifocal.bridges.imports.engine import Ask, Pass, how_of, look, write
from bifocal.bridges.imports.facts import BatchChecked, BatchDiscarded, BatchImported, BatchQueued, BatchUndone, MappingSaved
from bifocal.bridges.imports.kinds import kind_named
from bifocal.bridges.imports.models import ImportBatch, ImportProgress, SavedMapping
from bifocal.bridges.imports.rules import BatchStatus, check_move
from bifocal.bridges.imports.undo import take_back
from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.numbering import next_number
from bifocal.core.policy import require
from bifocal.core.subject import Subject
from bifocal.kernel.documents.models import path_of, store
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.ids import uuid7

Dates = Literal["auto", "day", "month"]
Name = Annotated[str, Field(max_length=60)]


class MappingIn(BaseModel):
    """How a file is to be read: field to column ('=text' for a constant, '-' to leave it out), words to values, dates, group."""

    model_config = ConfigDict(extra="forbid")
    columns: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    dates: Dates = "auto"
    group: str = ""

    def said(self) -> dict[str, Any]:
        """Only what was said."""
        return self.model_dump(exclude_defaults=True)


@command("import.upload")
def upload_import(
    *, kind: str, filename: Annotated[str, Field(max_length=200)], content: str, preset: str = "", saved: str = "",
    mapping: MappingIn | None = None, source: Annotated[str, Field(max_length=40)] = "", cutover: Date | None = None,
    dates: Dates = "auto", pick: Annotated[int, Field(ge=0, le=500)] = 0, branch: str = "", dry_run: bool = False, actor: Actor, call: Call,
) -> dict[str, Any]:  # fmt: skip
    """Check a file (base64) against a kind of import: errors by line, nothing brought in yet. `dry_run` keeps nothing at all."""
    require(actor, "import.run")
    require(actor, kind_named(kind).right)
    try:
        data = base64.b64decode(content, validate=True)
    except ValueError as bad:
        raise Invalid("The file's content must be base64.", field="content") from bad
    ask = Ask(kind_named(kind).name, filename, data, source, cutover, preset, saved, mapping.said() if mapping else {}, dates, pick, branch)
    found = look(ask, actor=actor, call=call)
    if dry_run:
        return {"kind": "import_batch", "dry_run": True, **found.report()}
    batch = ImportBatch(sort=ask.kind, filename=filename, sha256=store(data), cutover=cutover, by_name=actor.name)
    batch.number = next_number("import", "IMP-")
    _note(batch, ask, found)
    batch.save()
    told = BatchChecked(number=batch.number, sort=ask.kind, file=filename, rows=batch.rows, errors=batch.error_count)
    record(told, about=batch, actor=actor, call=call)
    return {**batch.answer(), **found.report()}


def _note(batch: ImportBatch, ask: Ask, found: Pass) -> None:
    """What the check found, kept with the batch."""
    report = found.report()
    batch.source = found.run.source
    batch.how = {
        "preset": ask.preset, "saved": ask.saved, "mapping": ask.mapping, "dates": ask.dates, "pick": ask.pick, "branch": ask.branch,
        "source": ask.source,
    }  # fmt: skip
    for name in ("rows", "added", "changed", "same", "error_count"):
        setattr(batch, name, report[name])
    batch.told = {k: v for k, v in report.items() if k not in ("rows", "added", "changed", "same", "error_count", "sort")}


def ask_of(batch: ImportBatch) -> Ask:
    """The batch's file and how it is to be read."""
    path = path_of(batch.sha256)
    if not path.exists():
        raise Refused(f"The file of {batch.number} is gone from var/files. Upload it again.")
    return Ask(batch.sort, batch.filename, path.read_bytes(), cutover=batch.cutover, **batch.how)


class Word(BaseModel):
    """What a word of a column stands for: an account of theirs is one of ours."""

    column: str
    said: str
    means: str = ""


@command("import.remap")
def remap_import(
    *, batch: UUID, mapping: MappingIn | None = None, words: list[Word] | None = None, preset: str = "", saved: str = "",
    dates: Dates = "auto", cutover: Date | None = None, actor: Actor, call: Call,
) -> ImportBatch:  # fmt: skip
    """Check an uploaded file again, with another mapping, date style or cut-over."""
    row: ImportBatch = ImportBatch.objects.locked(batch, actor, call)
    require(actor, "import.run")
    require(actor, kind_named(row.sort).right)
    if row.status not in (BatchStatus.CHECKED, BatchStatus.FAILED):
        raise Refused(f"{row.number} is {row.status}: it is checked no more.")
    values = {k: dict(v) for k, v in (row.how["mapping"].get("values") or {}).items()}
    for word in words or []:
        if word.means:
            values.setdefault(word.column, {})[word.said] = word.means
    said = {**(mapping.said() if mapping else {}), **({"values": values} if values else {})}
    row.how = {**row.how, "mapping": said, "preset": preset, "saved": saved, "dates": dates}
    row.cutover = cutover or row.cutover
    ask = ask_of(row)
    _note(row, ask, look(ask, actor=actor, call=call))
    row.status, row.failed_why, row.version = BatchStatus.CHECKED, "", row.version + 1
    row.save()
    told = BatchChecked(number=row.number, sort=row.sort, file=row.filename, rows=row.rows, errors=row.error_count)
    record(told, about=row, actor=actor, call=call)
    return row


@command("import.start")
def start_import(*, batch: UUID, actor: Actor, call: Call) -> ImportBatch:
    """Hand a checked file to the queue; its page shows how far it is."""
    from bifocal.bridges.imports.tasks import bring_in

    row: ImportBatch = ImportBatch.objects.locked(batch, actor, call)
    require(actor, "import.run")
    require(actor, kind_named(row.sort).right)
    check_move(row.status, BatchStatus.QUEUED, number=row.number)
    _refuse_errors(row.number, row.error_count, row.told.get("errors", []))
    row.change(status=BatchStatus.QUEUED, failed_why="")
    ImportProgress.objects.update_or_create(batch_uid=row.uid, defaults={"stage": "Waiting", "done": 0, "total": row.rows})
    bring_in.defer(batch=str(row.uid), who=actor.name)
    record(BatchQueued(number=row.number), about=row, actor=actor, call=call)
    return row


def _refuse_errors(number: str, count: int, errors: list[dict[str, Any]]) -> None:
    if count:
        first = errors[0]
        raise Invalid(
            f"Nothing was brought in: {count} {'line has an error' if count == 1 else 'errors'}. Line {first['line']}: {first['reason']}.",
            field="file", errors=errors, batch=number,
        )  # fmt: skip


@command("import.run")
def run_import(*, batch: UUID, actor: Actor, call: Call) -> dict[str, Any]:
    """Bring a checked file in, all of it or nothing, in one transaction. The file is checked again first."""
    row: ImportBatch = ImportBatch.objects.locked(batch, actor, call)
    require(actor, "import.run")
    require(actor, kind_named(row.sort).right)
    check_move(row.status, BatchStatus.DONE, number=row.number)
    _one_at_a_time()
    found = look(ask_of(row), actor=actor.within("import.run"), call=call.inner(), batch=row)
    report = found.report()
    _refuse_errors(row.number, report["error_count"], report["errors"])
    posted = write(found)
    counts = {k: report[k] for k in ("rows", "added", "changed", "same")}
    told = {**row.told, "notes": found.run.plan.notes}
    row.change(status=BatchStatus.DONE, done_at=call.occurred_at, trial=row.trial, told=told, error_count=0, failed_why="", **counts)
    fact = BatchImported(number=row.number, sort=row.sort, added=row.added, changed=row.changed, same=row.same)
    record(fact, about=row, actor=actor, call=call)
    return {**row.answer(), "sort": row.sort, "rows": row.rows, "posted_on": posted, "notes": told["notes"]}


def _one_at_a_time() -> None:
    """Imports wait for each other, so that each sees what the one before brought in: the same file twice at once comes in once."""
    with connection.cursor() as cur:
        cur.execute("select pg_advisory_xact_lock(hashtext('bifocal imports'))")


@command("import.undo")
def undo_import(*, batch: UUID, reason: Annotated[str, Field(min_length=1, max_length=200)], actor: Actor, call: Call) -> dict[str, Any]:
    """Take a batch back whole: what nothing was built on is deleted, what was posted is reversed. Else refused with the reason."""
    row: ImportBatch = ImportBatch.objects.locked(batch, actor, call)
    require(actor, "import.run")
    require(actor, kind_named(row.sort).right)
    check_move(row.status, BatchStatus.UNDONE, number=row.number)
    on = accounting_day(call.occurred_at)
    deleted, reversed_ = take_back(row, on=row.cutover or on, actor=actor.within("import.undo"), call=call.inner())
    row.change(status=BatchStatus.UNDONE, undone_why=reason)
    record(BatchUndone(number=row.number, reason=reason, deleted=deleted, reversed=reversed_), about=row, actor=actor, call=call)
    return {**row.answer(), "deleted": deleted, "reversed": reversed_}


@command("import.discard")
def discard_import(*, batch: UUID, actor: Actor, call: Call) -> dict[str, Any]:
    """Throw an uploaded file away that was not brought in."""
    row: ImportBatch = ImportBatch.objects.locked(batch, actor, call)
    require(actor, "import.run")
    if row.status not in (BatchStatus.CHECKED, BatchStatus.FAILED):
        raise Refused(f"{row.number} is {row.status}: it can't be thrown away. Undo it instead.")
    record(BatchDiscarded(number=row.number), about=row, actor=actor, call=call)
    row.delete()
    return {"kind": "import_batch", "uid": str(batch), "status": "discarded"}


@command("import.save_mapping")
def save_mapping(
    *, name: Name, kind: str, mapping: MappingIn | None = None, batch: UUID | None = None, actor: Actor, call: Call
) -> dict[str, Any]:
    """Keep a mapping under a name, said here or as a batch has it: columns, words and date style, for that program's next file."""
    require(actor, "import.run")
    if not name:
        raise Invalid("A mapping needs a name.", field="name")
    how = mapping.said() if mapping else {}
    if batch:
        row: ImportBatch = ImportBatch.objects.find(batch, actor)
        how = {**row.how["mapping"], "dates": row.how["dates"]}
    how_of(Ask(kind, "", b"", mapping=how))
    SavedMapping.objects.update_or_create(name=name, defaults={"sort": kind_named(kind).name, "how": how})
    record(MappingSaved(name=name, sort=kind), about=Subject("mapping", uuid7()), actor=actor, call=call)
    return {"kind": "mapping", "name": name}
