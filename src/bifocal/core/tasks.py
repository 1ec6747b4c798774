"""Background work of the mechanics."""

from __future__ import annotations

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from bifocal.core.facts import deliver_now


@app.task(name="core.deliver", retry=RetryStrategy(max_attempts=8, exponential_wait=3))
def deliver(*, delivery_id: int) -> None:
    """Hand one fact to one subscriber."""
    deliver_now(delivery_id)


@app.periodic(cron="17 3 * * *")
@app.task(name="core.forget_requests", pass_context=False)
def forget_requests(timestamp: int) -> None:
    """Answers to requests are kept 90 days (decision 2), refusals a year."""
    from datetime import UTC, datetime, timedelta

    from bifocal.core.models import Refusal, Request

    now = datetime.fromtimestamp(timestamp, UTC)
    Request.objects.filter(received_at__lt=now - timedelta(days=90)).delete()
    Refusal.objects.filter(at__lt=now - timedelta(days=365)).delete()
