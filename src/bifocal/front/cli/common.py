"""What every command of the command line shares: how it says things, how it fails, how it gets to the database."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

say = Console(stderr=False, highlight=False, emoji=False, soft_wrap=True)
Port = Annotated[int, typer.Option(help="Port to serve on")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs")]


def fail(sentence: str, status: int = 2) -> typer.Exit:
    """Print one sentence on stderr; raise what this returns. Status 1: something does not hold; 2: bad input or can't start."""
    Console(stderr=True, highlight=False, emoji=False).print(f"[red]bifocal:[/] {escape(sentence)}", soft_wrap=True)
    return typer.Exit(status)


def ready(*, owner: bool = False) -> int | None:
    """Start the database where it is ours, and Django on it. Returns our lease on it, None where DATABASE_URL names another's."""
    from bifocal.front import postgres

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bifocal.front.settings")
    if owner:
        os.environ["BIFOCAL_DB_ROLE"] = "owner"
    lease = None
    if not os.environ.get("DATABASE_URL"):
        try:
            lease = postgres.ensure(var() / "postgres")
        except postgres.PostgresError as error:
            raise fail(str(error)) from None
    import django
    from django.db import OperationalError, connection

    django.setup()
    try:
        connection.ensure_connection()
    except OperationalError as error:
        raise fail(f"The database can't be reached: {str(error).splitlines()[0]}. Check DATABASE_URL.") from None
    return lease


def var() -> Path:
    """The folder of this installation's data."""
    return Path(os.environ.get("BIFOCAL_VAR", "var")).resolve()
