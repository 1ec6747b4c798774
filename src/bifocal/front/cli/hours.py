"""`bifocal hours`: when a branch serves customers, from the terminal."""

from __future__ import annotations

import json
import re
from datetime import time
from typing import Annotated

import typer

from bifocal.front.cli.common import Json, fail, ready, say

app = typer.Typer()
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"(\d{1,2})(?::(\d\d))?-(\d{1,2})(?::(\d\d))?")


@app.command()
def hours(
    branch: Annotated[str, typer.Argument(help="The branch's code; the first branch where none is named")] = "",
    open_: Annotated[list[str], typer.Option("--open", help="Days and hours, like mon-fri=7:00-17:00 or sat=8-12; again for more")] = [],  # noqa: B006
    window: Annotated[list[str], typer.Option(help="An arrival window like 8:00-10:00; again for more. Left out: they stay")] = [],  # noqa: B006
    as_json: Json = False,
) -> None:
    """Show or set the hours in which a branch serves customers, and the arrival windows they are offered."""
    days = [day for text in open_ for day in _days(text)]
    windows = [_span(text, text) for text in window]
    ready()
    from bifocal.core.actor import system
    from bifocal.core.commands import Call, execute
    from bifocal.front.api.hours import hours_told
    from bifocal.lib.errors import DomainError

    try:
        told = hours_told(branch)
        if days or windows:
            wanted = {"branch": told["branch"], "days": days or told["days"], "windows": windows or told["windows"]}
            execute("branch.set_hours", wanted, actor=system("command line"), call=Call.new())
            told = hours_told(branch)
    except DomainError as error:
        raise fail(error.sentence) from None
    if as_json:
        typer.echo(json.dumps(told))
        return
    say.print(f"{told['branch']}, by the clock of {told['tz']}")
    for day in told["days"]:
        say.print(f"  {DAYS[day['weekday']]}  {day['starts']}-{day['ends']}")
    say.print("  windows  " + ", ".join(f"{w['starts']}-{w['ends']}" for w in told["windows"]))


def _days(text: str) -> list[dict[str, str | int]]:
    """'mon-fri=7:00-17:00' as days; a command's answer to what can't be read is status 2."""
    names, _, hours_ = text.partition("=")
    first, _, last = names.strip().lower().partition("-")
    if first not in DAYS or (last or first) not in DAYS or DAYS.index(last or first) < DAYS.index(first):
        raise fail(f"'{text}' names no weekdays. Write --open mon-fri=7:00-17:00 or --open sat=8-12.")
    span = _span(hours_, text)
    return [{"weekday": n, **span} for n in range(DAYS.index(first), DAYS.index(last or first) + 1)]


def _span(text: str, whole: str) -> dict[str, str]:
    found = _SPAN.fullmatch(text.strip())
    try:
        a, b, c, d = (int(g or 0) for g in found.groups()) if found else (-1, 0, 0, 0)
        return {"starts": f"{time(a, b):%H:%M}", "ends": f"{time(c, d):%H:%M}"}
    except ValueError:
        raise fail(f"'{whole}' has no hours that can be read. Write them like 7:00-17:00.") from None
