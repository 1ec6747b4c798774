"""From a file to pieces of work: every row is a piece, is said to be no work, or is rejected with its line and the reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from bifocal.bridges.imports.grid import grids
from bifocal.bridges.imports.rules_cells import (
    BadCell,
    Cell,
    DateStyle,
    NumberStyle,
    date_style,
    days_of,
    empty,
    folded,
    hours_of,
    number_style,
)
from bifocal.bridges.workmix.fields import SHOWN, plain
from bifocal.bridges.workmix.headers import YES_NO, Layout, understand
from bifocal.engines.workmix import Piece

OPEN = re.compile(
    r"^(open|opened|in progress|in process|ongoing|on going|on hold|active|started|not started|pending|scheduled|unscheduled|"
    r"waiting\b.*|awaiting\b.*|"
    r"new|needs\b.*|to do|dispatched|working|current|wip|not finished|not complete(d)?|incomplete|unfinished|"
    r"present|today|offen|laufend|in arbeit|in bearbeitung|geplant|presale|"
    r"abierto|en curso|en proceso|pendiente|en cours|ouvert|a faire|aperto|in corso|lopend|"
    r"upcoming|late|hold|unassigned|estimate|quoted|bid|bidding|lead|proposal|course of construction|under construction|construction|"
    r"pre ?construction|permitting|planning|requires scheduling|action required)$"
)
DONE = re.compile(
    r"^(complete|completed|done|closed|finished|paid|invoiced|billed|work complete(d)?|fertig|abgeschlossen|erledigt|"
    r"terminado|completado|cerrado|termine|cloture|acheve|chiuso|gereed|archived|"
    r"complete (?:un)?rated|requires invoicing|post ?construction|warranty|ready to bill)$"
)
CANCELED = re.compile(
    r"^((?:(?:user|pro|customer|office) )?cancel(l)?ed|void(ed)?|deleted|declined|lost|rejected|"
    r"storniert|abgesagt|cancelad[oa]|anulad[oa]|annule(e)?|annullato|geannuleerd)$"
)
TOTAL = re.compile(
    r"^(?:(?:grand|sub|report|overall|page|column)[ -]?)?(?:totals?|sums?|summe|gesamt(summe)?|zwischensumme|insgesamt|totales|"
    r"total general|suma|somme|totaal|totale|average|averages|mean|durchschnitt|promedio|moyenne|"
    r"count|records?)(?:\s*[:=(#].*|\s+(?:for|of|records?|jobs|rows|general)\b.*|\s+\d.*)?$"
)
DATES: tuple[str, ...] = ("started", "finished")
NUMBERS: tuple[str, ...] = ("value", "hours", "visits", "change_orders", "days")
PAGE = re.compile(r"\s*page \d+", re.I)
TORN, REST = re.compile(r"^[-($€£\s]*\d{1,3}$"), re.compile(r"^\d{3}(\.\d+)?\)?$")  # of '1,234.50' without quotation marks
PLANNED_END = re.compile(r"\b(sched\w*|end|to|fin|ende|through|bis)\b")


@dataclass
class History:
    """What a file says: pieces, rejected rows by line, rows that are no work, how it was read."""

    pieces: list[Piece]
    rejected: list[dict[str, object]]
    columns: dict[str, str]
    notes: list[str]
    canceled: int = 0
    rows: int = 0
    skipped: list[int] = field(default_factory=list)


class StillOpen:
    """What a finish says that is a word: 'ongoing', 'in progress'."""


STILL_OPEN = StillOpen()
Read = date | Decimal | BadCell | StillOpen | None


@dataclass
class Styles:
    """How each column writes its dates and numbers."""

    dates: dict[str, DateStyle]
    numbers: dict[str, NumberStyle]
    minutes: bool
    planned_end: bool
    has_finish: bool
    known: dict[str, dict[Cell, Read]] = field(default_factory=dict)

    def read(self, name: str, cell: Cell) -> Read:
        """A cell of a column of dates or numbers, read once however often it stands there; a BadCell where it can't be read."""
        if name == "finished" and isinstance(cell, str) and OPEN.match(folded(cell.strip())):
            found: Read = STILL_OPEN
        else:
            try:
                found = self.dates[name].read(cell) if name in self.dates else _number(name, cell, self.numbers[name])
            except BadCell as bad:
                found = bad
        self.known[name][cell] = found
        return found


def read_history(name: str, data: bytes, *, mapping: Mapping[str, str | None] | None = None, sheet: str = "") -> History:
    """Read any export of past work. Raises Invalid in one sentence where the file can't be used."""
    return history(understand(grids(name, data, sheet), name, mapping))


def history(layout: Layout, dates: str = "auto") -> History:
    """The pieces of a table that is understood. `dates`: 'day' or 'month' where somebody said which stands first."""
    styles, notes = _styles(layout, dates)
    shown = {f: layout.columns[f] for f in (*SHOWN, *(x for x in layout.at if x not in SHOWN)) if f in layout.at}
    out = History([], [], shown, [*layout.notes, *notes])
    heading = [plain(h) for h in layout.headers]
    sums = _Sums()
    for place, (line, row) in enumerate(layout.rows):
        if _no_work(layout, row, heading, sums, last=place == len(layout.rows) - 1):
            out.skipped.append(line)
            continue
        out.rows += 1
        try:
            piece = _piece(layout, styles, line, row)
        except BadCell as bad:
            out.rejected.append({"line": line, "reason": str(bad)})
            continue
        if piece is None:
            out.canceled += 1
        else:
            sums.add(piece)
            out.pieces.append(piece)
    _say_left_out(out)
    return out


def _say_left_out(out: History) -> None:
    if out.skipped:
        lines = ", ".join(map(str, out.skipped[:8])) + ("…" if len(out.skipped) > 8 else "")
        out.notes.append(f"Not work, so not counted: totals, repeated headings or remarks at line {lines}.")
    if out.canceled:
        out.notes.append(f"{out.canceled:,} canceled rows are left out: work that was not done.")


class _Sums:
    """Running sums, to know a row of totals that carries no word."""

    def __init__(self) -> None:
        self.value, self.hours, self.count = Decimal(0), Decimal(0), 0

    def add(self, piece: Piece) -> None:
        self.value += piece.value or 0
        self.hours += piece.hours or 0
        self.count += 1


def _no_work(layout: Layout, row: list[Cell], heading: list[str], sums: _Sums, *, last: bool) -> bool:
    """Totals, headings repeated on every page, remarks: rows that are not a piece of work."""
    dated = any(not empty(c) and not _total(c) and not PAGE.match(str(c)) for c in (_at(layout, row, f) for f in DATES))
    if dated and next((c for c in row if not empty(c)), None) not in layout.headers:
        return False
    said = [c for c in row if not empty(c)]
    if dated or not said:
        return sum(plain(str(c)) == h for c, h in zip(row, heading, strict=False) if not empty(c)) > len(said) / 2 or not said
    if any(_total(c) for c in said):
        return True
    texts = [c for c in said if isinstance(c, str) and any(ch.isalpha() for ch in c)]
    if len(said) == 1 and len(layout.at) > 1 and texts:
        return True
    return last and not texts and sums.count > 1 and bool(layout.at.keys() & {"started", "finished"}) and _is_sum(layout, row, sums)


def _total(cell: Cell) -> bool:
    """The cell names a total: 'Total', 'Grand total:', 'Summe'."""
    return isinstance(cell, str) and TOTAL.match(folded(cell.strip())) is not None


def _is_sum(layout: Layout, row: list[Cell], sums: _Sums) -> bool:
    for name, total in (("value", sums.value), ("hours", sums.hours)):
        cell = _at(layout, row, name)
        if not empty(cell):
            try:
                found = number_style([cell]).read(cell)
            except BadCell:
                return False
            if found is not None and total and abs(found - total) <= Decimal("0.01") * sums.count:
                return True
    return False


def _at(layout: Layout, row: list[Cell], name: str) -> Cell:
    at = layout.at.get(name)
    return row[at] if at is not None and at < len(row) else None


def _styles(layout: Layout, said: str) -> tuple[Styles, list[str]]:
    """The style of every column of dates and numbers, with what must be said about it."""

    def column(name: str) -> list[Cell]:
        at = layout.at[name]
        return [row[at] for _, row in layout.rows if at < len(row)]

    dates: dict[str, DateStyle] = {n: date_style(column(n)) for n in DATES if n in layout.at}
    numbers: dict[str, NumberStyle] = {n: number_style(column(n)) for n in NUMBERS if n in layout.at}
    order = [] if said in ("day", "month") else _date_notes(layout, dates)
    for style in dates.values():
        style.day_first = said == "day" if said in ("day", "month") else style.day_first
    notes = [*order, *_number_notes(layout, numbers)]
    finish = layout.columns.get("finished", "")
    if not finish and "status" not in layout.at:
        notes.append("No column says when work was finished: every row is taken as finished work.")
    if "days" in layout.at and not {"started", "finished"} <= layout.at.keys():
        notes.append(f"'{layout.columns['days']}' is read in working days: 5 a week, 20 a month, 8 hours a day.")
    minutes = "minute" in plain(layout.columns.get("hours", ""))
    planned = bool(PLANNED_END.search(plain(finish))) and "actual" not in plain(finish)
    known: dict[str, dict[Cell, Read]] = {name: {} for name in (*dates, *numbers)}
    return Styles(dates, numbers, minutes, planned, bool(finish), known), notes


def _date_notes(layout: Layout, dates: dict[str, DateStyle]) -> list[str]:
    notes = []
    proved = [s for s in dates.values() if s.proved > 0]
    for name, style in dates.items():
        header = layout.columns[name]
        if style.against:
            notes.append(
                f"'{header}' mixes two orders of day and month: it is read {_order(style)},"
                f" and {style.against} rows that contradict it are rejected."
            )
        elif not style.proved and style.ambiguous:
            sister = next((s for s in proved if not s.against), None)
            if sister:
                style.day_first, why = sister.day_first, "as the file's other dates prove"
            elif style.dotted:
                style.day_first, why = True, "as dates with dots are"
            else:
                why = "since no value proves the order"
            notes.append(f"'{header}' is read {_order(style)}, {why}.")
        elif style.proved and style.day_first:
            notes.append(f"'{header}' is read day first: {style.proved:,} of its dates prove it.")
    return notes


def _order(style: DateStyle) -> str:
    return "day first" if style.day_first else "month first"


def _number_notes(layout: Layout, numbers: dict[str, NumberStyle]) -> list[str]:
    notes = []
    proved = next((s for s in numbers.values() if s.proved and not s.against), None)
    for name, style in numbers.items():
        if not style.proved and style.ambiguous and proved:
            style.decimal = proved.decimal
        if style.against:
            notes.append(
                f"'{layout.columns[name]}' mixes two ways of writing decimals;"
                f" {style.against} rows that contradict '{style.decimal}' are rejected."
            )
        elif style.decimal == ",":
            notes.append(f"'{layout.columns[name]}' is read with a comma before the decimals.")
    return notes


def _piece(layout: Layout, styles: Styles, line: int, row: list[Cell]) -> Piece | None:
    """One row as a piece of work; None where it was canceled. Raises BadCell with every reason of the row."""
    wrong: list[str] = []
    if _torn(layout, row):
        wrong.append(
            f"has {len(row)} cells where the heading has {layout.named or len(layout.headers)}:"
            " put quotation marks around a value with a separator in it"
        )
    status = plain(str(_at(layout, row, "status") or ""))
    if CANCELED.match(status):
        return None
    said = _said(layout, styles, row, wrong)
    started, finished, value, hours = said.get("started"), said.get("finished"), said.get("value"), said.get("hours")
    visits, changes, days = said.get("visits"), said.get("change_orders"), said.get("days")
    if says_open := finished is STILL_OPEN:
        finished = None
    if started and finished and finished < started:
        wrong.append(f"finished {finished:%Y-%m-%d}, before it started {started:%Y-%m-%d}")
    if wrong:
        raise BadCell("; ".join(wrong))
    done = _done(styles, finished, status, says_open)
    if done and not any(x is not None for x in (started if finished else None, value, hours, visits, changes, days)):
        raise BadCell("says neither how long the work took, nor its hours, visits, change orders or value")
    return Piece(
        line, started, finished, value, hours, visits, changes, days, _words(layout, row, "customer"), _words(layout, row, "type"),
        _words(layout, row, "number"), done,
    )  # fmt: skip


def _torn(layout: Layout, row: list[Cell]) -> bool:
    """The row reaches past every column, or past the heading with an amount torn at its thousands: '$1' and '234.50'."""
    if len(row) > len(layout.headers) and any(not empty(c) for c in row[len(layout.headers) :]):
        return True
    if not layout.named or len(row) <= layout.named or all(empty(c) for c in row[layout.named :]):
        return False
    return any(TORN.match(str(a).strip()) and REST.match(str(b).strip()) for a, b in pairwise(row) if isinstance(b, str))


def _words(layout: Layout, row: list[Cell], name: str) -> str:
    cell = _at(layout, row, name)
    if isinstance(cell, float) and cell == int(cell):
        cell = int(cell)
    return "" if cell is None else str(cell).strip()[:120]


def _said(layout: Layout, styles: Styles, row: list[Cell], wrong: list[str]) -> dict[str, Any]:
    """What the row's dates and numbers say; what can't be read goes to `wrong` with its column."""
    out: dict[str, Any] = {}
    for name, known in styles.known.items():
        at = layout.at[name]
        cell = row[at] if at < len(row) else None
        found = known[cell] if cell in known else styles.read(name, cell)
        if isinstance(found, BadCell):
            wrong.append(f"{layout.columns[name]}: {found}")
        else:
            out[name] = found
    if styles.minutes and out.get("hours") is not None:
        out["hours"] /= 60
    for name in ("visits", "change_orders", "days"):
        if out.get(name) is not None:
            out[name] = int(out[name])
    return out


def _done(styles: Styles, finished: date | None, status: str, says_open: bool) -> bool:
    """Finished work: it has a finish; where only a planned end or none is kept, the status says it."""
    if says_open:
        return False
    if finished is not None:
        return not (styles.planned_end and OPEN.match(status))
    if styles.has_finish:
        return bool(DONE.match(status))
    return not OPEN.match(status)


def _number(name: str, cell: Cell, style: NumberStyle) -> Decimal | None:
    if name == "change_orders":
        return _changes(cell, style)
    found = hours_of(cell, style) if name == "hours" else days_of(cell, style) if name == "days" else style.read(cell)
    if found is None:
        return None
    shown = str(cell).strip()[:40]
    if found < 0:
        raise BadCell(f"'{shown}' is negative")
    if name in ("visits", "days") and found != int(found):
        raise BadCell(f"'{shown}' is not a whole number")
    return found


def _changes(cell: Cell, style: NumberStyle) -> Decimal | None:
    """A count, 'yes' or 'no', or an amount (any amount but zero is one change order)."""
    if isinstance(cell, bool):
        return Decimal(int(cell))
    text = str(cell).strip().casefold() if cell is not None else ""
    if text in YES_NO and not text.isdigit():
        return Decimal(text in ("yes", "y", "true", "x", "ja", "si", "sí", "oui"))
    if text in ("none", "nil"):
        return Decimal(0)
    found = style.read(cell)
    if found is None:
        return None
    if found == int(found) and 0 <= found < 100 and not any(s in text for s in "$€£"):
        return found
    if found < 0 and found == int(found) and found > -100 and not any(s in text for s in "$€£."):
        raise BadCell(f"'{text[:40]}' is negative")
    return Decimal(int(found != 0))
