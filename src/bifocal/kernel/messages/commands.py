"""Outbound messages: queued in the command's transaction, sent by the worker."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import formataddr
from uuid import UUID

from django.core.mail import EmailMessage

from bifocal.core.actor import Actor
from bifocal.core.commands import Call
from bifocal.core.facts import record
from bifocal.core.models import Company
from bifocal.core.policy import require
from bifocal.core.subject import Subject
from bifocal.kernel.messages.facts import MessageQueued
from bifocal.kernel.messages.models import Message
from bifocal.lib.errors import DomainError


def send(*, to: str, title: str, body: str, about: Subject, actor: Actor, call: Call, files: list[UUID] | None = None) -> Message:
    """Queue an e-mail about something. It goes out when this transaction has committed."""
    from bifocal.kernel.messages.tasks import deliver_message

    require(actor, "message.send")
    row = Message.objects.create(to=to, title=title, body=body, files=files or [], subject_kind=about.kind, subject_uid=about.uid)
    deliver_message.defer(message_id=row.pk)
    record(MessageQueued(to=to, title=title), about=about, actor=actor, call=call)
    return row


def sender() -> str:
    """Who our letters are from: the company's name and address, the name quoted where it needs to be."""
    company = Company.get()
    return formataddr((company.name, company.email or "office@localhost"))


def transmit(message: Message, attachments: list[tuple[str, bytes, str]]) -> None:
    """Hand one message to the mail server. An error is kept on the row and raised for the queue to try again."""
    mail = EmailMessage(message.title, message.body, sender(), [message.to])
    for name, data, media in attachments:
        mail.attach(name, data, media)
    try:
        mail.send()
    except (OSError, DomainError) as error:
        Message.objects.filter(pk=message.pk).update(status="failed", error=str(error), tries=message.tries + 1)
        raise
    Message.objects.filter(pk=message.pk).update(status="sent", error="", tries=message.tries + 1, sent_at=datetime.now(UTC))
