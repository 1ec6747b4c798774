"""The reminder, by the worker."""

from __future__ import annotations

from datetime import UTC, datetime

from procrastinate.contrib.django import app


@app.periodic(cron="23 * * * *")
@app.task(name="rentals.remind", queueing_lock="rentals")
def remind_of_rentals(timestamp: int) -> None:
    """Look every hour what should go back; each reminder goes out once, by the head office's clock."""
    from django.db import transaction

    from bifocal.core.actor import system
    from bifocal.core.call import Call
    from bifocal.core.days import accounting_day
    from bifocal.projects.rentals.commands import remind

    now = datetime.fromtimestamp(timestamp, UTC)
    with transaction.atomic():
        remind(accounting_day(now), actor=system("rentals"), call=Call.new(occurred_at=now))
