"""A file against its kind: parsed rows, what is wrong by line, what each row is called in the other system."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bifocal.bridges.imports.kinds import Column, Kind, LeftOut
from bifocal.bridges.imports.reading import How, Read
from bifocal.bridges.imports.rules_cells import date_style
from bifocal.bridges.imports.rules_values import Sort, told, value_of
from bifocal.lib.errors import Invalid


@dataclass
class Row:
    """One line of the file: its values by field, its key in the other system, a fingerprint of what it says."""

    line: int
    values: dict[str, Any]
    key: str = ""
    digest: str = ""


@dataclass
class Plan:
    """Everything that is known of a file before the database is asked."""

    kind: Kind
    rows: list[Row] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unknown: dict[str, list[str]] = field(default_factory=dict)  # words of a column that somebody must map

    def error(self, line: int, sentence: str, column: str = "") -> None:
        """Note what is wrong with a line."""
        self.errors.append({"line": line, "column": column, "reason": sentence.rstrip(".")})


def plan_of(kind: Kind, read: Read, how: How) -> Plan:
    """Parse every row. Errors are gathered by line; nothing is guessed and nothing is dropped in silence."""
    plan = Plan(kind)
    columns = {c.name: c for c in kind.columns if c.name in read.columns}
    styles = _styles(columns, read, how, plan)
    for line, raw in read.rows:
        try:
            values = _values(line, raw, columns, styles, plan)
        except LeftOut as why:
            read.left_out.append({"line": line, "reason": str(why)})
            continue
        if values is not None:
            plan.rows.append(Row(line, values))
    if not kind.many:
        _keys(plan)
    else:
        _grouped_keys(plan)
    return plan


def _styles(columns: Mapping[str, Column], read: Read, how: How, plan: Plan) -> dict[str, bool]:
    """Day-first or month-first by column: said by the mapping, proved by a value, else month-first and said so."""
    out = {}
    for name, column in columns.items():
        if column.sort != Sort.DATE:
            continue
        if how.dates in ("day", "month"):
            out[name] = how.dates == "day"
            continue
        style = date_style(raw.get(name, "") for _, raw in read.rows)
        out[name] = style.day_first or (not style.proved and style.dotted)
        said = f"Dates of '{read.columns[name]}' are read "
        order = "day" if style.day_first else "month"
        if out[name] and not style.proved:
            plan.notes.append(said + "day first, as dates with dots are.")
        elif not style.proved and style.ambiguous:
            plan.notes.append(said + "month first, as no value proves it. If the day is first, say so and check again.")
        elif style.against:
            plan.notes.append(said + f"{order} first: {style.proved} values prove it, {style.against} speak against it (errors).")
        elif style.day_first:
            plan.notes.append(said + "day first: a value proves it.")
    return out


def _values(
    line: int, raw: Mapping[str, str], columns: Mapping[str, Column], styles: Mapping[str, bool], plan: Plan
) -> dict[str, Any] | None:
    values: dict[str, Any] = {}
    before = len(plan.errors)
    for name, column in columns.items():
        try:
            values[name] = _value(raw.get(name, ""), column, styles.get(name, False))
        except Invalid as bad:
            plan.error(line, bad.sentence, name)
    if len(plan.errors) == before:
        try:
            plan.kind.rule(values)
        except Invalid as bad:
            plan.error(line, bad.sentence)
    return values if len(plan.errors) == before else None


def _value(raw: str, column: Column, day_first: bool) -> Any:
    if raw in ("", "-", "—", "N/A", "n/a"):
        if column.required:
            raise Invalid(f"{column.name.replace('_', ' ')} is empty")
        return "" if column.sort in (Sort.TEXT, Sort.EMAIL, Sort.PHONE, Sort.POSTCODE, Sort.STATE, Sort.CHOICE) else None
    if "\x00" in raw:
        raise Invalid("a character that is not text stands here; remove it")
    value = value_of(column.sort, raw, day_first=day_first, words=column.words)
    if isinstance(value, str) and len(value) > column.size:
        raise Invalid(f"{column.name.replace('_', ' ')} has {len(value)} characters; at most {column.size} fit")
    return value


def _natural(row: Row, fields: tuple[str, ...]) -> str:
    parts = [" ".join(told(row.values.get(f)).lower().split()) for f in fields]
    return "|".join(parts).strip("|")[:200]


WIDER = ("street", "email", "phone", "date")  # what tells two rows of one name apart


def _keys(plan: Plan) -> None:
    """The other system's id; without one the kind's own fields, widened where two rows share them. Repeats are errors."""
    kind = plan.kind
    plain_keys = Counter(_natural(r, kind.key) for r in plan.rows)
    seen: dict[str, int] = {}
    for row in plan.rows:
        given = row.values.get("id")
        natural = _natural(row, kind.key)
        if given:
            row.key = f"#{given}"
        else:
            row.key = natural if plain_keys[natural] < 2 else f"{natural}|{_natural(row, WIDER)}"[:200]
        if row.key in seen:
            what = f"id {given}" if given else "the same " + ", ".join(k.replace("_", " ") for k in kind.key)
            plan.error(row.line, f"{what} stands on line {seen[row.key]} already; remove one, or give each its own id")
        seen.setdefault(row.key, row.line)
        row.digest = digest(row.values)


def _grouped_keys(plan: Plan) -> None:
    """Kinds of which one thing has several rows: the key is the thing's."""
    for row in plan.rows:
        row.key = f"#{row.values['id']}" if row.values.get("id") else _natural(row, plan.kind.key)
        row.digest = digest(row.values)


def digest(values: Mapping[str, Any]) -> str:
    """A fingerprint of what a row says: the same for the same values in any order."""
    text = "\x1f".join(f"{k}={told(v)}" for k, v in sorted(values.items()))
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
