"""`bifocal site`: the address and HTTPS from the terminal, also when a wrong setting has locked the browser out."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from bifocal.front.cli.common import Json, fail, ready, say

app = typer.Typer()


@app.command()
def site(
    address: Annotated[str, typer.Option(help="What people type, like https://shop.example")] = "",
    https: Annotated[str, typer.Option(help="off, proxy or certificate; with 'off' the address becomes http://")] = "",
    as_json: Json = False,
) -> None:
    """Show or set the address and how it gets HTTPS; a running server takes it up within seconds."""
    ready()
    from bifocal.core.actor import system
    from bifocal.core.commands import Call, execute
    from bifocal.core.models import Company
    from bifocal.lib.errors import DomainError

    row = Company.get()
    if address or https:
        wanted = address or row.base_url or "http://localhost:8000"
        if https and not address:
            wanted = ("http" if https == "off" else "https") + wanted[wanted.index("://") :]
        try:
            execute("site.set", {"address": wanted, "https": https or row.https}, actor=system("command line"), call=Call.new())
        except DomainError as error:
            raise fail(error.sentence) from None
        row.refresh_from_db()
    if as_json:
        typer.echo(json.dumps({"address": row.base_url, "https": row.https}))
    else:
        say.print(f"{row.base_url or 'no address yet'}, HTTPS: {row.https}")
