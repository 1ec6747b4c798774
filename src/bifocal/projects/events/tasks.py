"""Reminders of answers and notices, from the queue."""

from __future__ import annotations

from datetime import UTC, datetime

from procrastinate.contrib.django import app


@app.periodic(cron="15 * * * *")
@app.task(name="events.remind", queueing_lock="reminders")
def remind(timestamp: int) -> None:
    """Every hour: whoever has to be reminded today gets it with the first run of their day."""
    from bifocal.projects.events.reminders import send_reminders

    send_reminders(datetime.fromtimestamp(timestamp, UTC))
