"""What speaks for a change event: the papers around it, what was said, worked, photographed, written to whom, and spent."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from bifocal.core.models import Fact
from bifocal.kernel.costs.queries import cost_lines
from bifocal.kernel.documents.models import File
from bifocal.kernel.messages.models import Message
from bifocal.projects.dailylogs.models import DailyLog
from bifocal.projects.register.models import Document
from bifocal.projects.register.rules import Sort
from bifocal.projects.tickets.models import Ticket


def around(doc: Document) -> list[Document]:
    """The event's papers: linked either way, its owner's change with what it was grouped into and what stayed disputed, its tickets."""
    row = doc.change_event
    found = Document.objects.filter(links_in__source=doc) | Document.objects.filter(links_out__target=doc)
    ids = set(found.values_list("pk", flat=True)) | set(row.tickets.values_list("pk", flat=True))
    order = row.owner_change
    while order is not None:
        ids |= {order.pk, *order.disputed.values_list("pk", flat=True)}
        reversal = Document.objects.filter(change_order__reverses=order).values_list("pk", flat=True)
        ids |= set(reversal)
        order = order.change_order.group
    rows = Document.objects.filter(pk__in=ids - {doc.pk}).select_related("job__branch", "job__customer", "job__site")
    return list(rows.order_by("opened_at", "id"))


def tickets(doc: Document) -> list[Ticket]:
    """Its tickets by day."""
    return list(
        Ticket.objects.filter(event=doc.pk).exclude(document__status="void").select_related("document__job__branch").order_by("day", "pk")
    )


def days(doc: Document) -> set[date]:
    """The days the event speaks of: when it happened, and every day of a ticket."""
    return {doc.change_event.happened, *(t.day for t in tickets(doc))}


def logs(doc: Document) -> list[DailyLog]:
    """The daily logs of those days, and those that are linked."""
    linked = [d.pk for d in around(doc) if d.sort == Sort.LOG]
    found = DailyLog.objects.filter(job=doc.job_id, day__in=days(doc)) | DailyLog.objects.filter(pk__in=linked)
    return list(found.distinct().select_related("document").order_by("day"))


def subjects(doc: Document) -> list[UUID]:
    """Every record that a file, a letter or a fact may be about."""
    quotes = doc.change_event.lines.values_list("requests__uid", flat=True)
    return [doc.uid, *(d.uid for d in around(doc)), *(log.document.uid for log in logs(doc)), *(q for q in quotes if q)]


def files(doc: Document) -> list[File]:
    """Photos and papers of all of them."""
    return list(File.objects.filter(subject_uid__in=subjects(doc)).order_by("taken_at", "id"))


def letters(doc: Document) -> list[Message]:
    """What was written to whom, by mail."""
    return list(Message.objects.filter(subject_uid__in=subjects(doc)).order_by("id"))


def facts(doc: Document) -> list[Fact]:
    """What happened, in order, to the event and the papers around it (not every line of a daily log)."""
    about = [doc.uid, *(d.uid for d in around(doc))]
    return list(
        Fact.objects.filter(subject_uid__in=about).exclude(name__in=("MessageQueued", "FileAttached")).order_by("occurred_at", "id")
    )


def spent(doc: Document) -> list[dict[str, Any]]:
    """The postings on the event's own code."""
    code = doc.change_event.code
    return [r for r in cost_lines(doc.job) if code is not None and r["cost_code"] == code.code]
