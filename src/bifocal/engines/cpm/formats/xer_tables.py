"""The text form of a Primavera XER file: tables of named columns, kept whole so that they can be written back as they were."""

from __future__ import annotations

from dataclasses import dataclass

from bifocal.engines.cpm.formats.file import MOST_ROWS, BadFile, bytes_of, text_of

# The tables a schedule is made of. In others, which are only kept, P6 itself writes rows of junk with tabs in their texts.
READ = frozenset((
    "ACTVCODE", "ACTVTYPE", "CALENDAR", "PROJECT", "PROJWBS", "RSRC", "RSRCLEVELLIST", "RSRCRATE", "SCHEDOPTIONS", "TASK", "TASKACTV",
    "TASKPRED", "TASKRSRC",
))  # fmt: skip


@dataclass(slots=True)
class XerTable:
    """One table: its column names and its rows (short rows are filled up)."""

    name: str
    fields: list[str]
    rows: list[list[str]]

    def dicts(self) -> list[dict[str, str]]:
        """The rows by column name."""
        return [dict(zip(self.fields, row, strict=True)) for row in self.rows]


@dataclass(slots=True)
class Xer:
    """A whole file: the header line and the tables in order."""

    header: list[str]
    tables: dict[str, XerTable]
    newline: str = "\r\n"
    tail: str = "\r\n"
    encoding: str = "windows"

    def rows(self, name: str) -> list[dict[str, str]]:
        """A table's rows by column name; none where the table is absent."""
        table = self.tables.get(name)
        return table.dicts() if table else []


def parse(data: bytes) -> Xer:
    """Read the tables. Raises BadFile, with the line, for what is no XER file, is cut short or has rows that don't fit."""
    text, encoding = text_of(data)
    if not text.startswith("ERMHDR"):
        raise BadFile("This is not an XER file: it does not begin with ERMHDR.")
    lines = text.replace("\r\n", "\n").split("\n")
    if len(lines) > MOST_ROWS:
        raise BadFile(f"The file has more than {MOST_ROWS:,} rows, which is more than a schedule holds. Export fewer projects.")
    doc, table, ended, last = Xer(lines[0].split("\t"), {}), None, False, None
    doc.newline, doc.encoding = "\r\n" if "\r\n" in text[:100_000] else "\n", encoding
    for number, line in enumerate(lines[1:], 2):
        mark = line[:2]
        if mark == "%R":
            last = _row(table, line, number)
        elif mark == "%F":
            if table is None:
                raise BadFile(f"Line {number}: column names stand before any table.")
            names = line.split("\t")[1:]
            if (table.rows and names != table.fields) or len(set(names)) < len(names):
                raise BadFile(f"Line {number}: table {table.name} has its columns named twice, differently.")
            table.fields = names
        elif mark == "%T":
            name = line.split("\t")[1] if "\t" in line else ""
            table = doc.tables.setdefault(name, XerTable(name, [], []))
        elif mark == "%E":
            ended = True
            doc.tail = text[text.rindex("%E") + 2 :]
            break
        elif line and last:
            last[-1] += "\n" + line  # a note with a line break in it
    if not ended:
        raise BadFile("The file is cut short: its end mark (%E) is missing. Export it again.")
    _fill(doc)
    return doc


def _row(table: XerTable | None, line: str, number: int) -> list[str]:
    if table is None or not table.fields:
        raise BadFile(f"Line {number}: a row stands outside of any table.")
    row = line.split("\t")[1:]
    if len(row) > len(table.fields) and table.name in READ:
        if any(row[len(table.fields) :]):
            raise BadFile(f"Line {number}: table {table.name} has {len(table.fields)} columns, this row has {len(row)} values.")
        del row[len(table.fields) :]
    table.rows.append(row)
    return row


def _fill(doc: Xer) -> None:
    for table in doc.tables.values():
        width = len(table.fields)
        for row in table.rows:
            if len(row) < width:
                row.extend([""] * (width - len(row)))


def emit(doc: Xer) -> bytes:
    """The file's bytes, as Primavera writes them."""
    lines = ["\t".join(doc.header)]
    for table in doc.tables.values():
        lines += [f"%T\t{table.name}", "\t".join(["%F", *table.fields])]
        lines += ["\t".join(["%R", *row]) for row in table.rows]
    return bytes_of(doc.newline.join([*lines, "%E"]) + doc.tail, doc.encoding)
