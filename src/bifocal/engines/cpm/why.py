"""Why a date is what it is: the rule and the link that set it, as data and as a sentence a superintendent can read."""

from __future__ import annotations

from dataclasses import dataclass

from bifocal.engines.cpm.calendars import Calendar, moment
from bifocal.engines.cpm.model import Activity, Dates, Link, Network, Result
from bifocal.lib.errors import Invalid

ENDS = {"FS": ("finishes", "finish", "start"), "SS": ("starts", "start", "start"), "FF": ("finishes", "finish", "finish"),
        "SF": ("starts", "start", "finish")}  # fmt: skip
RULES = {
    "data date": "the data date is {data_date} and nothing holds it back",
    "project start": "the project starts then and nothing holds it back",
    "actual": "that is when it really did",
    "expected finish": "its expected finish is set to that date",
    "resume date": "work was suspended and resumes then",
    "external link": "an activity of another project asks for it",
    "manual": "its dates are set by hand",
    "span": "it runs between the activities it is linked to",
    "summary above": "the summary task above it holds it there",
    "summary": "it spans what is below it",
    "project finish": "nothing after it needs it earlier, so the project's finish decides",
    "must finish by": "the project must finish by then",
    "deadline": "it has a deadline then",
    "as late as possible": "it is to be done as late as its successors allow",
}


@dataclass(frozen=True, slots=True)
class Why:
    """One date explained. `link` is the link that set it, where one did."""

    date: str
    at: int
    rule: str
    link: Link | None
    sentence: str


def why(network: Network, result: Result, activity: str) -> tuple[Why, ...]:
    """The early start, early finish and late finish of one activity, explained. Raises Invalid where there is no such activity."""
    acts = {a.id: a for a in network.activities}
    act, dates = acts.get(activity), result.dates.get(activity)
    if act is None or dates is None:
        raise Invalid(f"There is no activity {activity} in this schedule.", field="why")
    calendars = {c.id: c for c in network.calendars}
    data_date = next((p.start if p.data_date is None else p.data_date for p in network.projects if p.id == act.project), 0)
    told = _Teller(network, acts, calendars, result, data_date)
    driver = dates.driving[0] if dates.driving else None
    return (
        told.early(act, dates, "early start", dates.start, "starts", dates.why_start, driver),
        told.early(act, dates, "early finish", dates.finish, "finishes", dates.why_finish, driver),
        told.late(act, dates),
    )


def stamp(instant: int) -> str:
    """'14 Mar 2026 08:00'."""
    at = moment(instant)
    return f"{at.day} {at:%b %Y %H:%M}"


def _plain(calendar: Calendar) -> str:
    """'work' of 'work calendar': the sentence says calendar itself."""
    return (calendar.name or calendar.id).removesuffix(" calendar")


@dataclass(frozen=True, slots=True)
class _Teller:
    network: Network
    acts: dict[str, Activity]
    calendars: dict[str, Calendar]
    result: Result
    data_date: int

    def early(self, act: Activity, d: Dates, date: str, at: int, verb: str, rule: str, link: Link | None) -> Why:
        head = f"{act.code} {verb} {stamp(at)}"
        if rule == "link" and link is not None:
            by_finish = link.type in ("FF", "SF")
            if verb == "finishes" and not by_finish:
                return Why(date, at, "duration", link, f"{head} because it starts {stamp(d.start)} and {self._length(act, d)}.")
            tail = f" and it takes {self._hours(act.remaining)}" if by_finish and verb == "starts" else ""
            return Why(date, at, rule, link, f"{head} because {self._link(link)}{tail}.")
        if verb == "finishes" and act.actual_finish is None and rule not in ("expected finish", "span", "summary", "manual"):
            return Why(date, at, "duration", None, f"{head} because it starts {stamp(d.start)} and {self._length(act, d)}.")
        return Why(date, at, rule, None, f"{head} because {self._rule(act, rule)}.")

    def late(self, act: Activity, d: Dates) -> Why:
        head = f"{act.code} may finish as late as {stamp(d.late_finish)}"
        link = d.late_link
        if d.why_late == "link" and link is not None:
            after, late = self.acts[link.after], self.result.dates.get(link.after)
            bound = ENDS[link.type][2]
            at = "" if late is None else f" {stamp(late.late_start if bound == 'start' else late.late_finish)}"
            lag = f", less {self._lag(link)}" if link.lag or link.percent else ""
            told = f"{head} because '{after.name or after.code}' must {bound} by{at}{lag} ({link.type})."
            return Why("late finish", d.late_finish, "link", link, told)
        return Why("late finish", d.late_finish, d.why_late, None, f"{head} because {self._rule(act, d.why_late)}.")

    def _link(self, link: Link) -> str:
        before, dates = self.acts[link.before], self.result.dates[link.before]
        verb, end, _ = ENDS[link.type]
        at = stamp(dates.finish if end == "finish" else dates.start)
        told = f"'{before.name or before.code}' {verb} {at}"
        if link.lag > 0:
            return f"{told} and {self._lag(link)} runs on {self._lag_calendar(link)}"
        return f"{told} and {self._lag(link)} is taken off on {self._lag_calendar(link)}" if link.lag < 0 else told

    def _lag(self, link: Link) -> str:
        if link.percent is not None:
            return f"the lag of {link.percent:g} percent"
        return f"the {self._hours(abs(link.lag))} {'lag' if link.lag >= 0 else 'lead'}"

    def _lag_calendar(self, link: Link) -> str:
        after = self.acts[link.after]
        project = next((p for p in self.network.projects if p.id == after.project), None)
        choice = "successor" if self.network.dialect == "msp" else project.options.lag_calendar if project else "predecessor"
        if link.elapsed or choice == "24h":
            return "all hours of the day"
        key = after.calendar if choice == "successor" else self.acts[link.before].calendar
        if choice == "project" and project and project.calendar:
            key = project.calendar
        return f"the {_plain(self.calendars[key])} calendar"

    def _length(self, act: Activity, d: Dates) -> str:
        left = act.remaining if act.actual_start is not None else act.duration
        word = "has" if act.actual_start is not None else "takes"
        calendar = self.calendars.get(act.calendar)
        on = f" on the {_plain(calendar)} calendar" if calendar else ""
        return f"{word} {self._hours(left)}{' left' if word == 'has' else ''}{on}"

    def _rule(self, act: Activity, rule: str) -> str:
        for limit in (act.constraint, act.second):
            if limit is not None and limit.limit.value == rule and limit.at is not None:
                return f"of its constraint '{rule} {stamp(limit.at)}'"
        return RULES.get(rule, rule).format(data_date=stamp(self.data_date))

    @staticmethod
    def _hours(minutes: int) -> str:
        return f"{round(minutes / 60, 2):g} h"
