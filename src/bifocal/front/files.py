"""Who may open a file, and how its bytes are sent: one rule for pages, the API and links."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from bifocal.core.actor import Actor
from bifocal.core.models import find_subject
from bifocal.core.subject import Subject
from bifocal.kernel.documents.models import File
from bifocal.lib.errors import DomainError, NotFound


def file_response(uid: UUID, actor: Actor) -> HttpResponse:
    """A file for the office, whoever attached it, and whoever sees what it is about. Raises NotFound."""
    row: File | None = File.objects.filter(uid=uid).first()
    if row is None or not (actor.sees_all or row.by_key == actor.key or _sees_its_subject(actor, row)):
        raise NotFound("There is no such file, or you may not see it.")
    return sent(row)


def sent(row: File) -> HttpResponse:
    """Its bytes: pictures and PDFs are shown in place, anything else is saved."""
    shown = row.media_type.startswith("image/") or row.media_type == "application/pdf"
    how = content_disposition_header(not shown, row.name) or "inline"
    return HttpResponse(row.read(), content_type=row.media_type, headers={"Content-Disposition": how})


def _sees_its_subject(actor: Actor, row: File) -> bool:
    try:
        find_subject(Subject(row.subject_kind, row.subject_uid), actor)
    except DomainError:
        return False
    return True
