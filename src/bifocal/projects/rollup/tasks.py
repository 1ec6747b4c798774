"""The chasers, by the worker."""

from __future__ import annotations

from datetime import UTC, datetime

from procrastinate.contrib.django import app


@app.periodic(cron="41 * * * *")
@app.task(name="rollup.chase", queueing_lock="chase")
def chase_for_pay_run(timestamp: int) -> None:
    """Look every hour whose check is held before the next pay run: each chaser goes out once, by the head office's clock."""
    from django.db import transaction

    from bifocal.core.actor import system
    from bifocal.core.call import Call
    from bifocal.core.days import accounting_day
    from bifocal.projects.rollup.commands import chase

    now = datetime.fromtimestamp(timestamp, UTC)
    with transaction.atomic():
        chase(accounting_day(now), actor=system("pay run"), call=Call.new(occurred_at=now))
