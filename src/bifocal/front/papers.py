"""Which paper a document prints on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bifocal.kernel.documents.models import File
from bifocal.kernel.documents.paper import render
from bifocal.projects.changes import commands as changes
from bifocal.projects.dailylogs import paper as dailylogs
from bifocal.projects.punch import paper as punch
from bifocal.projects.register.models import Document
from bifocal.projects.register.rules import Sort
from bifocal.projects.rfis import paper as rfis
from bifocal.projects.submittals import paper as submittals

PAPER: Mapping[Sort, tuple[str, Callable[[Document], dict[str, Any]]]] = {
    Sort.RFI: ("rfi", rfis.paper_data),
    Sort.SUBMITTAL: ("submittal", submittals.paper_data),
    Sort.CHANGE: ("change_order", changes.paper_data),
    Sort.LOG: ("daily_log", dailylogs.paper_data),
    Sort.PUNCH: ("punch", punch.paper_data),
}


def document_pdf(doc: Document) -> bytes:
    """The document as it stands, on US letter with the letterhead."""
    template, data = PAPER[Sort(doc.sort)]
    return render(template, data(doc), list(File.objects.filter(subject_uid=doc.uid).order_by("id")))
