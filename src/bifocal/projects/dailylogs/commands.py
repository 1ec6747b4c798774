"""Daily logs: written, signed into the chain, amended."""

from __future__ import annotations

from datetime import date as Date
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.documents.models import File
from bifocal.kernel.jobs.models import Job
from bifocal.lib.errors import Invalid, Refused
from bifocal.projects.dailylogs.facts import LogAmended, LogSigned, LogWritten
from bifocal.projects.dailylogs.models import Amendment, DailyLog
from bifocal.projects.dailylogs.rules import BALL, NEXT, SECTIONS, chain_hash, check_manpower, missing_sections
from bifocal.projects.register import commands as register
from bifocal.projects.register.models import Document
from bifocal.projects.register.rules import Sort, check_move


@command("log.write", field_fact=True)
def write_log(*, job: UUID, day: Date, sections: dict[str, Any], actor: Actor, call: Call) -> Document:
    """Write (or go on writing) a day's log: weather, manpower, work, deliveries, visitors, delays, inspections, safety."""
    row: Job = Job.objects.locked(job, actor)
    require(actor, "log.edit")
    unknown = sorted(set(sections) - set(SECTIONS))
    if unknown:
        raise Invalid(f"A log has no section '{unknown[0]}'. It has: {', '.join(SECTIONS)}.", field="sections")
    check_manpower(sections)
    log = DailyLog.objects.filter(job=row, day=day).select_related("document").first()
    if log is None:
        doc = register.draft(job=row, sort=Sort.LOG, title=f"Daily log {day:%a %-d %b %Y}", actor=actor, call=call)
        log = DailyLog(document=doc, job=row, day=day)
        given: dict[str, Any] = {"number": register.number(doc), "opened_at": call.occurred_at}
        register.move(doc, "open", BALL["open"], actor=actor, call=call, **given)
    if log.signed_at:
        raise Refused(f"The log of {day:%-d %B} is signed. Amend it instead.")
    log.sections = {**log.sections, **sections}
    log.save()
    record(LogWritten(day=str(day), sections=sorted(sections)), about=log.document, actor=actor, call=call)
    return log.document


@command("log.sign")
def sign_log(*, log: UUID, name: str, actor: Actor, call: Call) -> Document:
    """Sign a day's log: hashed with its photos and the log signed before it; from now on it never changes."""
    found: Document = Document.objects.filter(sort=Sort.LOG).find(log, actor)
    Job.objects.select_for_update().filter(pk=found.job_id).first()
    doc: Document = Document.objects.locked(log, actor, call)
    require(actor, "log.sign")
    if doc.status == "signed":
        raise Refused("This log is signed already. Amend it instead.")
    check_move(NEXT, doc.status, "signed", doc.number)
    row = doc.log
    missing = missing_sections(row.sections)
    if missing:
        raise Refused(f"The log says nothing about {', '.join(missing)}. Write it, or write 'none'.", field="sections")
    last = DailyLog.objects.filter(job=row.job, seq__isnull=False).order_by("-seq").first()
    previous, seq = (last.sha256, (last.seq or 0) + 1) if last else ("", 1)
    content = content_of(row, name, call.occurred_at)
    digest = chain_hash(content, previous, seq)
    row.content, row.sha256, row.prev_sha256, row.seq = content, digest, previous, seq
    row.signed_by, row.signed_at = name, call.occurred_at
    row.save()
    doc = register.move(doc, "signed", BALL["signed"], actor=actor, call=call, closed_at=call.occurred_at)
    record(LogSigned(day=str(row.day), by=name, seq=seq, sha256=digest), about=doc, actor=actor, call=call)
    return doc


def content_of(row: DailyLog, name: str, at: datetime) -> dict[str, Any]:
    """What the signature covers: job, day, sections, photo hashes, who and when."""
    photos = File.objects.filter(subject_uid=row.document.uid).order_by("sha256").values_list("sha256", flat=True)
    return {
        "job": str(row.job.uid), "day": str(row.day), "sections": row.sections, "photos": list(photos), "signed_by": name,
        "signed_at": at.isoformat(),
    }  # fmt: skip


@command("log.amend")
def amend_log(*, log: UUID, text: str, reason: str, actor: Actor, call: Call) -> Document:
    """Add to a signed log, with the reason; the original stays as it was, a late addition is marked."""
    doc: Document = Document.objects.filter(sort=Sort.LOG).locked(log, actor, call)
    require(actor, "log.sign")
    row = doc.log
    if not row.signed_at:
        raise Refused("This log is not signed yet: just write it.")
    if not text or not reason:
        raise Invalid("Write what is added and why.", field="text")
    zone = ZoneInfo(row.job.branch.tz)
    late = call.occurred_at > datetime.combine(row.day, time(), zone) + timedelta(days=2)
    Amendment.objects.create(log=row, text=text, reason=reason, by=actor.name, at=call.occurred_at, late=late)
    register.move(doc, "signed", BALL["signed"], actor=actor, call=call, reason=reason)
    record(LogAmended(day=str(row.day), reason=reason, late=late), about=doc, actor=actor, call=call)
    return doc
