"""`bifocal import KIND FILE`, `import undo`, `list`, `kinds`, `presets`, `ties`: what other systems export, brought in."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bifocal.bridges.imports.kinds import KINDS, Kind
from bifocal.bridges.imports.presets import PRESETS
from bifocal.front.cli.common import Json, fail, ready, say
from bifocal.front.cli.imports import app

Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Cut-over: the last day of the old books")]
SHOWN = 20


def _command(kind: Kind) -> Callable[..., None]:
    def run(
        file: Path,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen")] = False,
        mapping: Annotated[Path | None, typer.Option(help="JSON file: which column and word is what")] = None,
        saved: Annotated[str, typer.Option(help="Name of a mapping kept before")] = "",
        preset: Annotated[str, typer.Option(help="Name of a known export; 'bifocal import presets' lists them")] = "",
        source: Annotated[str, typer.Option(help="The system it comes from: ids are unique within it")] = "",
        cutover: Day = None,
        dates: Annotated[str, typer.Option(help="auto, day or month: which stands first in dates like 3/4/2026")] = "auto",
        pick: Annotated[int, typer.Option(help="Which sheet of the file, from 0")] = 0,
        branch: Annotated[str, typer.Option(help="Code of the branch that the work belongs to")] = "",
        keep_mapping: Annotated[str, typer.Option(help="Keep the mapping under this name")] = "",
        as_json: Json = False,
    ) -> None:
        args = {
            "kind": kind.name, "preset": preset, "saved": saved, "mapping": _mapping(mapping), "source": source, "dates": dates,
            "pick": pick, "branch": branch, "cutover": cutover.date() if cutover else None, "dry_run": dry_run,
        }  # fmt: skip
        _bring(file, args, keep_mapping, as_json)

    run.__doc__ = f"Bring {kind.title} in from a file: all or nothing, repeatable by id, with undo."
    return run


for _kind in KINDS.values():
    app.command(_kind.name.replace("_", "-"))(_command(_kind))
    if "_" in _kind.name:
        app.command(_kind.name, hidden=True)(_command(_kind))


def _mapping(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError) as bad:
        raise fail(f"The mapping {path} can't be read: {bad}.") from None
    if not isinstance(found, dict):
        raise fail(f'The mapping {path} must be an object like {{"columns": {{"name": "Client"}}}}.')
    return found


def _bring(file: Path, args: dict[str, Any], keep_mapping: str, as_json: bool) -> None:
    if not file.is_file():
        raise fail(f"There is no file {file}.")
    ready()
    content = base64.b64encode(file.read_bytes()).decode()
    with _progress(as_json):
        told = _run("import.upload", {**args, "filename": file.name, "content": content}, as_json)
        if not args["dry_run"]:
            told |= _run("import.discard" if told["error_count"] else "import.run", {"batch": told["uid"]}, as_json)
    if keep_mapping and not told["error_count"]:
        _run("import.save_mapping", {"name": keep_mapping, "kind": args["kind"], "mapping": args["mapping"]}, as_json)
    ok = not told["error_count"]
    if as_json:
        typer.echo(json.dumps({"ok": ok, **told}, default=str))
    else:
        _say(told, dry_run=args["dry_run"])
    raise typer.Exit(0 if ok else 2)


def _run(command: str, args: dict[str, Any], as_json: bool) -> dict[str, Any]:
    from bifocal.core.actor import system
    from bifocal.core.commands import Call, execute
    from bifocal.lib.errors import DomainError

    try:
        return execute(command, args, actor=system("command line"), call=Call.new())
    except DomainError as error:
        if as_json:
            typer.echo(json.dumps({"ok": False, "reason": error.sentence, **error.extra}, default=str))
        raise fail(error.sentence, 1 if error.status == 409 else 2) from None


def _say(told: dict[str, Any], *, dry_run: bool) -> None:
    if told["error_count"]:
        say.print(f"Nothing was brought in: {told['error_count']} errors in {told['rows']} rows.")
    else:
        verb = "Would bring in" if dry_run else f"{told['number']}: brought in"
        say.print(f"{verb} {told['added']} new, {told['changed']} changed, {told['same']} the same of {told['rows']} rows.")
    for note in told["notes"]:
        say.print(f"  {note}")
    for left in told["left_out"][:SHOWN]:
        say.print(f"  line {left['line']} left out: {left['reason']}")
    if told["unused"]:
        say.print(f"  columns not brought in: {', '.join(told['unused'])}")
    for error in told["errors"][:SHOWN]:
        say.print(f"  line {error['line']}: {error['reason']}")
    if told["error_count"] > SHOWN:
        say.print(f"  … and {told['error_count'] - SHOWN} more; --json prints them")


@contextmanager
def _progress(quiet: bool) -> Iterator[None]:
    """A bar on the terminal while a batch runs."""
    from bifocal.bridges.imports.ticking import tick

    if quiet or not sys.stderr.isatty():
        yield
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Reading", total=None)
        token = tick.set(lambda stage, done, total: bar.update(task, description=stage, completed=done, total=total or None))
        try:
            yield
        finally:
            tick.reset(token)


@app.command("undo")
def undo(
    batch: str, reason: Annotated[str, typer.Option(help="Why; the history keeps it")] = "undone at the command line", as_json: Json = False
) -> None:
    """Take a batch back whole, by its number (IMP-3). Refused where something was built on it."""
    ready()
    from bifocal.bridges.imports.models import ImportBatch

    row = ImportBatch.objects.filter(number=batch).first()
    if row is None:
        raise fail(f"There is no batch {batch}. 'bifocal import list' shows them.")
    told = _run("import.undo", {"batch": row.uid, "reason": reason}, as_json)
    if as_json:
        typer.echo(json.dumps({"ok": True, **told}, default=str))
    else:
        say.print(f"{batch} is undone: {told['deleted']} records deleted, {told['reversed']} postings reversed.")


@app.command("list")
def list_batches(as_json: Json = False) -> None:
    """Batches, newest first."""
    ready()
    from bifocal.bridges.imports.queries import batches
    from bifocal.core.actor import system

    found = [
        {
            "number": b.number, "uid": b.uid, "kind": b.sort, "status": b.status, "file": b.filename, "source": b.source,
            "cutover": b.cutover, "added": b.added, "changed": b.changed, "same": b.same, "errors": b.error_count,
            "by": b.by_name, "at": b.created_at,
        }
        for b in batches(system("command line"), 200)
    ]  # fmt: skip
    if as_json:
        typer.echo(json.dumps(found, default=str))
        return
    for b in found:
        say.print(
            f"{b['number']:<8} {b['status']:<8} {b['kind']:<14} {b['added']:>7} new {b['changed']:>6} changed  {b['file']}  {b['by']}"
        )


@app.command("kinds")
def list_kinds(kind: Annotated[str, typer.Argument(help="Show the columns of this kind")] = "", as_json: Json = False) -> None:
    """What can be brought in, and the names its columns go by."""
    from bifocal.bridges.imports.kinds import kind_named
    from bifocal.lib.errors import Invalid

    try:
        wanted = [kind_named(kind)] if kind else list(KINDS.values())
    except Invalid as bad:
        raise fail(bad.sentence) from None
    if as_json:
        rows = [
            {"kind": k.name, "columns": [{"name": c.name, "required": c.required, "aliases": c.aliases} for c in k.columns]} for k in wanted
        ]
        typer.echo(json.dumps(rows))
        return
    for k in wanted:
        say.print(f"[bold]{k.name.replace('_', '-')}[/]  {k.title}" + ("" if kind else f": {', '.join(c.name for c in k.columns)}"))
        for c in k.columns if kind else ():
            say.print(f"  {c.name}{' (needed)' if c.required else ''}: {', '.join(c.aliases)}{f'. {c.what}' if c.what else ''}")


@app.command("presets")
def list_presets(as_json: Json = False) -> None:
    """Exports of other programs that are known, each with the page its columns were taken from."""
    if as_json:
        typer.echo(json.dumps([{"name": p.name, "kind": p.kind, "title": p.title, "source": p.source} for p in PRESETS.values()]))
        return
    for p in PRESETS.values():
        say.print(f"[bold]{p.name}[/]  {p.title} ({p.kind})\n  {p.source}")


@app.command("ties")
def show_ties(as_json: Json = False) -> None:
    """The imported trial balance against the books, account by account. Exit status 1 where they differ."""
    ready()
    from bifocal.bridges.imports.queries import last_trial, ties_of

    batch = last_trial()
    if batch is None:
        raise fail("There is no imported trial balance yet: 'bifocal import trial-balance FILE --cutover DATE'.")
    found = ties_of(batch)
    ok = all(t.difference == 0 for t in found)
    if as_json:
        rows = [{**asdict(t), "difference": t.difference} for t in found]
        typer.echo(json.dumps({"ok": ok, "cutover": batch.cutover, "accounts": rows}, default=str))
    for t in found if not as_json else ():
        mark = "[green]✓[/]" if t.difference == 0 else "[red]✗[/]"
        off = "" if t.difference == 0 else f"  differs by {t.difference:,.2f}; {t.explained_by or 'posted by the trial balance'}"
        say.print(f"{mark} {t.account} {t.name}: old books {t.trial:,.2f}, ours {t.books:,.2f}{off}")
    raise typer.Exit(0 if ok else 1)
