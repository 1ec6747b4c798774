"""What a company's lens shows and hides. Capabilities hide, they never fork the data: what is used is always shown."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from bifocal.lib.errors import Invalid


class Capability(StrEnum):
    """A part of Bifocal that a company, or one job, may do without."""

    DISPATCH = "dispatch"
    SCHEDULE = "schedule"
    CHANGES = "changes"
    LOG = "log"
    PUNCH = "punch"
    BUDGET = "budget"
    RFIS = "rfis"
    SUBMITTALS = "submittals"
    CONTRACT = "contract"


class Lens(StrEnum):
    """What a company runs."""

    SERVICE = "service"
    PROJECTS = "projects"
    BOTH = "both"


WORDS: dict[Capability, str] = {
    Capability.DISPATCH: "Dispatch and visits",
    Capability.SCHEDULE: "Days and milestones",
    Capability.CHANGES: "Change orders",
    Capability.LOG: "Daily log",
    Capability.PUNCH: "Punch list",
    Capability.BUDGET: "Budget",
    Capability.RFIS: "RFIs",
    Capability.SUBMITTALS: "Submittals",
    Capability.CONTRACT: "Contract and schedule of values",
}
PROJECT = frozenset(Capability) - {Capability.DISPATCH}
COMPANY: dict[Lens, frozenset[Capability]] = {
    Lens.SERVICE: frozenset({Capability.DISPATCH}),
    Lens.PROJECTS: PROJECT,
    Lens.BOTH: frozenset(Capability),
}
# A long install of a service company: days, milestones, changes and photos (files every job has), no schedule of values, no RFIs.
LONG_JOB = (Capability.SCHEDULE, Capability.CHANGES)


def shown(project: bool, company: Iterable[str], job: Iterable[str], used: Iterable[str]) -> frozenset[Capability]:
    """What a job shows: what its lens has in this company, what was turned on for it, and whatever it already holds."""
    usual = PROJECT if project else frozenset({Capability.DISPATCH})
    on = {Capability(c) for c in company} & usual
    return frozenset(on | {Capability(c) for c in job} | {Capability(c) for c in used})


def offered(project: bool, on: Iterable[Capability]) -> list[Capability]:
    """What can be turned on for a job by one click. A contract makes a project: that is a promotion, not a click."""
    return [c for c in Capability if c not in set(on) and (project or c is not Capability.CONTRACT)]


def capabilities(names: Iterable[str]) -> list[Capability]:
    """The capabilities of these names. Raises Invalid for an unknown one or none."""
    found = []
    for name in names:
        if name not in set(Capability):
            raise Invalid(f"'{name}' is not a capability. Choose among {', '.join(Capability)}.", field="capabilities")
        found.append(Capability(name))
    if not found:
        raise Invalid("Choose at least one capability.", field="capabilities")
    return found
