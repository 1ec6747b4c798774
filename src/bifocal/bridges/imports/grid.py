"""Any table of other people as rows of cells with their line numbers: CSV in every encoding and separator, XLSX, XLS, ODS, JSON.

The one reader of files, for the assessment and for every import.
A cell is text as written, or the value that a spreadsheet kept (number, date, time, duration). Nothing is guessed here.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass

from bifocal.bridges.imports.objects import table
from bifocal.bridges.imports.rules_cells import Cell
from bifocal.lib.errors import Invalid

Row = tuple[int, list[Cell]]
SEPARATORS = ";\t,|"
MAX_BYTES, MAX_ROWS = 200 * 1024 * 1024, 1_000_000


@dataclass(frozen=True)
class Grid:
    """One sheet: its name ('' for CSV) and its rows that are not blank, each with its line in the file (from 1)."""

    name: str
    rows: list[Row]


def grids(name: str, data: bytes, sheet: str | int = "") -> list[Grid]:
    """Every sheet of a file, or one by its name or place, by its content, whatever it is called. Raises Invalid in one sentence."""
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise Invalid(f"'{name}' is empty.", field="file")
    if len(data) > MAX_BYTES:
        raise Invalid(f"'{name}' is larger than {MAX_BYTES // 1024 // 1024} MB; split it, or export a shorter period.", field="file")
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:4] == b"PK\x03\x04" or head[:4] == b"\xd0\xcf\x11\xe0":
        return _book(name, data, sheet)
    if head[:1] == b"<":
        raise Invalid(
            f"'{name}' is a web page or XML, whatever its name says. Open it in a spreadsheet and save it as XLSX or CSV.", field="file"
        )
    if head[:4] in (b"%PDF", b"\x89PNG", b"\x1f\x8b\x08\x00", b"{\\rt") or head[:2] in (b"\xff\xd8", b"\x1f\x8b"):
        raise Invalid(f"'{name}' is not a table. Export it as CSV or XLSX.", field="file")
    if name.lower().endswith(".json") or head[:1] == b"{" or head[:2] == b"[{":
        return [Grid("", [(n, list[Cell](cells)) for n, cells in table(name, decode(data, name))])]
    return [Grid("", _csv(name, data))]


def texts(name: str, data: bytes, sheet: int = 0) -> list[tuple[int, list[str]]]:
    """One sheet, every cell as text: whole numbers without decimals, dates ISO, yes and no. Raises Invalid in one sentence."""
    return [(line, [text(c) for c in cells]) for line, cells in grids(name, data, sheet)[0].rows]


def text(cell: Cell) -> str:
    """A cell as it would be typed."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return str(int(cell)) if cell == int(cell) else f"{cell:.10f}".rstrip("0").rstrip(".") if abs(cell) < 1e12 else str(cell)
    return "" if cell is None else str(cell)


def _book(name: str, data: bytes, sheet: str | int) -> list[Grid]:
    from python_calamine import CalamineError, load_workbook

    try:
        book = load_workbook(io.BytesIO(data))
        found = [Grid(n, _filled(book.get_sheet_by_name(n))) for n in _wanted(name, book.sheet_names, sheet)]
    except Invalid:
        raise
    except (CalamineError, OSError, ValueError, KeyError) as bad:
        locked = "password" in str(bad).lower() or "encrypt" in str(bad).lower()
        raise Invalid(
            f"'{name}' is locked by a password." if locked else f"'{name}' can't be opened as a spreadsheet.", field="file"
        ) from bad
    found = [g for g in found if g.rows]
    if not found:
        raise Invalid(f"'{name}' is empty.", field="file")
    return found


def _wanted(name: str, there: list[str], sheet: str | int) -> list[str]:
    """The names of the sheets to read. Raises Invalid naming what is there."""
    if isinstance(sheet, int):
        if not 0 <= sheet < len(there):
            raise Invalid(f"'{name}' has {len(there)} sheets, counted from 0; there is no sheet {sheet}.", field="pick")
        return [there[sheet]]
    if sheet and sheet not in there:
        raise Invalid(f"'{name}' has no sheet '{sheet}'. It has: {', '.join(there)}.", field="sheet")
    return [sheet] if sheet else there


def _filled(sheet: object) -> list[Row]:
    rows = sheet.to_python(skip_empty_area=False)  # type: ignore[attr-defined]
    return [(n, row) for n, row in enumerate(rows, 1) if any(c not in ("", None) and str(c).strip() for c in row)]


def decode(data: bytes, name: str = "The file") -> str:
    """Text by its byte order mark, else UTF-8, else UTF-16 by its zero bytes, else Windows-1252. Raises Invalid on binary data."""
    head = data[:4000]
    zeros = head.count(0)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = data.decode("utf-16", errors="replace")
    elif zeros > len(head) * 0.3:
        text = data.decode("utf-16-be" if head[::2].count(0) > zeros / 2 else "utf-16-le", errors="replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("cp1252", errors="replace")
    sample = text[:4000]
    if sum(not c.isprintable() and c not in "\t\r\n\f\xa0\u202f\ufeff" for c in sample) > len(sample) / 100:
        raise Invalid(f"'{name}' is not a table. Export it as CSV or XLSX.", field="file")
    return text.replace("\x00", "")


def _csv(name: str, data: bytes) -> list[Row]:
    text = decode(data, name)
    first = 1
    separator = ""
    if text[:4].lower() == "sep=":  # Excel's own hint
        line, _, text = text.partition("\n")
        separator, first = line.strip()[4:5] or "\t", 2
    rows: list[Row] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator or separator_of(text))
    at = 0
    try:
        for cells in reader:
            if any(c and not c.isspace() for c in cells):
                rows.append((at + first, cells))  # type: ignore[arg-type]
            at = reader.line_num
            if len(rows) > MAX_ROWS:
                raise Invalid(f"'{name}' has more than {MAX_ROWS:,} rows; split it, or export a shorter period.", field="file")
    except csv.Error as bad:
        raise Invalid(
            f"'{name}' can't be read as a table at line {at + first}: {bad}. A quotation mark may be missing.", field="file"
        ) from bad
    return rows


def separator_of(text: str) -> str:
    """The separator under which most rows have the same number of cells, and the more cells the better."""
    lines = [li for li in text[:200_000].splitlines() if li.strip()][:200]
    if lines and not any(s in lines[0] for s in SEPARATORS) and not any(c.isdigit() for c in lines[0]):
        wide = [li for li in lines[1:] if sum(map(li.count, ";\t|")) or li.count(",") > 1]
        if len(wide) * 2 < len(lines):
            return "\x1f"  # one column under one heading: the commas are decimals
    best, score = ",", 0.0
    for candidate in SEPARATORS:
        try:
            rows = list(csv.reader(lines, delimiter=candidate))
        except csv.Error:
            continue
        counts = Counter(map(len, rows))
        cells, often = max(((c, n) for c, n in counts.items() if c > 1), key=lambda cn: (cn[1], cn[0]), default=(1, 0))
        headed = any(len(r) == cells and not any(ch.isdigit() for c in r for ch in c) for r in rows[:40])
        if cells > 1 and (found := often / len(lines) * min(cells, 30) * (1 + 3 * headed)) > score:
            best, score = candidate, found
    return best
