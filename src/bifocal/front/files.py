"""Who may open a file, and how its bytes are sent: one rule for pages, the API and links."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from bifocal.core.actor import Actor
from bifocal.kernel.billing.models import Invoice
from bifocal.kernel.documents.models import File
from bifocal.kernel.jobs.models import Job
from bifocal.lib.errors import NotFound
from bifocal.projects.register.models import Document
from bifocal.service.visits.models import Visit

SEEN: tuple[Any, ...] = (Job, Visit, Invoice, Document)  # what field people see of their jobs, and its files with it


def file_response(uid: UUID, actor: Actor) -> HttpResponse:
    """A file for the office, whoever attached it, the holder of its paper's link, and field people of its job. Raises NotFound."""
    row: File | None = File.objects.filter(uid=uid).first()
    if row is None or not (actor.sees_all or row.by_key == actor.key or row.subject_uid == actor.link_uid or _on_my_job(actor, row)):
        raise NotFound("There is no such file, or you may not see it.")
    return sent(row)


def sent(row: File) -> HttpResponse:
    """Its bytes: pictures and PDFs are shown in place, anything else is saved."""
    shown = row.media_type.startswith("image/") or row.media_type == "application/pdf"
    how = content_disposition_header(not shown, row.name) or "inline"
    return HttpResponse(row.read(), content_type=row.media_type, headers={"Content-Disposition": how})


def _on_my_job(actor: Actor, row: File) -> bool:
    return any(m.objects.visible_to(actor).filter(uid=row.subject_uid).exists() for m in SEEN if m.kind == row.subject_kind)
