"""The command line, `bifocal`: one file a group of commands, one line a group here.

Exit status: 0 well, 1 something does not hold, 2 bad input or it can't start.
"""

from __future__ import annotations

import typer

from bifocal.front.cli import assess, bring, dispatch, hours, imports, money, roads, run, schedule, setup

app = typer.Typer(
    help="Bifocal: everything is a job; a project is a job with a contract.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(run.app)
app.add_typer(setup.app)
app.add_typer(hours.app)
app.add_typer(assess.app)
app.add_typer(imports.app, name="import")  # `bring` adds its commands to the same group
app.add_typer(schedule.app, name="schedule")
app.add_typer(dispatch.app, name="dispatch")
app.add_typer(roads.app, name="roads")
app.add_typer(money.payapp, name="payapp")
app.add_typer(money.wip, name="wip")
app.add_typer(money.budget, name="budget")

__all__ = ["app", "bring", "main"]


def main() -> None:
    """The entry point."""
    app()
