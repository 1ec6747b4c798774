"""From when to when by the branch's clock: pure decisions about weekdays, shifts and arrival windows. Monday is 0."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bifocal.lib.errors import Invalid
from bifocal.lib.periods import TimeRange, clock, days

Span = tuple[time, time]
Week = Mapping[int, Span]
USUAL: Span = (time(7), time(17))  # where a branch has set nothing: the first hour is for driving to the first customer
WEEKDAYS = range(5)
USUAL_WINDOWS: tuple[Span, ...] = tuple((time(h), time(h + 2)) for h in (8, 10, 12, 14))
AHEAD = 21  # days that are looked at for the next ones that are worked
NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Hours:
    """The hours of a branch and of its people. `tz`: whose clock; `off`: holidays of the company; `usual`: the week of who has none.

    Moments are told in UTC: then what is between two of them is what a watch would show, also on the day the clocks change.
    """

    tz: str
    week: Week
    windows: tuple[Span, ...] = USUAL_WINDOWS
    usual: Week | None = None
    people: Mapping[int, Week] = field(default_factory=dict)
    off: frozenset[date] = frozenset()

    def open(self, day: date) -> TimeRange | None:
        """From when to when the branch serves customers; None where it is closed."""
        return self._on(self.week, day)

    def shift(self, day: date, person: int | None = None) -> TimeRange | None:
        """When somebody works; None on a day off."""
        return self._on(self.week_of(person), day)

    def week_of(self, person: int | None = None) -> Week:
        """Somebody's own week, else the company's, else the branch's."""
        usual = self.week if self.usual is None else self.usual
        return usual if person is None else self.people.get(person, usual)

    def within(self, day: date, person: int) -> TimeRange | None:
        """When somebody can be sent to customers: in their shift, while the branch serves, from its first window on."""
        shift, open_, windows = self.shift(day, person), self.open(day), self.windows_of(day)
        if shift is None or open_ is None:
            return None
        start, end = max(shift.start, windows[0].start if windows else open_.start), min(shift.end, open_.end)
        return TimeRange(start, end) if start < end else None

    def windows_of(self, day: date) -> list[TimeRange]:
        """Arrival windows that customers are offered: those that lie inside the day's hours, in order."""
        open_ = self.week.get(day.weekday())
        if open_ is None or day in self.off:
            return []
        return [self._span(w, day) for w in sorted(self.windows) if open_[0] <= w[0] and w[1] <= open_[1]]

    def days(self, first: date, count: int) -> list[date]:
        """The next `count` days from `first` on that the branch is open; looked for within three weeks."""
        return [d for n in range(AHEAD) if self.open(d := first + timedelta(days=n))][:count]

    def between(self, first: date, last: date) -> list[date]:
        """The days the branch is open from first to last, both included."""
        return [d for d in days(first, last) if self.open(d)]

    def next_start(self, after: datetime, person: int | None = None) -> datetime:
        """When somebody's next shift begins (nobody named: when the branch opens next); in three weeks where none is known."""
        today = after.astimezone(ZoneInfo(self.tz)).date()
        spans = (self.open(d) if person is None else self.shift(d, person) for d in days(today, today + timedelta(days=AHEAD)))
        return next((s.start for s in spans if s and s.start > after), after + timedelta(days=AHEAD))

    def is_open(self, at: datetime) -> bool:
        """Whether the branch serves customers at a moment; else it is after hours."""
        span = self.open(at.astimezone(ZoneInfo(self.tz)).date())
        return span is not None and span.start <= at < span.end

    def _on(self, week: Week, day: date) -> TimeRange | None:
        span = None if day in self.off else week.get(day.weekday())
        return self._span(span, day) if span else None

    def _span(self, span: Span, day: date) -> TimeRange:
        zone = ZoneInfo(self.tz)
        start, end = (datetime.combine(day, t, zone).astimezone(UTC) for t in span)
        return TimeRange(start, end)


def checked_week(told: Iterable[tuple[int, time | None, time | None]]) -> dict[int, Span]:
    """A week as it was typed; days without times are closed. Raises Invalid for half a day, a day twice, an end before its start."""
    found: dict[int, Span] = {}
    for weekday, starts, ends in told:
        name = NAMES[weekday]
        if starts is None and ends is None:
            continue
        if starts is None or ends is None:
            raise Invalid(f"{name}: give both times, from when and until when, or neither for a day off.", field="days")
        if weekday in found:
            raise Invalid(f"{name} is there twice. Give each weekday once.", field="days")
        if ends <= starts:
            raise Invalid(f"{name}: {clock(starts)} is not before {clock(ends)}. Opening must be before closing.", field="days")
        found[weekday] = (starts, ends)
    return found


def checked_windows(told: Iterable[Span], week: Week) -> list[Span]:
    """Windows as they were typed, each once and in order. Raises Invalid where one ends before it starts or lies in no day's hours."""
    found = sorted(set(told))
    if not week:
        raise Invalid("Give hours for at least one weekday: a branch that is never open can't be offered.", field="days")
    if not found:
        raise Invalid("Give at least one arrival window: customers are told one.", field="windows")
    for start, end in found:
        said = f"{clock(start)} to {clock(end)}"
        if end <= start:
            raise Invalid(f"The window {said} ends before it begins.", field="windows")
        if not any(opens <= start and end <= closes for opens, closes in week.values()):
            raise Invalid(f"The window {said} lies inside the hours of no weekday: nobody could be promised it.", field="windows")
    return found


def grouped(week: Week) -> list[tuple[int, int, Span]]:
    """Days that follow each other with the same hours together: first weekday, last one, from when to when."""
    groups: list[tuple[int, int, Span]] = []
    for n, span in sorted(week.items()):
        if groups and groups[-1][1:] == (n - 1, span):
            groups[-1] = (groups[-1][0], n, span)
        else:
            groups.append((n, n, span))
    return groups


def said(week: Week) -> str:
    """A week in words: 'Monday to Friday 7:00 am to 5:00 pm, Saturday 8:00 am to 12:00 pm'."""
    days = ((NAMES[a] if a == b else f"{NAMES[a]} to {NAMES[b]}", span) for a, b, span in grouped(week))
    return ", ".join(f"{name} {clock(starts)} to {clock(ends)}" for name, (starts, ends) in days)
