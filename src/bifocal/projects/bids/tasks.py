"""Bidders are reminded without anybody thinking of it."""

from __future__ import annotations

from datetime import UTC, datetime

from procrastinate.contrib.django import app

from bifocal.projects.bids.commands import remind_due


@app.periodic(cron="5 13 * * *")
@app.task(name="bids.remind", pass_context=False)
def remind_bidders(timestamp: int) -> None:
    """Each morning: who was invited, has not answered, and is due within two days gets one reminder."""
    remind_due(datetime.fromtimestamp(timestamp, UTC))
