"""The schedule: critical path on real calendars, in the manner of Primavera P6 or Microsoft Project. See README.md."""

from bifocal.engines.cpm.calendars import Calendar, minute, moment, round_the_clock, weekly
from bifocal.engines.cpm.compute import schedule
from bifocal.engines.cpm.model import Activity, Constraint, Dates, Kind, Limit, Link, LinkType, Network, Options, Project, Result, Work
from bifocal.engines.cpm.why import Why, why

__all__ = [
    "Activity", "Calendar", "Constraint", "Dates", "Kind", "Limit", "Link", "LinkType", "Network", "Options", "Project", "Result", "Why",
    "Work", "minute", "moment", "round_the_clock", "schedule", "weekly", "why",
]  # fmt: skip
