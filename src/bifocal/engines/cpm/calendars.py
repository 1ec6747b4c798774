"""Working time in whole minutes: calendars, and the cumulative table that answers every question about them in O(log n).

An instant is the count of minutes since 1 January 1970, 00:00, naive local time as Primavera keeps it. Friday 17:00 and Monday
08:00 are the same amount of work; which of the two is meant depends on whether a finish or a start is asked for, so each
question says which (`add` gives a finish, `sub` gives a start) and a result is never snapped a second time.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import accumulate
from operator import sub
from typing import Literal

from bifocal.lib.errors import Invalid

DAY = 1440
Shift = tuple[int, int]  # minutes of the day, half open: (480, 720) is 08:00 to 12:00; 1440 is midnight at the end
Shifts = tuple[Shift, ...]
EPOCH = datetime(1970, 1, 1)
EPOCH_DATE = EPOCH.date()
REACH = 100 * 366  # days a table may grow to before we say that the calendar is empty


def minute(moment: datetime) -> int:
    """The instant as minutes since 1970, seconds rounded to the nearest minute (Primavera computes in minutes)."""
    delta = moment.replace(tzinfo=None) - EPOCH
    return delta.days * DAY + (delta.seconds + 30) // 60


def moment(instant: int) -> datetime:
    """The instant as a naive datetime."""
    return EPOCH + timedelta(minutes=instant)


def tidy(shifts: Shifts | list[Shift]) -> Shifts:
    """Shifts in order, with touching and overlapping ones joined and empty ones dropped."""
    out: list[Shift] = []
    for start, end in sorted(s for s in shifts if s[1] > s[0]):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return tuple(out)


@dataclass(frozen=True, slots=True)
class Calendar:
    """When work is done: the shifts of each weekday (Monday first), and the days that differ (no shifts: a day off)."""

    id: str
    week: tuple[Shifts, ...]
    exceptions: Mapping[date, Shifts] = field(default_factory=dict)
    name: str = ""
    minutes_per_day: int = 480

    @property
    def works(self) -> bool:
        """Whether it has any working time."""
        return any(self.week) or any(self.exceptions.values())

    def shifts(self, day: date) -> Shifts:
        """The shifts of one day."""
        found = self.exceptions.get(day)
        return self.week[day.weekday()] if found is None else found


def round_the_clock(id: str = "24h") -> Calendar:
    """Every minute is worked."""
    return Calendar(id, (((0, DAY),),) * 7, name="24 hours", minutes_per_day=DAY)


def weekly(id: str, days: str = "Mon Tue Wed Thu Fri", hours: str = "08:00-12:00 13:00-17:00", **more: object) -> Calendar:
    """A calendar from words, for tests and defaults: the days worked and the hours of each of them."""
    names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    shifts = tidy([(_clock(a), _clock(b) or DAY) for a, _, b in (part.partition("-") for part in hours.split())])
    week = tuple(shifts if n in days.split() else () for n in names)
    return Calendar(id, week, minutes_per_day=sum(b - a for a, b in shifts), **more)  # type: ignore[arg-type]


def union(calendars: list[Calendar]) -> Calendar:
    """Worked whenever one of them is."""
    week = tuple(tidy([s for c in calendars for s in c.week[d]]) for d in range(7))
    days = {day for c in calendars for day in c.exceptions}
    exceptions = {day: tidy([s for c in calendars for s in c.shifts(day)]) for day in days}
    return Calendar("+".join(c.id for c in calendars), week, exceptions)


def _clock(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


class Table:
    """A calendar's shifts over a span of days with the work done before each; the span grows when a question leaves it."""

    __slots__ = ("calendar", "cum", "ends", "first", "high", "last", "low", "starts")

    def __init__(self, calendar: Calendar, first: int, last: int) -> None:
        """Cover the instants between the two, whichever comes first, and a margin."""
        self.calendar = calendar
        self.first, self.last = min(first, last) // DAY - 40, max(first, last) // DAY + 40
        self.low = self.high = 0
        self.cum: list[int] = []
        if not calendar.works:
            raise Invalid(f"Calendar {calendar.name or calendar.id} has no working time at all.", field=calendar.id)
        self._build()

    def _build(self) -> None:
        """Whole weeks at a time, then the days that differ, then touching shifts joined."""
        week = [self.calendar.week[(d + 3) % 7] for d in range(7)]  # day 0, 1 January 1970, was a Thursday
        begin = self.first - self.first % 7
        weeks = range(begin * DAY, (self.last + 1) * DAY, 7 * DAY)
        opens = [d * DAY + a for d in range(7) for a, _ in week[d]]
        closes = [d * DAY + b for d in range(7) for _, b in week[d]]
        starts = [w + a for w in weeks for a in opens]
        ends = [w + b for w in weeks for b in closes]
        for day in sorted((d - EPOCH_DATE).days for d in self.calendar.exceptions):
            if begin <= day <= self.last:
                shifts = self.calendar.exceptions[EPOCH_DATE + timedelta(days=day)]
                i, j = bisect_left(starts, day * DAY), bisect_left(starts, (day + 1) * DAY)
                starts[i:j] = [day * DAY + a for a, _ in shifts]
                ends[i:j] = [day * DAY + b for _, b in shifts]
        self.starts: list[int] = starts
        self.ends: list[int] = ends
        if any(b == DAY for shifts in (*week, *self.calendar.exceptions.values()) for _, b in shifts):
            self._join()
        self.cum = list(accumulate(map(sub, self.ends, self.starts), initial=0))
        self.low = self.starts[0] if self.starts else (self.last + 1) * DAY  # between these every question is answered
        self.high = self.starts[-1] if self.starts else self.low

    def _join(self) -> None:
        """Work that runs over midnight is one shift."""
        whole = [i for i in range(1, len(self.starts)) if self.starts[i] != self.ends[i - 1]]
        self.starts, self.ends = (
            [self.starts[0], *(self.starts[i] for i in whole)] if self.starts else [],
            [*(self.ends[i - 1] for i in whole), self.ends[-1]] if self.ends else [],
        )

    def _grow(self, back: bool) -> None:
        """Twice the span, backward or forward; a calendar that runs dry is named."""
        size = self.last - self.first + 1
        if size > REACH:
            at = self.starts[0 if back else -1] if self.starts else self.first * DAY
            side = "before" if back else "after"
            name = self.calendar.name or self.calendar.id
            when = f"{moment(at):%d %b %Y}"
            if any(self.calendar.week):
                told = f"Dates on calendar {name} run to {side} {when}, further than any schedule; a duration, lag or date is wrong."
            else:
                told = f"Calendar {name} has no working time {side} {when}."
            raise Invalid(told, field=self.calendar.id)
        if back:
            self.first -= size
        else:
            self.last += size
        self._build()

    def _at(self, t: int) -> int:
        """The index of the last shift that begins at or before the instant."""
        while True:
            if t >= (self.last + 1) * DAY:
                self._grow(back=False)
                continue
            i = bisect_right(self.starts, t) - 1
            if i >= 0:
                return i
            self._grow(back=True)

    def work(self, a: int, b: int) -> int:
        """Working minutes from `a` to `b`, negative when `b` is earlier."""
        if a == b:
            return 0
        if not self.low <= a < self.high or not self.low <= b < self.high:
            for t in (a, b):
                self._at(t)  # both first: growing moves the zero
        starts, ends, cum = self.starts, self.ends, self.cum
        i, j = bisect_right(starts, a) - 1, bisect_right(starts, b) - 1
        x, y = ends[i], ends[j]
        return cum[j] - cum[i] + (b if b < y else y) - starts[j] - (a if a < x else x) + starts[i]

    def add(self, t: int, d: int) -> int:
        """The finish of `d` minutes of work begun at `t`: the earliest such instant. Zero moves nothing; negative is `sub`."""
        if d <= 0:
            return self.sub(t, -d) if d else t
        i = bisect_right(self.starts, t) - 1 if self.low <= t < self.high else self._at(t)
        end = self.ends[i]
        if t < end:
            if t + d <= end:
                return t + d
            w = self.cum[i] + t - self.starts[i] + d
        else:
            w = self.cum[i + 1] + d
        cum = self.cum
        while w > cum[-1]:
            self._grow(back=False)
            cum = self.cum
        j = bisect_left(cum, w, i) - 1
        return self.starts[j] + w - cum[j]

    def sub(self, t: int, d: int) -> int:
        """The start of `d` minutes of work that end at `t`: the latest such instant. Zero moves nothing."""
        if d <= 0:
            return self.add(t, -d) if d else t
        i = bisect_right(self.starts, t) - 1 if self.low <= t < self.high else self._at(t)
        start, end = self.starts[i], self.ends[i]
        x = t if t < end else end
        if x - d >= start:
            return x - d
        w = self.cum[i] + x - start - d
        while w < 0:
            before = self.cum[-1]
            self._grow(back=True)
            w += self.cum[-1] - before
        j = bisect_right(self.cum, w) - 1
        return self.starts[j] + w - self.cum[j]

    def next_start(self, t: int) -> int:
        """The instant itself where work is done, else the next moment at which it begins."""
        i = bisect_right(self.starts, t) - 1 if self.low <= t < self.high else self._at(t)
        if t < self.ends[i]:
            return t
        while i + 1 >= len(self.starts):
            self._grow(back=False)
            i = bisect_right(self.starts, t) - 1
        return self.starts[i + 1]

    def prev_finish(self, t: int) -> int:
        """The earliest instant with the same work behind it: 17:00 the day before for 08:00, itself inside a shift."""
        i = bisect_right(self.starts, t) - 1 if self.low <= t < self.high else self._at(t)
        if t > self.starts[i]:
            return min(t, self.ends[i])
        while i == 0:
            self._grow(back=True)
            i = self._at(t)
        return self.ends[i - 1]

    def works(self, t: int) -> bool:
        """Whether the instant lies in a shift, both its ends included."""
        i = bisect_right(self.starts, t) - 1 if self.low <= t < self.high else self._at(t)
        return t <= self.ends[i]

    def nearest(self, t: int) -> int:
        """The shift's end before or the shift's start after, whichever is nearer (the later one when equally near)."""
        before, after = self.prev_finish(t), self.next_start(t)
        return before if t - before < after - t else after


class Crew:
    """Working time of an activity that runs on its resources' calendars: every resource works its own share, the slowest rules.

    `shares` are (table, minutes of that resource's work for the whole of `base` minutes of duration).
    """

    __slots__ = ("base", "own", "shares")

    def __init__(self, own: Table | None, shares: list[tuple[Table, int]], base: int) -> None:
        self.own, self.shares, self.base = own, shares, base

    def _part(self, minutes: int, d: int) -> int:
        return minutes if d == self.base or self.base <= 0 else round(minutes * d / self.base)

    def add(self, t: int, d: int) -> int:
        """The finish of the slowest resource."""
        if d < 0:
            return self.sub(t, -d)
        return max(table.add(t, self._part(m, d)) for table, m in self.shares) if d else t

    def sub(self, t: int, d: int) -> int:
        """The earliest start that lets every resource end by `t`."""
        if d < 0:
            return self.add(t, -d)
        return min(table.sub(t, self._part(m, d)) for table, m in self.shares) if d else t

    def next_start(self, t: int) -> int:
        """When the first of the resources can begin, in working time of the activity too."""
        return min(self._together(table, t, "next_start") for table, _ in self.shares)

    def prev_finish(self, t: int) -> int:
        """When the last of the resources ended, in working time of the activity too."""
        return max(self._together(table, t, "prev_finish") for table, _ in self.shares)

    def _together(self, table: Table, t: int, ask: Literal["next_start", "prev_finish"]) -> int:
        """The answer that both the activity's and the resource's calendar give; the resource's where they never meet."""
        at = t
        if self.own is None:
            return int(getattr(table, ask)(t))
        for _ in range(400):
            moved: int = getattr(self.own, ask)(getattr(table, ask)(at))
            if moved == at:
                return at
            at = moved
        return int(getattr(table, ask)(t))

    def works(self, t: int) -> bool:
        """By the activity's own calendar."""
        return (self.own or self.shares[0][0]).works(t)

    def nearest(self, t: int) -> int:
        """By the activity's own calendar before, by the resources after."""
        before, after = (self.own or self.shares[0][0]).prev_finish(t), self.next_start(t)
        return before if t - before < after - t else after

    def work(self, a: int, b: int) -> int:
        """By the activity's own calendar."""
        return (self.own or self.shares[0][0]).work(a, b)


Clock = Table | Crew
