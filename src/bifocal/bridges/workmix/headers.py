"""Where the table begins in a sheet, and which column holds what: by name and by content, or by a mapping."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from bifocal.bridges.imports.grid import Grid, Row
from bifocal.bridges.imports.rules_cells import (
    BadCell,
    Cell,
    bare_number,
    date_form,
    date_style,
    days_of,
    empty,
    hours_of,
    number_style,
    says_unit,
    serial,
)
from bifocal.bridges.workmix.fields import FIELDS, name_score, plain
from bifocal.lib.errors import Invalid

LOOK, SAMPLE = 40, 400
YES_NO = {"yes", "no", "y", "n", "true", "false", "x", "ja", "nein", "si", "sí", "oui", "non", "1", "0"}


@dataclass
class Layout:
    """A sheet understood: headers as written, the rows of data, which column holds which field, what was assumed."""

    sheet: str
    headers: list[str]
    rows: list[Row]
    at: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    named: int = 0  # how many columns the heading itself reaches over

    @property
    def columns(self) -> dict[str, str]:
        """Field → header as it stands in the file."""
        return {name: self.headers[i] for name, i in self.at.items()}


def understand(found: list[Grid], name: str, mapping: Mapping[str, str | None] | None = None) -> Layout:
    """The sheet that looks most like a history of work, with its columns. Raises Invalid where no column can be used."""
    layouts = [_layout(grid, mapping or {}) for grid in found]
    best = max(layouts, key=lambda la: (_useful(la), min(len(la.rows), 50)))
    if not best.rows:
        raise Invalid(f"'{name}' has a heading but no rows of work.", field="file")
    if not _useful(best):
        seen = ", ".join(f"'{h}'" for h in best.headers if h)[:300]
        raise Invalid(
            f"'{name}' has no column that says how long work took, how many hours or visits or change orders, or what it was worth."
            f" Name the columns in a mapping. The file has: {seen}.", field="file",
        )  # fmt: skip
    alike = [la.sheet for la in layouts if la is not best and _useful(la) >= _useful(best) and la.rows]
    if alike:
        best.notes.append(f"Sheet '{best.sheet}' was read; '{', '.join(alike)}' looks alike and was not. Choose another with --sheet.")
    return best


def _useful(layout: Layout) -> int:
    at = layout.at
    measures = sum(f in at for f in ("value", "hours", "visits", "change_orders", "days"))
    return measures + 2 * ("started" in at and "finished" in at) + (1 if measures and ("started" in at or "finished" in at) else 0)


def _layout(grid: Grid, mapping: Mapping[str, str | None]) -> Layout:
    headers, first = _heading(grid.rows)
    named = max((i for i, h in enumerate(headers, 1) if h), default=0)
    width = max(len(headers), _usual_width(grid.rows[first:]))
    headers = _unique(headers + [""] * (width - len(headers)))
    layout = Layout(grid.name, headers, grid.rows[first:], named=named)
    content = Content(layout)
    mapped = _mapped(layout, mapping)
    _by_name(layout, content, mapped)
    _by_content(layout, content, mapped)
    return layout


def _usual_width(rows: list[Row]) -> int:
    """How many cells most rows reach to: a row that reaches further has a separator inside a value."""
    reach = Counter(max((i for i, c in enumerate(r, 1) if not empty(c)), default=0) for _, r in rows[:SAMPLE])
    return max((w for w, n in reach.items() if n >= sum(reach.values()) / 10), default=0)


def _heading(rows: list[Row]) -> tuple[list[str], int]:
    """The headers and the index of the first row of data. Two rows of headings under one another are joined."""
    best: tuple[float, list[str], int] = (0.0, [], 0)
    texts = [_labels(row) for _, row in rows[: LOOK + 1]]
    for i, labels in enumerate(texts):
        if labels is None:
            continue
        above = texts[i - 1] if i and texts[i - 1] and _close(rows, i) else None
        if (score := _score(labels)) > best[0]:
            best = (score, _joined(above, labels) if above and _ambiguous(labels, above) else labels, i + 1)
        if above and (score := _score(joined := _joined(above, labels))) > best[0] + 0.5:
            best = (score, joined, i + 1)
    if best[0]:
        return best[1], best[2]
    wide = max((sum(not empty(c) for c in r) for _, r in rows[:LOOK]), default=0)
    for i, labels in enumerate(texts):
        if labels is not None and sum(bool(t) for t in labels) > wide / 2:
            return labels, i + 1
    return [], 0


def _close(rows: list[Row], i: int) -> bool:
    return rows[i][0] - rows[i - 1][0] == 1


def _labels(row: list[Cell]) -> list[str] | None:
    """A row's cells as headings; None where it holds a figure or a date and so is no heading."""
    out = []
    for cell in row:
        text = "" if cell is None else str(cell).strip()
        if text and (not isinstance(cell, str) or date_form(text) is not None or bare_number(text)[1] or len(text) > 120):
            return None
        out.append(" ".join(text.split()))
    return out if any(out) else None


def _score(labels: list[str]) -> float:
    """How many fields the headings name; exact names count more than parts."""
    return sum(min(1.0, max((name_score(f, label) for label in labels), default=0) / 70) for f in FIELDS)


def _ambiguous(labels: list[str], above: list[str]) -> bool:
    """The same heading stands twice, and the row above tells them apart."""
    named = [plain(la) for la in labels if la]
    return len(set(named)) < len(named) and sum(bool(a) for a in above) >= 2


def _joined(above: list[str], below: list[str]) -> list[str]:
    """Headings of two rows: the upper one reaches over the blank cells to its right, where cells were merged."""
    out, held = [], ""
    for i in range(max(len(above), len(below))):
        top, low = above[i] if i < len(above) else "", below[i] if i < len(below) else ""
        held = top or (held if low else "")
        out.append(f"{held} {low}" if held and low and plain(held) != plain(low) else low or top)
    return out


def _unique(headers: list[str]) -> list[str]:
    """The same heading a second time becomes 'Date (2)'; a column without one 'column 7'."""
    seen: dict[str, int] = {}
    out = []
    for n, header in enumerate(headers, 1):
        shown = header or f"column {n}"
        seen[shown] = seen.get(shown, 0) + 1
        out.append(shown if seen[shown] == 1 else f"{shown} ({seen[shown]})")
    return out


class Content:
    """What the columns of a sheet hold, on a sample of rows from everywhere in it."""

    def __init__(self, layout: Layout) -> None:
        step = max(1, len(layout.rows) // SAMPLE)
        self.rows = [row for _, row in layout.rows[::step]]
        self.headers = layout.headers
        self._known: dict[tuple[int, str], float] = {}

    def cells(self, column: int) -> list[Cell]:
        """The sample's cells of a column that say something."""
        return [row[column] for row in self.rows if column < len(row) and not empty(row[column])]

    def fill(self, column: int) -> float:
        """Share of the sample where the column says something."""
        return len(self.cells(column)) / max(1, len(self.rows))

    def figures(self, column: int) -> bool:
        """Most cells hold a digit: meant as dates or numbers, readable or not."""
        cells = self.cells(column)
        return sum(any(ch.isdigit() for ch in str(c)) for c in cells) * 2 > len(cells)

    def unitless(self, column: int) -> bool:
        """A 'Duration' of bare numbers: of hours or of days, nobody says."""
        bare = plain(self.headers[column]) in ("actual duration", "duration", "length", "dauer", "duracion", "duree")
        return bare and not all(map(says_unit, self.cells(column)))

    def fits(self, column: int, sort: str) -> float:
        """Share of a column's cells that read as this sort; 1 for a column without any."""
        key = (column, sort)
        if key not in self._known:
            cells = self.cells(column)
            self._known[key] = sum(_reads(c, sort) for c in cells) / len(cells) if cells else 1.0
        return self._known[key]


def _reads(cell: Cell, sort: str) -> bool:
    text = str(cell).strip()
    if sort == "text":
        return True
    if sort == "date":
        number = isinstance(cell, (int, float)) and not isinstance(cell, bool)
        return hasattr(cell, "year") or (serial(float(text)) is not None if number else date_form(text) is not None)
    if sort == "changes" and (isinstance(cell, bool) or text.casefold() in YES_NO):
        return True
    try:
        if sort == "days":
            return days_of(cell, number_style([cell])) is not None
        if sort == "hours":
            return hours_of(cell, number_style([cell])) is not None
        return number_style([cell]).read(cell) is not None
    except BadCell:
        return False


def _mapped(layout: Layout, mapping: Mapping[str, str | None]) -> set[str]:
    """Apply a mapping: field → header, or null for 'not in this file'. Raises Invalid naming what is wrong."""
    by_name = {plain(h): i for i, h in reversed(list(enumerate(layout.headers)))}
    for key, header in mapping.items():
        if key not in FIELDS:
            raise Invalid(f"The mapping names '{key}'; it may name {', '.join(FIELDS)}.", field="mapping")
        if header in (None, ""):
            continue
        at = layout.headers.index(str(header)) if header in layout.headers else by_name.get(plain(str(header)))
        if at is None:
            raise Invalid(
                f"The mapping names the column '{header}', which is not in the file. It has: {', '.join(layout.headers)[:300]}.",
                field="mapping",
            )
        layout.at[key] = at
    return set(mapping)


def _by_name(layout: Layout, content: Content, mapped: set[str]) -> None:
    """Give each field its best column: by the name's rank, how far the column is filled, and only if its content reads so."""
    scored = []
    for column, header in enumerate(layout.headers):
        for name, spec in FIELDS.items():
            if name not in mapped and (score := name_score(name, header)) and not (name == "days" and content.unitless(column)):
                fits = content.fits(column, spec.sort) >= 0.5
                if fits and (content.cells(column) or score > 48):
                    scored.append((score * _weight(name, content.fill(column)), -column, name, column))
                elif score > 48 and not fits and content.figures(column):
                    scored.append(
                        (score / 100, -column, name, column)
                    )  # the name is right, the cells are not: they are rejected, not passed over
    for _, _, name, column in sorted(scored, reverse=True):
        if name not in layout.at and column not in layout.at.values():
            layout.at[name] = column


def _weight(name: str, fill: float) -> float:
    """A fuller column is the likelier one; a finish or a change order is missing where there was none, and counts for less."""
    return 0.9 + 0.1 * fill if name in ("finished", "change_orders", "status") else 0.6 + 0.4 * fill


def _by_content(layout: Layout, content: Content, mapped: set[str]) -> None:
    """What names did not say: dates by their order, money by its sign."""
    at, free = layout.at, [c for c in range(len(layout.headers)) if c not in layout.at.values() and content.cells(c)]
    dates = [c for c in free if content.fits(c, "date") >= 0.9 and not _number_like(content, c) and not _other_date(layout.headers[c])]
    wanted = [f for f in ("started", "finished") if f not in at and f not in mapped]
    if wanted == ["started", "finished"]:
        pair = next(((a, b) for a in dates for b in dates if a != b and _in_order(content, a, b)), None)
        at.update(zip(wanted, pair or tuple(dates[:1]), strict=False))
    elif wanted == ["finished"] and "started" in at:
        after = next((c for c in dates if _in_order(content, at["started"], c)), None)
        before = next((c for c in dates if _in_order(content, c, at["started"])), None)
        if after is not None:
            at["finished"] = after
        elif before is not None:
            at["started"], at["finished"] = before, at["started"]
    elif wanted == ["started"]:
        before = next((c for c in dates if _in_order(content, c, at["finished"])), None)
        if before is not None:
            at["started"] = before
    if "value" not in at and "value" not in mapped:
        money = [c for c in free if c not in at.values() and _has_sign(content, c) and not _other_money(layout.headers[c])]
        if money:
            at["value"] = money[0]
    for name in [f for f in ("started", "finished", "value") if f in at and f not in mapped and not name_score(f, layout.headers[at[f]])]:
        layout.notes.append(f"Column '{layout.headers[at[name]]}' was taken as {name} by what it holds, not by its name.")


def _number_like(content: Content, column: int) -> bool:
    """Five-digit numbers can be days of a spreadsheet or job numbers: without a name they are not dates."""
    return all(isinstance(c, (int, float)) or re.fullmatch(r"\d{5}(\.\d+)?", str(c).strip()) for c in content.cells(column))


NOT_WORK_DATES = {
    "due", "invoice", "paid", "payment", "modified", "updated", "birth", "since", "warranty", "expires", "expiration", "next",
    "requested", "promised", "planned", "target", "estimated", "signed", "deposit", "permit", "inspection", "printed", "exported",
    "sent",
}  # fmt: skip
NOT_REVENUE = {
    "cost", "costs", "paid", "balance", "due", "discount", "labor", "material", "materials", "margin", "profit", "deposit", "rate",
    "fee", "tip", "change", "kosten", "coste", "cout", "estimate", "estimated", "budget",
}  # fmt: skip


def _other_date(header: str) -> bool:
    return bool(set(plain(header).split()) & NOT_WORK_DATES)


def _other_money(header: str) -> bool:
    return bool(set(plain(header).split()) & NOT_REVENUE)


def _has_sign(content: Content, column: int) -> bool:
    cells = [c for c in content.cells(column) if isinstance(c, str)]
    return bool(cells) and sum(any(s in c for s in "$€£") for c in cells) / len(cells) > 0.5 and content.fits(column, "number") >= 0.9


def _in_order(content: Content, first: int, second: int) -> bool:
    """In nine rows of ten with both dates, the second is not before the first."""
    one, two = date_style(content.cells(first)), date_style(content.cells(second))
    known = 0
    ordered = 0
    for row in content.rows:
        try:
            a, b = (style.read(row[at]) if at < len(row) else None for style, at in ((one, first), (two, second)))
        except BadCell:
            continue
        if a is not None and b is not None:
            known, ordered = known + 1, ordered + (a <= b)
    return known > 0 and ordered >= 0.9 * known
