"""Who is reminded today: approvers of change orders, and project managers of notices that are due."""

from __future__ import annotations

from datetime import date, datetime

from bifocal.core.actor import system
from bifocal.core.commands import Call, execute
from bifocal.core.days import accounting_day
from bifocal.projects.events.models import ChangeEvent, Reminder
from bifocal.projects.events.queries import LIVE
from bifocal.projects.events.rules import ANSWER_MARKS, NOTICE_MARKS, remind_today
from bifocal.projects.register.models import Document, Seat
from bifocal.projects.register.rules import Asked, Sort


def send_reminders(now: datetime) -> int:
    """Send what is due today, each once a day however often this runs. Returns how many went out."""
    return _answers(now) + _notices(now)


def _answers(now: datetime) -> int:
    sent = 0
    found = Seat.objects.filter(document__sort=Sort.CHANGE, document__status="in_review", state=Asked.ASKED, due__isnull=False)
    for seat in found.select_related("document__job__branch"):
        doc, today = seat.document, accounting_day(now, seat.document.job.branch)
        if (
            seat.revision == doc.revision
            and seat.due
            and remind_today(seat.due, today, ANSWER_MARKS)
            and _first(doc, f"seat:{seat.uid}", today)
        ):
            execute("change.remind", {"change": str(doc.uid), "seat": str(seat.uid)}, actor=system("reminders"), call=Call.new())
            sent += 1
    return sent


def _notices(now: datetime) -> int:
    sent = 0
    found = ChangeEvent.objects.filter(document__status__in=LIVE, notice_due__isnull=False, notice_given=None)
    for event in found.select_related("document__job__branch"):
        doc, today = event.document, accounting_day(now, event.document.job.branch)
        if event.notice_due and remind_today(event.notice_due, today, NOTICE_MARKS) and _first(doc, "notice", today):
            execute("event.remind", {"event": str(doc.uid)}, actor=system("reminders"), call=Call.new())
            sent += 1
    return sent


def _first(doc: Document, what: str, day: date) -> bool:
    """True for whoever asks first on this day; the row is the lock."""
    return bool(Reminder.objects.get_or_create(document=doc, what=what, day=day)[1])
