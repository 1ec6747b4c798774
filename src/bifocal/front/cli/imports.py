"""`bifocal import`: bring data in from files."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from bifocal.front.cli.common import Json, fail, ready, say

Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="End of the open application's period")]
app = typer.Typer(help="Bring data in from files.", no_args_is_help=True)


@app.command("sov")
def import_sov(
    file: Path,
    job: Annotated[str, typer.Option(help="Number of the project, like J-12")],
    pick: Annotated[int, typer.Option(help="Which sheet or project of the file, from 0")] = 0,
    period_to: Day = None,
    previous_to: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="End of the period billed before")] = None,
    previous_number: Annotated[int, typer.Option(help="Number of the last application before this sheet")] = 1,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen")] = False,
    as_json: Json = False,
) -> None:
    """Bring a continuation sheet (CSV, XLSX, JSON) in as a contract with prior billings: all or nothing."""
    import base64

    if not file.exists():
        raise fail(f"There is no file {file}.")
    ready()
    from bifocal.core.actor import system
    from bifocal.core.commands import Call, execute
    from bifocal.kernel.jobs.models import Job
    from bifocal.lib.errors import DomainError

    row = Job.objects.filter(number=job).first()
    if row is None:
        raise fail(f"There is no job {job}.")
    args = {
        "job": row.uid,
        "filename": file.name,
        "content": base64.b64encode(file.read_bytes()).decode(),
        "pick": pick,
        "period_to": period_to.date() if period_to else None,
        "previous_to": previous_to.date() if previous_to else None,
        "previous_number": previous_number,
        "dry_run": dry_run,
    }
    try:
        told = execute("sov.import", args, actor=system("command line"), call=Call.new())
    except DomainError as error:
        if as_json:
            typer.echo(json.dumps({"ok": False, "reason": error.sentence, **error.extra}, default=str))
        raise fail(error.sentence) from None
    if as_json:
        typer.echo(json.dumps({"ok": not told["errors"], **told}, default=str))
    else:
        _say(told)
    raise typer.Exit(2 if told["errors"] else 0)


def _say(told: dict[str, Any]) -> None:
    verb = "Would import" if told["dry_run"] else "Imported"
    say.print(f"{verb} {told['lines']} lines, contract sum {told['contract_sum']}, billed before {told['previous']}.")
    for error_line in told["errors"]:
        say.print(f"  line {error_line['line']}: {error_line['reason']}")
