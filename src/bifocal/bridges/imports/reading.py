"""Any table as rows by field: finds the header (also of two merged rows) and the totals at the foot."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bifocal.bridges.imports.grid import texts
from bifocal.bridges.imports.kinds import Column, Kind
from bifocal.bridges.imports.sheets import plain as bare
from bifocal.lib.errors import Invalid

MAX_ROWS = 200_000
NONE = "-"  # a field that is to be left out, whatever the columns are called
LOOKED_AT = 25  # rows among which the header may be
Grid = list[tuple[int, list[str]]]
_TOTAL = re.compile(r"^(grand |sub ?|report )?totals?( (for|of) .*)?:?$", re.IGNORECASE)


@dataclass(frozen=True)
class How:
    """How a file's columns and words are to be read: field → header (or '=constant'), field → word → value."""

    columns: Mapping[str, str] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)  # a preset's: used where the file has them
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    group: str = ""
    dates: str = "auto"


@dataclass
class Read:
    """A file by field: each row with its line, as a spreadsheet program numbers it."""

    rows: list[tuple[int, dict[str, str]]]
    columns: dict[str, str]
    unused: list[str]
    left_out: list[dict[str, Any]] = field(default_factory=list)


def read_table(name: str, data: bytes, kind: Kind, how: How, *, pick: int = 0) -> Read:
    """Read a CSV, XLSX or JSON file for a kind. Raises Invalid in one sentence for an unusable file."""
    grid = texts(name, data, pick)
    if len(grid) > MAX_ROWS:
        raise Invalid(f"'{name}' has more than {MAX_ROWS:,} rows. Split it.", field="file")
    last, names = _header(grid, kind, how)
    found = _chosen(names, kind, how)
    lost = [h for f, h in how.columns.items() if f not in found and h != NONE]
    if lost:
        raise Invalid(f"The mapping names the column '{lost[0]}', but '{name}' has none of that name.", field="mapping")
    missing = [c.name for c in kind.columns if c.required and c.name not in found]
    if missing:
        there = ", ".join(n[0] for n in names if n and n[0])
        raise Invalid(
            f"No column for {' or '.join(m.replace('_', ' ') for m in missing)} was found in '{name}'. It has: {there}."
            " Rename the column, or say in a mapping which one it is.", field="columns",
        )  # fmt: skip
    shown = {f: (names[at][0] if isinstance(at, int) else at) for f, at in found.items()}
    unused = [n[0] for i, n in enumerate(names) if n and n[0] and i not in found.values()]
    out = Read([], shown, unused)
    _body(grid[last + 1 :], grid[last][1], found, kind, how, out)
    if not out.rows:
        raise Invalid(f"'{name}' has no rows under its header.", field="file")
    return out


Names = list[list[str]]


def plain(header: str) -> str:
    """A header for comparing: lower case, letters and digits; 'Job #' is 'job no'."""
    return bare(header.replace("#", " no "))


def _header(grid: Grid, kind: Kind, how: How) -> tuple[int, Names]:
    """The place of the header's last row, and each column's names: whole, then its last row's alone."""
    best: tuple[int, int, Names] = (0, 0, [])
    for i, (_, cells) in enumerate(grid[:LOOKED_AT]):
        for names in filter(None, (_alone(cells), _merged(grid[i - 1][1], cells) if i else None)):
            score = len(_chosen(_first_blank(names, kind), kind, how))
            if score > best[0]:
                best = (score, i, _first_blank(names, kind))
    if best[0] == 0 and how.columns:
        raise Invalid(
            f"The mapping names the column '{next(iter(how.columns.values()))}', but the file has none of that name.", field="mapping"
        )
    if best[0] == 0:
        raise Invalid(
            f"No row of column names was found for {kind.title}."
            f" They could be called: {', '.join(c.aliases[0] for c in kind.columns[:8])}.", field="columns",
        )  # fmt: skip
    return best[1], best[2]


def _alone(cells: Sequence[str]) -> Names:
    return [[plain(c)] if plain(c) else [] for c in cells]


def _merged(over: Sequence[str], cells: Sequence[str]) -> Names | None:
    """Two rows of header: a title above goes on over the blank cells to its right, as merged cells do."""
    if sum(bool(c.strip()) for c in over) < 2 or all(c.strip() for c in over) or any(c.strip() and _numeric(c) for c in cells):
        return None
    names: Names = []
    title = ""
    for n, cell in enumerate(cells):
        title = plain(over[n]) if n < len(over) and over[n].strip() else title
        low = plain(cell)
        names.append([f"{title} {low}", low] if title and low else [low or title] if low or title else [])
    return names


def _first_blank(names: Names, kind: Kind) -> Names:
    """Accounting reports leave the first column's name empty: it is the account, or the customer."""
    return [[plain(kind.first)], *names[1:]] if kind.first and names and not names[0] else names


def _chosen(names: Names, kind: Kind, how: How) -> dict[str, int | str]:
    """Which column holds which field: by the mapping, else by exact name, else by how a name begins."""
    found: dict[str, int | str] = {}
    for name, header in how.columns.items():
        if header == NONE:
            continue
        at = header if header.startswith("=") else _at(names, plain(header))
        if at is not None:
            found[name] = at
    for name, header in how.hints.items():
        at = _at(names, plain(header))
        if name not in how.columns and at is not None:
            found[name] = at
    free = [c for c in kind.columns if c.name not in how.columns]
    for test in (_exactly, _beginning):
        for column in free:
            taken = {i for i in found.values() if isinstance(i, int)}
            if column.name not in found and (at := test(names, column, taken)) is not None:
                found[column.name] = at
    return found


def _at(names: Names, header: str) -> int | None:
    return next((i for i, n in enumerate(names) if header and header in n), None)


def _exactly(names: Names, column: Column, taken: set[int]) -> int | None:
    for alias in (column.name.replace("_", " "), *column.aliases):
        for whole in (0, 1):
            for i, n in enumerate(names):
                if i not in taken and len(n) > whole and n[whole] == alias:
                    return i
    return None


def _beginning(names: Names, column: Column, taken: set[int]) -> int | None:
    for alias in column.aliases:
        for i, n in enumerate(names):
            if i not in taken and n and len(alias) > 3 and n[0].startswith(alias + " "):
                return i
    return None


def _body(grid: Grid, header: list[str], found: Mapping[str, int | str], kind: Kind, how: How, out: Read) -> None:
    need = [c.name for c in kind.columns if c.required]
    group = ""
    for n, cells in grid:
        filled = [c.strip() for c in cells if c.strip()]
        if _TOTAL.match(filled[0]) and (len(filled) == 1 or all(_numeric(c) for c in filled[1:])):
            out.left_out.append({"line": n, "reason": "a total"})
            continue
        if cells == header:
            out.left_out.append({"line": n, "reason": "the header again"})
            continue
        row = {f: (at[1:].strip() if isinstance(at, str) else cells[at].strip() if at < len(cells) else "") for f, at in found.items()}
        if len(filled) == 1 and not all(row.get(f) for f in need):
            group = filled[0] if cells[0].strip() else group
            out.left_out.append({"line": n, "reason": f"a heading or note: {filled[0][:60]}"})
            continue
        if how.group and not row.get(how.group):
            row[how.group] = group
        for f, words in how.values.items():
            row[f] = words.get(row.get(f, ""), row.get(f, ""))
        out.rows.append((n, row))


def _numeric(cell: str) -> bool:
    return bool(re.fullmatch(r"[\s$€£()\d.,%+\-]+", cell))
