"""The calendar text inside an XER file: `(0||CalendarData()((0||DaysOfWeek()(…))(0||Exceptions()(…))))`."""

from __future__ import annotations

import re
from datetime import date, timedelta

from bifocal.engines.cpm.calendars import DAY, Calendar, Shift, Shifts, tidy
from bifocal.engines.cpm.formats.file import BadFile

EXCEL = date(1899, 12, 30)
Parts = tuple[str, str, list["Parts"]]  # name, properties, what is inside
TOKEN = re.compile(r"\(|\)|[^()]+")
DEFAULT_WEEK = tuple(((480, 720), (780, 1020)) if d < 5 else () for d in range(7))


def read_calendar(row: dict[str, str], base: Calendar | None) -> Calendar:
    """The calendar of a row of table CALENDAR, on top of its base calendar. Raises BadFile naming the calendar."""
    name = row.get("clndr_name", "")
    try:
        parts = _parse(row.get("clndr_data", ""))
        days = {p[0]: p[2] for p in _inside(parts, "DaysOfWeek")}
        week = tuple(
            _shifts(days[str((weekday + 1) % 7 + 1)]) if str((weekday + 1) % 7 + 1) in days else (base.week[weekday] if base else ())
            for weekday in range(7)
        )
        exceptions = dict(base.exceptions) if base else {}
        for _, properties, inside in _inside(parts, "Exceptions"):
            found = re.search(r"d\|(\d+)", properties)
            if found:
                exceptions[EXCEL + timedelta(days=int(found[1]))] = _shifts(inside)
    except (ValueError, OverflowError, IndexError):
        raise BadFile(f"The working hours of calendar '{name}' can't be read. Open and save it in Primavera, then export again.") from None
    if not days:
        week = base.week if base else DEFAULT_WEEK
    return Calendar(row["clndr_id"], week, exceptions, name, _per_day(row.get("day_hr_cnt", "")))


def _per_day(text: str) -> int:
    """Minutes a day, by which P6 shows hours as days; eight hours where the file says nothing sensible."""
    try:
        minutes = round(float(text.replace(",", ".")) * 60)
    except (ValueError, OverflowError):
        return 480
    return minutes if 0 < minutes <= DAY else 480


def _inside(parts: list[Parts], name: str) -> list[Parts]:
    """What is inside the first part of that name, at any depth."""
    for part in parts:
        if part[0] == name:
            return part[2]
        found = _inside(part[2], name)
        if found:
            return found
    return []


def _shifts(parts: list[Parts]) -> Shifts:
    out: list[Shift] = []
    for _, properties, _ in parts:
        words = properties.split("|")
        clock = {words[i]: words[i + 1] for i in range(0, len(words) - 1, 2)}
        if "s" in clock and "f" in clock:
            start, end = _minutes(clock["s"]), _minutes(clock["f"]) or DAY
            out.append((start, end))
    return tidy(out)


def _minutes(text: str) -> int:
    """'07:30', and '5:00 PM' as some versions write it."""
    found = re.fullmatch(r"\s*(\d{1,2}):(\d\d)(?::\d\d)?\s*([AaPp][Mm])?\s*", text)
    if not found:
        raise ValueError(text)
    hour = int(found[1])
    if found[3]:
        hour = hour % 12 + (12 if found[3].lower() == "pm" else 0)
    return (hour * 60 + int(found[2])) % DAY


def _parse(text: str) -> list[Parts]:
    """The nested parts: each is `(number||name(properties)(parts))`."""
    stack: list[list[object]] = [[]]
    for piece in TOKEN.findall(re.sub(r"[\x7f\r\n\t]+", "", text)):
        if piece == "(":
            if len(stack) > 40:
                raise ValueError("too deep")
            stack.append([])
        elif piece == ")":
            if len(stack) < 2:
                raise ValueError("unbalanced")
            done = stack.pop()
            stack[-1].append(done)
        elif piece.strip():
            stack[-1].append(piece.strip())
    if len(stack) != 1:
        raise ValueError("unbalanced")
    return [_part(x) for x in stack[0] if isinstance(x, list)]


def _part(raw: list[object]) -> Parts:
    head = raw[0] if raw and isinstance(raw[0], str) else "||"
    name = head.split("||", 1)[1].strip() if "||" in head else head
    groups = [x for x in raw[1:] if isinstance(x, list)]
    properties = "".join(x for x in (groups[0] if groups else []) if isinstance(x, str))
    inside = groups[1] if len(groups) > 1 else []
    return name, properties, [_part(x) for x in inside if isinstance(x, list)]


def calendar_text(calendar: Calendar) -> str:
    """The text Primavera reads, days Sunday first."""
    days = "".join(f"(0||{d + 1}()({_spans(calendar.week[(d + 6) % 7])}))" for d in range(7))
    exceptions = "".join(
        f"(0||{n}(d|{(day - EXCEL).days})({_spans(shifts)}))" for n, (day, shifts) in enumerate(sorted(calendar.exceptions.items()))
    )
    return f"(0||CalendarData()((0||DaysOfWeek()({days}))(0||VIEW(ShowTotal|Y)())(0||Exceptions()({exceptions}))))"


def _spans(shifts: Shifts) -> str:
    return "".join(f"(0||{n}(s|{_hhmm(a)}|f|{_hhmm(b)})())" for n, (a, b) in enumerate(shifts))


def _hhmm(minutes: int) -> str:
    return f"{minutes % DAY // 60:02d}:{minutes % 60:02d}"
