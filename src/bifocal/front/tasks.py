"""Nightly work."""

from __future__ import annotations

from datetime import UTC, datetime

from procrastinate.contrib.django import app


@app.periodic(cron="*/20 * * * *")
@app.task(name="front.nightly_backup", queueing_lock="backup")
def nightly_backup(timestamp: int) -> None:
    """The night's backup: at 2:30 by the head office's clock, or as soon as the machine is awake again."""
    from bifocal.front.backups import make_if_due

    make_if_due(datetime.fromtimestamp(timestamp, UTC))
