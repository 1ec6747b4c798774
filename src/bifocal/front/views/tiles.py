"""The company's own map tiles, by setting: an address of pictures, or one PMTiles file (here or at an address). None by default."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from bifocal.core.actor import Actor
from bifocal.front.views.frame import page
from bifocal.lib.errors import NotFound

_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
PIECE = 1 << 16


def tiles() -> dict[str, str]:
    """What lies under the map: kind (raster, pmtiles or none), where it comes from, whom to credit."""
    at = settings.MAP_TILES
    if not at:
        return {"kind": "", "url": "", "credit": ""}
    kind = "pmtiles" if at.split("?")[0].endswith(".pmtiles") else "raster"
    return {"kind": kind, "url": at if "://" in at else "/map/tiles.pmtiles", "credit": settings.MAP_CREDIT}


def origin() -> str:
    """Where tiles come from, for the content security policy; '' where they are our own or none are set."""
    parts = urlsplit(settings.MAP_TILES)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") else ""


@page
def tiles_file(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """The PMTiles file of the setting, piece by piece: its readers ask for ranges."""
    path = Path(settings.MAP_TILES or "none")
    if not actor.sees_all or "://" in settings.MAP_TILES or not path.is_file():
        raise NotFound("No map is set up. Set BIFOCAL_MAP_TILES to a PMTiles file.")
    size = path.stat().st_size
    asked = _RANGE.fullmatch(request.headers.get("Range", ""))
    first = int(asked[1]) if asked else 0
    last = min(int(asked[2]), size - 1) if asked and asked[2] else size - 1
    if first > last:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    headers = {"Accept-Ranges": "bytes", "Content-Length": str(last - first + 1), "Cache-Control": "private, max-age=86400"}
    if asked:
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    body = _pieces(path, first, last + 1 - first)
    return StreamingHttpResponse(body, status=206 if asked else 200, content_type="application/octet-stream", headers=headers)


def _pieces(path: Path, first: int, length: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(first)
        while length > 0 and (piece := file.read(min(PIECE, length))):
            length -= len(piece)
            yield piece
