"""Critical path over working days. See README.md."""

from bifocal.engines.cpm.network import Activity, Calendar, Dates, Link, LinkType, Network, Result, schedule

__all__ = ["Activity", "Calendar", "Dates", "Link", "LinkType", "Network", "Result", "schedule"]
