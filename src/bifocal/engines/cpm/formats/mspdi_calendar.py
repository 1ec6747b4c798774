"""Calendars of MS Project's XML: weekdays, work weeks, exceptions with their recurrences, base calendars."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from dateutil import rrule

from bifocal.engines.cpm.calendars import DAY, Calendar, Shifts, tidy
from bifocal.engines.cpm.formats.file import BadFile
from bifocal.engines.cpm.formats.xml import Node

DEFAULT: tuple[Shifts, ...] = tuple(((480, 720), (780, 1020)) if d < 5 else () for d in range(7))
MOST_DAYS = 20 * 366
WEEKDAYS = (rrule.SU, rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR, rrule.SA)


def read_calendars(root: Node, minutes_per_day: int) -> dict[str, Calendar]:
    """Every calendar by its id, base calendars first. Raises BadFile naming the calendar."""
    rows = {row.text("UID"): row for row in root.group("Calendars", "Calendar")}
    made: dict[str, Calendar] = {}

    def make(key: str, above: tuple[str, ...]) -> Calendar:
        if key not in made:
            base = rows[key].text("BaseCalendarUID")
            if base in above:
                raise BadFile(f"Calendar '{rows[key].text('Name')}' is its own base. Give it another base calendar.")
            made[key] = _read(rows[key], make(base, (*above, base)) if base in rows and base != key else None, minutes_per_day)
        return made[key]

    for key in rows:
        make(key, (key,))
    return made


def _read(row: Node, base: Calendar | None, minutes_per_day: int) -> Calendar:
    week = list(base.week if base else DEFAULT)
    exceptions: dict[date, Shifts] = dict(base.exceptions) if base else {}
    own: dict[date, Shifts] = {}
    for day in row.group("WeekDays", "WeekDay"):
        kind = int(day.number("DayType"))
        if 1 <= kind <= 7:
            week[(kind + 5) % 7] = _shifts(day)
        elif kind == 0:
            for at in _span(day):
                own[at] = _shifts(day)
    for work_week in row.group("WorkWeeks", "WorkWeek"):
        days = {int(d.number("DayType")): _shifts(d) for d in work_week.group("WeekDays", "WeekDay")}
        for at in _span(work_week):
            kind = (at.weekday() + 1) % 7 + 1
            if kind in days and at not in own:
                own[at] = days[kind]
    spelled = 0
    for exception in row.group("Exceptions", "Exception"):
        shifts = _shifts(exception)
        for at in _dates(exception):
            own[at] = shifts
            spelled += 1
        if spelled > 40 * MOST_DAYS:
            raise BadFile(f"Calendar '{row.text('Name')}' has exceptions for more days than a schedule lasts.")
    return Calendar(row.text("UID"), tuple(week), exceptions | own, row.text("Name"), minutes_per_day)


def _shifts(day: Node) -> Shifts:
    if day.text("DayWorking") == "0":
        return ()
    times = [(_clock(t.text("FromTime")), _clock(t.text("ToTime")) or DAY) for t in day.group("WorkingTimes", "WorkingTime")]
    return tidy(times)


def _clock(text: str) -> int:
    try:
        hours, minutes = text.split(":")[:2]
        return (int(hours) * 60 + int(minutes)) % DAY
    except ValueError:
        raise BadFile(f"'{text}' is not a time of day in a calendar.") from None


def _ends(node: Node) -> tuple[date, date] | None:
    span = node.child("TimePeriod")
    if span is None or not span.text("FromDate") or not span.text("ToDate"):
        return None
    try:
        return datetime.fromisoformat(span.text("FromDate")).date(), datetime.fromisoformat(span.text("ToDate")).date()
    except ValueError:
        raise BadFile("A calendar has a period that is no date.") from None


def _span(node: Node) -> Iterator[date]:
    ends = _ends(node)
    if ends:
        for n in range(min((ends[1] - ends[0]).days + 1, MOST_DAYS)):
            yield ends[0] + timedelta(days=n)


def _dates(node: Node) -> Iterator[date]:
    """The days of an exception, recurrences spelled out."""
    kind, ends = int(node.number("Type", 1)), _ends(node)
    step = max(1, int(node.number("Period", 1)))
    if ends is None or (kind in (0, 1, 9) and step == 1):
        yield from _span(node)
        return
    rules = _rule(node, kind, step)
    begin = datetime.combine(ends[0], datetime.min.time())
    until = datetime.combine(min(ends[1], ends[0] + timedelta(days=MOST_DAYS)), datetime.min.time())
    for found in rrule.rrule(dtstart=begin, until=until, **rules):  # type: ignore[arg-type]
        yield found.date()


def _rule(node: Node, kind: int, step: int) -> dict[str, object]:
    """Type 2 and 3 yearly, 4 and 5 monthly (by day of the month; by position), 6 weekly, otherwise daily."""
    month, day = int(node.number("Month")) + 1, int(node.number("MonthDay", 1))
    item, position = int(node.number("MonthItem")), int(node.number("MonthPosition"))
    days = list(WEEKDAYS) if item < 3 else [WEEKDAYS[item - 3]] if item < 10 else list(WEEKDAYS)
    if item == 1:
        days = list(WEEKDAYS[1:6])
    elif item == 2:
        days = [WEEKDAYS[0], WEEKDAYS[6]]
    place = -1 if position == 4 else position + 1
    if kind == 2:
        return {"freq": rrule.YEARLY, "bymonth": month, "bymonthday": day}
    if kind == 3:
        return {"freq": rrule.YEARLY, "bymonth": month, "byweekday": days, "bysetpos": place}
    if kind == 4:
        return {"freq": rrule.MONTHLY, "interval": step, "bymonthday": day}
    if kind == 5:
        return {"freq": rrule.MONTHLY, "interval": step, "byweekday": days, "bysetpos": place}
    if kind == 6:
        mask = int(node.number("DaysOfWeek"))
        return {"freq": rrule.WEEKLY, "interval": step, "wkst": rrule.SU, "byweekday": [w for n, w in enumerate(WEEKDAYS) if mask >> n & 1]}
    return {"freq": rrule.DAILY, "interval": step}
