"""Reading other people's tables: CSV, XLSX, JSON; columns found by name; errors by line."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bifocal.lib.errors import Invalid

MAX_ROWS = 50_000


@dataclass(frozen=True)
class Table:
    """Rows as text by header, each with its line number in the file."""

    headers: list[str]
    rows: list[tuple[int, dict[str, str]]]


def read(name: str, data: bytes, *, pick: int = 0) -> Table:
    """Read a file by its kind. `pick` chooses one of several sheets or projects. Raises Invalid in one sentence."""
    low = name.lower()
    if low.endswith(".json"):
        return _json(name, data, pick)
    if low.endswith((".xlsx", ".xlsm", ".xls", ".ods")):
        return _sheet(name, data, pick)
    if low.endswith((".csv", ".txt", ".tsv")):
        return _csv(name, data)
    raise Invalid(f"'{name}' is not a CSV, XLSX or JSON file.", field="file")


def text_of(data: bytes) -> str:
    """Decode as UTF-8 (with or without its mark), else UTF-16 by its mark, else Windows-1252."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _csv(name: str, data: bytes) -> Table:
    text = text_of(data)
    if "\x00" in text:
        raise Invalid(f"'{name}' is not a text file.", field="file")
    first = text.split("\n", 1)[0]
    sep = max(",;\t", key=first.count)
    try:
        grid = [(n, row) for n, row in enumerate(csv.reader(io.StringIO(text), delimiter=sep), 1)]
    except csv.Error as bad:
        raise Invalid(f"'{name}' can't be read as a table: {bad}.", field="file") from bad
    return _table(name, grid)


def _sheet(name: str, data: bytes, pick: int) -> Table:
    from python_calamine import CalamineError, load_workbook

    try:
        book = load_workbook(io.BytesIO(data))
        rows = book.get_sheet_by_index(pick).to_python()
    except (CalamineError, OSError, IndexError, ValueError) as bad:
        raise Invalid(f"'{name}' can't be opened as a spreadsheet.", field="file") from bad
    return _table(name, [(n, [_cell(c) for c in row]) for n, row in enumerate(rows, 1)])


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return repr(round(value, 6)) if value != int(value) else str(int(value))
    return "" if value is None else str(value)


def _table(name: str, grid: list[tuple[int, list[str]]]) -> Table:
    filled = [(n, row) for n, row in grid if any(c.strip() for c in row)]
    if not filled:
        raise Invalid(f"'{name}' is empty.", field="file")
    if len(filled) > MAX_ROWS:
        raise Invalid(f"'{name}' has more than {MAX_ROWS:,} rows.", field="file")
    start = next((i for i, (_, row) in enumerate(filled[:20]) if sum(bool(c.strip()) for c in row) >= 3), 0)
    headers = [plain(h) for h in filled[start][1]]
    rows = [(n, {h: c.strip() for h, c in zip(headers, row, strict=False) if h}) for n, row in filled[start + 1 :]]
    return Table(headers, rows)


def _json(name: str, data: bytes, pick: int) -> Table:
    try:
        found = json.loads(text_of(data), parse_float=str, parse_int=str)
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
