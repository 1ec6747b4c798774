"""A continuation sheet's table: CSV, XLSX, or one project of a JSON file; columns found by name."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from bifocal.bridges.imports.grid import decode, texts
from bifocal.lib.errors import Invalid

MAX_ROWS = 50_000


@dataclass(frozen=True)
class Table:
    """Rows as text by header, each with its line number in the file."""

    headers: list[str]
    rows: list[tuple[int, dict[str, str]]]


def whole(errors: list[dict[str, object]]) -> None:
    """All or nothing. Raises Invalid with every error where there is one."""
    if errors:
        first = errors[0]
        raise Invalid(
            f"Nothing was imported: {len(errors)} lines have errors. Line {first['line']}: {first['reason']}.", field="file", errors=errors
        )


def read(name: str, data: bytes, *, pick: int = 0) -> Table:
    """Read a file by its kind. `pick` chooses one of several sheets or projects. Raises Invalid in one sentence."""
    if name.lower().endswith(".json"):
        return _json(name, data, pick)
    return _table(name, texts(name, data, pick))


def _table(name: str, grid: list[tuple[int, list[str]]]) -> Table:
    if len(grid) > MAX_ROWS:
        raise Invalid(f"'{name}' has more than {MAX_ROWS:,} rows.", field="file")
    start = next((i for i, (_, row) in enumerate(grid[:20]) if sum(bool(c.strip()) for c in row) >= 3), 0)
    headers = [plain(h) for h in grid[start][1]]
    rows = [(n, {h: c.strip() for h, c in zip(headers, row, strict=False) if h}) for n, row in grid[start + 1 :]]
    return Table(headers, rows)


def _json(name: str, data: bytes, pick: int) -> Table:
    try:
        found = json.loads(decode(data, name), parse_float=str, parse_int=str)
    except (ValueError, RecursionError) as bad:
        raise Invalid(f"'{name}' is not JSON: {bad}.", field="file") from bad
    if isinstance(found, dict) and isinstance(found.get("projects"), list):
        if not 0 <= pick < len(found["projects"]):
            raise Invalid(
                f"'{name}' holds {len(found['projects'])} projects; choose 0 to {len(found['projects']) - 1}.",
                field="pick",
            )
        found = found["projects"][pick]
    lines = found.get("lines", found.get("rows")) if isinstance(found, dict) else found
    if not isinstance(lines, list) or not lines or not all(isinstance(li, Mapping) for li in lines):
        raise Invalid(f"'{name}' has no list of lines.", field="file")
    rows = [(n, {plain(str(k)): "" if v is None else str(v) for k, v in li.items()}) for n, li in enumerate(lines, 1)]
    return Table(list(rows[0][1]), rows)


def plain(header: str) -> str:
    """A header for comparing: lower case, letters, digits and % only."""
    return re.sub(r"[^a-z0-9%]+", " ", header.lower()).strip()


def columns(table: Table, names: Mapping[str, tuple[str, ...]], need: tuple[str, ...]) -> dict[str, str]:
    """Which header holds which field, by name. Raises Invalid naming what is missing and what was there."""
    found: dict[str, str] = {}
    for field, aliases in names.items():
        hit = next((h for a in aliases for h in table.headers if h == a), None)
        if hit is None:
            hit = next(
                (h for a in aliases for h in table.headers if len(a) > 3 and h.startswith(a) and h not in found.values()),
                None,
            )
        if hit is not None:
            found[field] = hit
    missing = [f.replace("_", " ") for f in need if f not in found]
    if missing:
        raise Invalid(
            f"No column for {', '.join(missing)} was found. The file has: {', '.join(h for h in table.headers if h)}.",
            field="file",
        )
    return found
