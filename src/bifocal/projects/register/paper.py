"""What every paper of the spine shows; each module adds its own."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from bifocal.kernel.documents.models import File
from bifocal.projects.register.models import Document


def common(doc: Document) -> dict[str, Any]:
    """Number, parties, dates, responses and files of a document, as plain text for typst."""
    zone = ZoneInfo(doc.job.branch.tz)

    def at(when: Any) -> str:
        return f"{when.astimezone(zone):%b %-d, %Y %-I:%M %p}" if when else ""

    return {
        "number": doc.number or "Draft",
        "revision": doc.revision,
        "title": doc.title,
        "body": doc.body,
        "status": doc.status.replace("_", " "),
        "job": f"{doc.job.number} {doc.job.title}",
        "customer": doc.job.customer.name,
        "site": doc.job.site.one_line,
        "creator": doc.creator,
        "manager": doc.manager.name if doc.manager else "",
        "location": doc.location,
        "reference": doc.reference,
        "spec_section": doc.spec_section,
        "due": f"{doc.due:%b %-d, %Y}" if doc.due else "",
        "opened": at(doc.opened_at),
        "closed": at(doc.closed_at),
        "ball": doc.ball_name,
        "asked": [
            {"name": s.name, "step": str(s.step), "state": s.state, "required": s.required, "due": f"{s.due:%b %-d, %Y}" if s.due else ""}
            for s in doc.seats.filter(revision=doc.revision).select_related("contact", "person")
        ],
        "responses": [
            {"by": r.by, "at": at(r.at), "code": r.code.replace("_", " "), "text": r.text, "official": r.official, "step": str(r.step)}
            for r in doc.responses.filter(revision=doc.revision)
        ],
        "files": [{"name": f.name, "sha256": f.sha256} for f in File.objects.filter(subject_uid=doc.uid).order_by("id")],
        "distribution": ", ".join(doc.distribution),
    }
