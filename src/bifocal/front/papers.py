"""Which paper a document prints on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bifocal.kernel.documents.models import File
from bifocal.kernel.documents.paper import render
from bifocal.projects.changes import queries as changes
from bifocal.projects.dailylogs import paper as dailylogs
from bifocal.projects.evidence import paper as evidence
from bifocal.projects.evidence import queries as evidence_files
from bifocal.projects.punch import paper as punch
from bifocal.projects.register.models import Document
from bifocal.projects.register.rules import Sort
from bifocal.projects.rfis import paper as rfis
from bifocal.projects.submittals import paper as submittals
from bifocal.projects.tickets import paper as tickets

PAPER: Mapping[Sort, tuple[str, Callable[[Document], dict[str, Any]]]] = {
    Sort.RFI: ("rfi", rfis.paper_data),
    Sort.SUBMITTAL: ("submittal", submittals.paper_data),
    Sort.CHANGE: ("change_order", changes.paper_data),
    Sort.POTENTIAL: ("change_order", changes.paper_data),
    Sort.REQUEST: ("change_order", changes.paper_data),
    Sort.LOG: ("daily_log", dailylogs.paper_data),
    Sort.PUNCH: ("punch", punch.paper_data),
    Sort.TICKET: ("tm_ticket", tickets.paper_data),
    Sort.EVENT: ("evidence", lambda doc: evidence.paper_data(doc, with_cost=False)),
}
EVIDENCE_PHOTOS = 40


def document_pdf(doc: Document) -> bytes:
    """The document as it stands, on US letter with the letterhead. An event prints its evidence, without our cost."""
    if doc.sort == Sort.EVENT:
        return evidence_pdf(doc, with_cost=False)
    template, data = PAPER[Sort(doc.sort)]
    return render(template, data(doc), list(File.objects.filter(subject_uid=doc.uid).order_by("id")))


def evidence_pdf(doc: Document, *, with_cost: bool) -> bytes:
    """Everything that speaks for a change event, in one PDF with its photos."""
    return render("evidence", evidence.paper_data(doc, with_cost), evidence_files.files(doc), most=EVIDENCE_PHOTOS)
