"""`bifocal payapp`, `wip`, `budget`: the money engines on a file, without a database."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from bifocal.front.cli.common import fail
from bifocal.lib.errors import DomainError
from bifocal.lib.strict import Node, parse

payapp = typer.Typer(help="Pay applications, to the cent.", no_args_is_help=True)
wip = typer.Typer(help="Work in progress, cost to cost.", no_args_is_help=True)
budget = typer.Typer(help="The budget report, columns a to q.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="A JSON file, decimal strings only; - reads standard input")]
Compact = Annotated[bool, typer.Option("--json", help="On one line, for programs")]


@payapp.callback()
@wip.callback()
@budget.callback()
def _group() -> None:
    """A group of its own, also while it has one command."""


@payapp.command("compute")
def compute_payapp(file: File, as_json: Compact = False) -> None:
    """Compute an application and its continuation sheet. Exit status 1: an identity is broken, 2: bad input."""
    from bifocal.engines.progress_billing import compute, document

    _answer(file, lambda doc: document.write(compute(document.read(doc))), as_json)


@wip.command("compute")
def compute_wip(file: File, as_json: Compact = False) -> None:
    """Compute a WIP schedule. Exit status 1: an identity is broken, 2: bad input."""
    from bifocal.engines.costing import document, schedule

    _answer(file, lambda doc: document.write_schedule(schedule(document.read_contracts(doc))), as_json)


@budget.command("compute")
def compute_budget(file: File, as_json: Compact = False) -> None:
    """Compute a budget report in both views. Exit status 1: an identity is broken, 2: bad input."""
    from bifocal.engines.costing import document, report

    _answer(file, lambda doc: document.write_report(report(document.read_budget(doc))), as_json)


def _answer(file: Path, work: Callable[[Node], dict[str, Any]], compact: bool) -> None:
    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise fail(f"{file} can't be read: {error.strerror}.") from None
    try:
        doc = parse(data)
        out = work(doc)
    except DomainError as error:
        raise fail(error.sentence, 1 if error.code == "broken_identity" else 2) from None
    if doc.ignored:
        typer.echo(f"bifocal: ignored, because nothing asks for it: {', '.join(doc.ignored[:10])}", err=True)
    typer.echo(json.dumps(out, indent=None if compact else 1))
