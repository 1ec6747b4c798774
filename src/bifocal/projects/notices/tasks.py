"""What the worker does about dates that moved."""

from __future__ import annotations

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from bifocal.core.actor import system
from bifocal.core.commands import Call, execute
from bifocal.lib.errors import Refused


@app.task(name="notices.look_again", retry=RetryStrategy(max_attempts=5, exponential_wait=2))
def look_again(*, job: str) -> None:
    """Tell what moved, if it has been quiet since; a later move has its own look."""
    execute("notices.settle", {"job": job}, actor=system("who must know"), call=Call.new())


@app.task(name="notices.remind", retry=RetryStrategy(max_attempts=5, exponential_wait=2))
def remind(*, notice: str) -> None:
    """Remind who has not confirmed; who did, or was told newer dates, is left alone."""
    try:
        execute("notices.remind", {"notice": notice}, actor=system("who must know"), call=Call.new())
    except Refused:
        return
