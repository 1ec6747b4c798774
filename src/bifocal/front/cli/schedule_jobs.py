"""`bifocal schedule import` and `export`: a job's schedule in the database, from and to the files of other programs."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from bifocal.front.cli.common import Json, fail, ready, say

Number = Annotated[str, typer.Option("--project", help="Number of the job, like J-12")]


def import_update(
    path: Annotated[Path, typer.Argument(help="A schedule: .xer, .pmxml or .xml")],
    project: Number,
    part: Annotated[str, typer.Option("--part", help="Which project of the file, where it holds several")] = "",
    accept: Annotated[bool, typer.Option("--accept", help="Accept the update; without it only the difference is shown")] = False,
    json: Json = False,
) -> None:
    """Bring an update into a job: matched by activity id, the difference shown, nothing changed without --accept."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise fail(f"{path} can't be read: {(error.strerror or 'unknown error').lower()}.") from None
    ready()
    answer = _brought(project, path.name, data, part, accept)
    if json:
        typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2, default=str).decode())
        return
    found = answer["difference"]
    counts = ", ".join(f"{n} {word}" for word, n in found["counts"].items())
    say.print(f"Update {answer['number']} ({answer['status']}): {counts}; finish {found['finish'][0]} → {found['finish'][1]}.")
    for word in ("added", "deleted"):
        for a in found[word]:
            typer.echo(f"{word}: {a['code']} {a['name']}")
    for c in found["changed"]:
        typer.echo(f"changed: {c['code']} {c['field']}: {c['before'] or 'none'} → {c['after'] or 'none'}")
    for m in found["moved"]:
        typer.echo(f"moved: {m['code']} {m['name']} {m['days']:+g} d, finish {m['before']} → {m['after']}")


def _brought(project: str, name: str, data: bytes, part: str, accept: bool) -> dict[str, Any]:
    from django.db import transaction

    from bifocal.core.actor import system
    from bifocal.core.commands import Call, execute
    from bifocal.front.rights import load_commands
    from bifocal.lib.errors import DomainError

    load_commands()
    who = system("command line")
    args = {"job": str(_job(project).uid), "content": base64.b64encode(data).decode(), "filename": name, "project": part}
    try:
        with transaction.atomic():
            answer = execute("schedule.upload", args, actor=who, call=Call.new())
            if accept:
                answer |= execute("schedule.accept_update", {"update": answer["uid"]}, actor=who, call=Call.new())
    except DomainError as error:
        raise fail(error.sentence) from None
    return answer


def export_job(
    target: Annotated[Path, typer.Argument(help="Where to: .xer, .pmxml or .xml (Microsoft Project)")],
    project: Number,
) -> None:
    """Write a job's schedule to a file; what the file it came from holds beyond the schedule is written back."""
    ready()
    from bifocal.engines.cpm.formats import format_of
    from bifocal.front.cli.schedule import put
    from bifocal.lib.errors import DomainError
    from bifocal.projects.schedule.board import load
    from bifocal.projects.schedule.incoming import export

    try:
        data = export(load(_job(project)), format_of(target))
    except DomainError as error:
        raise fail(error.sentence) from None
    put(target, data)
    typer.echo(f"{target}: {len(data):,} bytes.")


def _job(number: str) -> Any:
    from bifocal.kernel.jobs.models import Job

    row = Job.objects.filter(number=number).first()
    if row is None:
        raise fail(f"There is no job {number}.")
    return row
