"""By when a notice goes out, a lien is filed, a bond claim made: a dated table. Verify each with counsel."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Literal

Sector = Literal["private", "public", "federal"]
AS_OF = date(2026, 11, 25)


class Basis(StrEnum):
    """The day that a deadline counts from."""

    FIRST = "first_furnished"
    LAST = "last_furnished"
    DONE = "completed"


@dataclass(frozen=True, slots=True)
class Deadline:
    """One deadline of a state: days, months, or the 15th day of a month after; for those below the prime, or for all."""

    state: str
    sector: Sector
    kind: str
    basis: Basis
    citation: str
    remark: str = ""
    days: int = 0
    months: int = 0
    fifteenth: bool = False
    from_month_end: bool = False
    only_below: bool = False
    only_second_tier: bool = False


F, L, D = Basis.FIRST, Basis.LAST, Basis.DONE
DEADLINES: tuple[Deadline, ...] = (
    Deadline(
        "AZ",
        "private",
        "preliminary notice",
        F,
        "Ariz. Rev. Stat. 33-992.01",
        "20-day notice, also of those who contract with the owner",
        days=20,
    ),
    Deadline("AZ", "private", "lien", D, "Ariz. Rev. Stat. 33-993", "60 days where a notice of completion was recorded", days=120),
    Deadline(
        "CA",
        "private",
        "preliminary notice",
        F,
        "Cal. Civ. Code 8200, 8204",
        "later notice covers 20 days back only",
        days=20,
        only_below=True,
    ),
    Deadline(
        "CA",
        "private",
        "lien",
        D,
        "Cal. Civ. Code 8412, 8414",
        "after a recorded notice of completion: 60 days for a direct contractor, 30 for others",
        days=90,
    ),
    Deadline("FL", "private", "notice to owner", F, "Fla. Stat. 713.06(2)(a)", "and before the final payment", days=45, only_below=True),
    Deadline("FL", "private", "lien", L, "Fla. Stat. 713.08(5)", days=90),
    Deadline(
        "MD",
        "private",
        "notice of intention",
        L,
        "Md. Code, Real Prop. 9-104",
        "to the owner, by those not under contract with them",
        days=120,
        only_below=True,
    ),
    Deadline("MD", "private", "petition for a lien", L, "Md. Code, Real Prop. 9-105", days=180),
    Deadline(
        "MD", "public", "bond claim", L, "Md. Code, State Fin. & Proc. 17-108", "written notice to the contractor", days=90, only_below=True
    ),
    Deadline("NJ", "private", "lien", L, "N.J. Stat. 2A:44A-6", "residential work: another procedure, 120 days", days=90),
    Deadline("NY", "private", "lien", L, "N.Y. Lien Law 10", "single-family dwelling: 4 months", months=8),
    Deadline(
        "PA",
        "private",
        "notice of intention",
        L,
        "49 Pa. Stat. 1501",
        "30 days before the claim is filed: 5 months",
        months=5,
        only_below=True,
    ),
    Deadline("PA", "private", "lien", L, "49 Pa. Stat. 1502", months=6),
    Deadline(
        "TX",
        "private",
        "notice of claim",
        L,
        "Tex. Prop. Code 53.056",
        "for every month of unpaid work; residential: second month",
        months=3,
        fifteenth=True,
        only_below=True,
    ),
    Deadline("TX", "private", "lien affidavit", L, "Tex. Prop. Code 53.052", "residential: third month", months=4, fifteenth=True),
    Deadline(
        "VA",
        "private",
        "lien",
        L,
        "Va. Code 43-4",
        "and within 90 days of completion; work of the last 150 days only",
        days=90,
        from_month_end=True,
    ),
    Deadline(
        "WA",
        "private",
        "notice to owner",
        F,
        "Wash. Rev. Code 60.04.031",
        "covers 60 days back; new single-family: 10",
        days=60,
        only_below=True,
    ),
    Deadline("WA", "private", "lien", L, "Wash. Rev. Code 60.04.091", days=90),
    Deadline(
        "US",
        "federal",
        "notice to the contractor",
        L,
        "40 U.S.C. 3133(b)(2)",
        "Miller Act, without a contract with the prime",
        days=90,
        only_second_tier=True,
    ),
    Deadline(
        "US",
        "federal",
        "suit on the payment bond",
        L,
        "40 U.S.C. 3133(b)(4)",
        "Miller Act; not before 90 days have passed",
        months=12,
        only_below=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline with its day."""

    deadline: Deadline
    day: date


def due_dates(
    state: str, sector: Sector, *, below: bool, second_tier: bool, first: date | None, last: date | None, completed: date | None
) -> list[Due]:
    """The deadlines that hold for a claimant, each with its day, where the day it counts from is known; the earliest first.

    `below`: under contract with another contractor, not with the owner. A day on a weekend stays: being early hurts nobody.
    """
    known = {Basis.FIRST: first, Basis.LAST: last, Basis.DONE: completed}
    where = "US" if sector == "federal" else state
    rows = [d for d in DEADLINES if (d.state, d.sector) == (where, sector)]
    rows = [d for d in rows if (below or not d.only_below) and (second_tier or not d.only_second_tier)]
    found = [Due(d, _day(d, start)) for d in rows if (start := known[d.basis]) is not None]
    return sorted(found, key=lambda d: d.day)


def _day(rule: Deadline, start: date) -> date:
    if rule.fifteenth:
        return _months(start, rule.months).replace(day=15)
    if rule.months:
        return _months(start, rule.months)
    if rule.from_month_end:
        start = start.replace(day=monthrange(start.year, start.month)[1])
    return start + timedelta(days=rule.days)


def _months(start: date, months: int) -> date:
    """The same day so many months later, the last of the month where there is none."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def known_states(sector: Sector) -> list[str]:
    """States that the table has a row for; a state that is not here has no row, not no law."""
    return sorted({d.state for d in DEADLINES if d.sector == sector})
