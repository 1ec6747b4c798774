"""What may be stored: by content, not by what the upload calls itself."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, UnidentifiedImageError

from bifocal.lib.errors import Invalid

OURS = {"backup", "form", "history", "paper", "waiver"}  # sorts that later steps trust: only the command that makes such a file writes them
MAX_BYTES = 25 * 1024 * 1024
_IMAGES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}


def media_type_of(data: bytes, name: str) -> str:
    """The media type found in the bytes. Raises Invalid for what is too big, empty, or neither picture, PDF nor text."""
    if not data:
        raise Invalid(f"'{name}' is empty.", field="file")
    if len(data) > MAX_BYTES:
        raise Invalid(f"'{name}' is larger than 25 MB. Make it smaller and send it again.", field="file")
    if data.startswith(b"%PDF-"):
        return "application/pdf"
    try:
        with Image.open(BytesIO(data)) as image:
            if image.width * image.height > 100_000_000:
                raise Invalid(f"'{name}' has too many pixels (over 100 million).", field="file")
            image.verify()
            found = _IMAGES.get(image.format or "")
    except Image.DecompressionBombError:
        raise Invalid(f"'{name}' has too many pixels (over 100 million).", field="file") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        found = None
    if found:
        return found
    if data.startswith(b"PK\x03\x04") and name.lower().endswith((".xlsx", ".docx")):
        return "application/octet-stream"
    if b"\x00" not in data[:4096]:
        return "text/plain"
    raise Invalid(f"'{name}' is not a picture, PDF, text or spreadsheet.", field="file")
