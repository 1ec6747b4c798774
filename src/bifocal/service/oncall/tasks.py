"""When the minutes to answer are over."""

from __future__ import annotations

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from bifocal.core.actor import system
from bifocal.core.commands import Call, execute


@app.task(name="oncall.look_again", retry=RetryStrategy(max_attempts=5, exponential_wait=2))
def look_again(*, call_out: str, asked: int) -> None:
    """Ask the next one, unless somebody answered."""
    execute("callout.escalate", {"call_out": call_out, "asked": asked}, actor=system("on-call rota"), call=Call.new())
