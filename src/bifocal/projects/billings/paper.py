"""The backup of an invoice by cost: our list first, then the vendors' own bills as they came."""

from __future__ import annotations

import io
from collections.abc import Sequence
from uuid import UUID

from bifocal.kernel.documents.models import File
from bifocal.projects.billings.models import PlanInvoice


def with_papers(pdf: bytes, bill: PlanInvoice) -> bytes:
    """The list with the papers of the bills behind it: PDFs as they are, photos on pages of their own."""
    uids = {UUID(str(c.line.entry.source_uid)) for c in bill.costs.select_related("line__entry")}
    return bundle(pdf, list(File.objects.filter(subject_uid__in=uids).order_by("id")))


def bundle(pdf: bytes, files: Sequence[File | bytes]) -> bytes:
    """One PDF of a first one and what follows: PDFs as they are, photos each on a page; a file that is neither is left out."""
    from pypdf import PdfReader, PdfWriter

    papers = [f if isinstance(f, bytes) else _as_pdf(f) for f in files]
    if not any(papers):
        return pdf
    out = PdfWriter()
    for data in (pdf, *(p for p in papers if p)):
        out.append(PdfReader(io.BytesIO(data)), import_outline=False)
    done = io.BytesIO()
    out.write(done)
    return done.getvalue()


def _as_pdf(file: File) -> bytes:
    """A file as PDF; nothing where it is neither PDF nor picture."""
    if file.media_type == "application/pdf":
        return file.read()
    return _page(file.read()) if file.media_type.startswith("image/") else b""


def _page(photo: bytes) -> bytes:
    """A photo on a page of its own, turned as it was taken."""
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(photo)) as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
        upright.thumbnail((1600, 1600))
        out = io.BytesIO()
        upright.save(out, format="PDF", resolution=200)
    return out.getvalue()
