"""Nightly work."""

from __future__ import annotations

from procrastinate.contrib.django import app


@app.periodic(cron="30 2 * * *")
@app.task(name="front.nightly_backup", queueing_lock="backup")
def nightly_backup(timestamp: int) -> None:
    """A backup every night, by default."""
    from bifocal.front.backups import make

    make()
