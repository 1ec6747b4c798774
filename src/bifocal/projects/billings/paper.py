"""The backup of an invoice by cost: our list first, then the vendors' own bills as they came."""

from __future__ import annotations

import io
from uuid import UUID

from bifocal.kernel.documents.models import File
from bifocal.projects.billings.models import PlanInvoice


def with_papers(pdf: bytes, bill: PlanInvoice) -> bytes:
    """The list with the papers of the bills behind it: PDFs as they are, photos on pages of their own."""
    uids = {UUID(str(c.line.entry.source_uid)) for c in bill.costs.select_related("line__entry")}
    return bundle(pdf, list(File.objects.filter(subject_uid__in=uids).order_by("id")))


def bundle(pdf: bytes, files: list[File]) -> bytes:
    """One PDF of a first one and the PDFs among these files, photos each on a page; what is neither is left out."""
    from pypdf import PdfReader, PdfWriter

    papers = [f for f in files if f.media_type == "application/pdf" or f.media_type in ("image/jpeg", "image/png")]
    if not papers:
        return pdf
    out = PdfWriter()
    for data in (pdf, *(f.read() if f.media_type == "application/pdf" else _page(f.read()) for f in papers)):
        out.append(PdfReader(io.BytesIO(data)), import_outline=False)
    done = io.BytesIO()
    out.write(done)
    return done.getvalue()


def _page(photo: bytes) -> bytes:
    """A photo on a page of its own, turned as it was taken."""
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(photo)) as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
        upright.thumbnail((1600, 1600))
        out = io.BytesIO()
        upright.save(out, format="PDF", resolution=200)
    return out.getvalue()
