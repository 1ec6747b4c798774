"""Paper: US letter PDFs by typst, with the company's letterhead (ADR 0004)."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bifocal.core.models import Company
from bifocal.kernel.documents.models import File, path_of

TEMPLATES = Path(__file__).parent / "paper"
PRINTABLE = {"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif"}
MOST_PHOTOS = 12  # the rest are named with their hashes


def render(template: str, data: dict[str, Any], photos: Sequence[File] = (), most: int = MOST_PHOTOS) -> bytes:
    """A PDF of `paper/<template>.typ` over plain data, with the first photos. Values are data to typst, never markup."""
    company = Company.get()
    head = {
        "name": company.name, "address": company.address, "phone": company.phone, "email": company.email,
        "license": company.license, "logo": bool(company.logo_sha256),
    }  # fmt: skip
    import typst  # 20 MB that only a process which prints needs

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for source in TEMPLATES.glob("*.typ"):
            (root / source.name).write_text(source.read_text())
        shown = [f for f in photos if f.media_type in PRINTABLE][:most]
        names = [f"photo-{n}{PRINTABLE[f.media_type]}" for n, f in enumerate(shown)]
        for name, photo in zip(names, shown, strict=True):
            (root / name).write_bytes(photo.read())
        data = {**data, "photos": [{"file": n, "name": f.name} for n, f in zip(names, shown, strict=True)]}
        (root / "data.json").write_text(json.dumps({**data, "company": head}, default=str))
        if company.logo_sha256:
            (root / "logo.png").write_bytes(path_of(company.logo_sha256).read_bytes())
        pdf: bytes = typst.compile(str(root / f"{template}.typ"), root=str(root))
    return pdf
