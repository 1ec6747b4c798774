"""What a schedule file holds, whatever its format: the network, the dates its own program computed, and what stands around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bifocal.engines.cpm.calendars import minute
from bifocal.engines.cpm.model import Activity, Network
from bifocal.lib.errors import Invalid

MOST_BYTES = 256 * 1024 * 1024
MOST_ROWS = 1_000_000


@dataclass(frozen=True, slots=True)
class Stored:
    """The dates a file carries for an activity, as its own program computed them; None where it has none."""

    early_start: int | None = None
    early_finish: int | None = None
    late_start: int | None = None
    late_finish: int | None = None
    total_float: int | None = None
    free_float: int | None = None
    critical: bool | None = None
    start: int | None = None
    finish: int | None = None


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a work breakdown (P6's WBS)."""

    id: str
    code: str
    name: str
    parent: str | None
    project: str


@dataclass(frozen=True, slots=True)
class Resource:
    """Who or what does the work. `units` is how many there are (1.0: one), `levelled` whether that limit is to be kept."""

    id: str
    code: str
    name: str
    kind: str = "labor"
    calendar: str | None = None
    units: float = 1.0
    levelled: bool = True
    default_units: float | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    """A resource on an activity: quantities in minutes of work, unrounded (pieces × 60 for material), money in the file's currency."""

    activity: str
    resource: str
    planned: float
    remaining: float
    actual: float = 0.0
    units: float = 1.0
    cost_planned: float = 0.0
    cost_actual: float = 0.0
    cost_remaining: float = 0.0


@dataclass(frozen=True, slots=True)
class Code:
    """One of the codes an activity is sorted by: the sort ('Responsibility'), the value ('ELEC') and what it stands for."""

    sort: str
    value: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Baseline:
    """A frozen earlier plan of an activity."""

    start: int | None
    finish: int | None
    duration: int | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class ScheduleFile:
    """A schedule file read. `source` is the document as it was read, so that what is not modelled is written back."""

    format: str
    network: Network
    stored: Mapping[str, Stored]
    wbs: tuple[Element, ...] = ()
    resources: tuple[Resource, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    baselines: Mapping[str, Baseline] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    source: Any = None
    codes: Mapping[str, tuple[Code, ...]] = field(default_factory=dict)  # by activity
    unassigned: tuple[Assignment, ...] = ()  # work of activities without assignments; its resource is 'labor' or 'equipment'


class BadFile(Invalid):
    """A file that can't be read as a schedule: what is wrong, where, what to do."""

    code = "bad_file"


def distinct(activities: tuple[Activity, ...]) -> tuple[Activity, ...]:
    """The activities themselves. Raises BadFile where two of one project have the same id: every answer names them by it."""
    seen: set[tuple[str, str]] = set()
    for a in activities:
        if a.code and (a.project, a.code) in seen:
            raise BadFile(
                f"Two activities of one project have the id '{a.code}'. Give one of them another id and export again.", field=a.code
            )
        seen.add((a.project, a.code))
    return activities


def sensible(at: datetime) -> int:
    """The instant of a date between 1900 and 2200. Raises ValueError for others: no schedule reaches so far."""
    if not 1899 <= at.year <= 2200:
        raise ValueError(at)
    return minute(at)


def whole_minutes(hours: float, field: str) -> int:
    """Hours (ragged decimals and all) as whole minutes, halves up. Raises BadFile for more than a hundred years."""
    if abs(hours) > 876_000:
        raise BadFile(f"{hours:g} hours in {field} are more than a hundred years: too large.", field=field)
    return int(hours * 60 + (0.5 if hours >= 0 else -0.5) + 1e-7)


def text_of(data: bytes) -> tuple[str, str]:
    """The text of a file and its encoding: UTF-8, UTF-16 or the Windows code page that Primavera writes. Raises BadFile for binary data."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return data.decode("utf-16"), "utf-16"
        except UnicodeDecodeError:
            raise BadFile("The file says it is UTF-16 text, but it is not. Export it again.") from None
    if b"\0" in data:
        raise BadFile("The file holds binary data where text is expected. Export it again as XER or XML.")
    try:
        form = "utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8"
        return data.decode(form), "windows" if data.isascii() else form
    except UnicodeDecodeError:
        return "".join([WINDOWS[b] for b in data]), "windows"


WINDOWS = [bytes([b]).decode("cp1252", "ignore") or chr(b) for b in range(256)]
BACK = {c: bytes([b]) for b, c in enumerate(WINDOWS)}


def bytes_of(text: str, encoding: str = "windows") -> bytes:
    """The text in its encoding; in UTF-8 where the Windows code page has no such letters."""
    if encoding != "windows":
        return text.encode(encoding)
    try:
        return text.encode("ascii") if text.isascii() else b"".join([BACK[c] for c in text])
    except KeyError:
        return text.encode("utf-8")
