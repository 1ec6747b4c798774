"""Sending, by the worker."""

from __future__ import annotations

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from bifocal.kernel.messages.commands import transmit
from bifocal.kernel.messages.models import Message


@app.task(name="messages.deliver", retry=RetryStrategy(max_attempts=6, exponential_wait=5))
def deliver_message(*, message_id: int) -> None:
    """Send one queued message, once."""
    message = Message.objects.get(pk=message_id)
    if message.status != "sent":
        transmit(message, _attachments(message))


def _attachments(message: Message) -> list[tuple[str, bytes, str]]:
    from django.apps import apps

    kept = apps.get_model("documents", "File")
    return [(f.name, f.read(), f.media_type) for f in kept.objects.filter(uid__in=message.files)]
