"""Somebody else's XLSX form: what its cells say, and our figures in it, their formatting and formulas kept."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bifocal.lib.errors import Invalid, Refused

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet


def opened(data: bytes) -> Workbook:
    """The workbook. Raises Invalid for what is none."""
    from openpyxl import load_workbook  # 30 MB that the server does not start with

    try:
        return load_workbook(io.BytesIO(data))
    except Exception as bad:  # openpyxl raises what zipfile, xml and its own parsers raise
        raise Invalid("This is not an XLSX workbook. Save the form as .xlsx and send it again.", field="content") from bad


def lost(data: bytes) -> str:
    """What of a workbook is not kept when it is filled: charts and drawn shapes; '' where nothing is lost."""
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    found = [
        w
        for w, part in (("charts", "xl/charts/"), ("macros", "vbaProject"), ("form controls", "xl/ctrlProps/"))
        if any(part in n for n in names)
    ]
    return f"{' and '.join(found)} of their file are not kept" if found else ""


def texts(book: Workbook, sheet: str = "") -> tuple[str, list[list[str]]]:
    """The texts of a sheet from A1 on, the first sheet where none is named."""
    page = _page(book, sheet)
    rows = [["" if c is None else str(c) for c in row] for row in page.iter_rows(max_row=120, max_col=40, values_only=True)]
    return page.title, rows


def _page(book: Workbook, sheet: str) -> Worksheet:
    if sheet and sheet not in book.sheetnames:
        raise Invalid(f"The workbook has no sheet '{sheet}'. It has: {', '.join(book.sheetnames)}.", field="sheet")
    found: Worksheet = book[sheet] if sheet else book.worksheets[0]
    return found


def fill(
    data: bytes, *, sheet: str, cells: Mapping[str, str], columns: Mapping[str, str], first: int, last: int, head: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]],
) -> bytes:  # fmt: skip
    """Their workbook with our values in the mapped cells. A formula is never overwritten: theirs computes, ours would go stale.

    A line goes to the row whose item column says its item; a form without items takes them in order. Raises Refused where a line finds
    no row, or where the cell for this period's work or stored material holds a formula.
    """
    book = opened(data)
    page = _page(book, sheet)
    for field, cell in cells.items():
        if field in head:
            _put(page, cell, head[field])
    for row, line in _placed(page, columns, first, last, lines):
        for field, column in columns.items():
            if not _put(page, f"{column}{row}", line[field]) and field in ("E", "F"):
                raise Refused(f"Cell {column}{row} of their form holds a formula: column {field} can't be written there. Map it anew.")
    if book.calculation is not None:
        book.calculation.fullCalcOnLoad = True
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _placed(
    page: Worksheet, columns: Mapping[str, str], first: int, last: int, lines: Sequence[Mapping[str, Any]]
) -> list[tuple[int, Mapping[str, Any]]]:
    """Each line with its row."""
    at = columns.get("item")
    theirs = {str(page[f"{at}{n}"].value).strip(): n for n in range(first, last + 1) if page[f"{at}{n}"].value is not None} if at else {}
    if not theirs:
        if len(lines) > last - first + 1:
            raise Refused(f"Their form has {last - first + 1} rows for lines, the application has {len(lines)}. Map more rows.")
        return list(zip(range(first, last + 1), lines, strict=False))
    free = [n for n in range(first, last + 1) if page[f"{at}{n}"].value is None]
    out = []
    for line in lines:
        row = theirs.get(str(line["item"])) or (free.pop(0) if free else None)
        if row is None:
            raise Refused(f"Item {line['item']} has no row on their form, and no row is free. Map more rows.")
        out.append((row, line))
    return out


def _put(page: Worksheet, at: str, value: Any) -> bool:
    """Write a value where no formula is; in a merged range its first cell. Returns whether it stands there now."""
    for merged in page.merged_cells.ranges:
        if at in merged:
            at = merged.start_cell.coordinate
            break
    cell = page[at]
    if cell.data_type == "f":
        return False
    cell.value = value
    return True
