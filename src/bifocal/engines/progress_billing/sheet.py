"""The application and its continuation sheet."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from bifocal.lib.errors import Invalid
from bifocal.lib.money import ZERO, cents


class BrokenIdentity(Invalid):
    """An identity of the sheet does not hold: the sentence names which and where."""

    code = "broken_identity"


@dataclass(frozen=True)
class Line:
    """One line as it is applied for. Amounts in dollars; rates as fractions, None for the application's."""

    item: str
    scheduled: Decimal
    previous: Decimal
    this_period: Decimal
    stored: Decimal = ZERO
    stored_previous: Decimal = ZERO
    is_change: bool = False
    work_rate: Decimal | None = None
    stored_rate: Decimal | None = None


@dataclass(frozen=True)
class Application:
    """What one application is computed from. `previous_certificates` is line 7."""

    original_sum: Decimal
    lines: tuple[Line, ...]
    work_rate: Decimal
    stored_rate: Decimal
    previous_certificates: Decimal = ZERO
    rounding: Literal["line", "total"] = "line"


@dataclass(frozen=True)
class LineResult:
    """Columns C to I of one line; `percent` is a fraction, None where C is 0."""

    item: str
    C: Decimal
    D: Decimal
    E: Decimal
    F: Decimal
    G: Decimal
    percent: Decimal | None
    H: Decimal
    I: Decimal  # noqa: E741 - the column's own letter
    work_retainage: Decimal
    stored_retainage: Decimal


@dataclass(frozen=True)
class Sheet:
    """The continuation sheet, its totals by column letter, and the summary by line number ('5a', '8')."""

    lines: tuple[LineResult, ...]
    totals: dict[str, Decimal]
    summary: dict[str, Decimal]


def compute(application: Application) -> Sheet:
    """Compute every column and line of an application. Raises BrokenIdentity, or Invalid for a line over its value."""
    lines = tuple(_line(li, application) for li in application.lines)
    totals = {c: sum((getattr(li, c) for li in lines), ZERO) for c in "CDEFGHI"}
    changes = sum((li.scheduled for li in application.lines if li.is_change), ZERO)
    five_a, five_b = _retainage(lines, application)
    s = {"1": application.original_sum, "2": changes, "3": application.original_sum + changes, "4": totals["G"]}
    s |= {"5a": five_a, "5b": five_b, "5": five_a + five_b}
    s["6"] = s["4"] - s["5"]
    s["7"] = application.previous_certificates
    s["8"] = s["6"] - s["7"]
    s["9"] = s["3"] - s["6"]
    _check(lines, totals, s)
    return Sheet(lines, totals, s)


def _line(line: Line, app: Application) -> LineResult:
    g = line.previous + line.this_period + line.stored
    if abs(g) > abs(line.scheduled) or g * line.scheduled < 0:
        raise Invalid(
            f"Line {line.item} is billed to {g:,.2f} of {line.scheduled:,.2f}: more than its scheduled value."
            " Bill less, or add a change order.", field=line.item,
        )  # fmt: skip
    work_rate = app.work_rate if line.work_rate is None else line.work_rate
    stored_rate = app.stored_rate if line.stored_rate is None else line.stored_rate
    work = (line.previous + line.this_period) * work_rate
    stored = line.stored * stored_rate
    if app.rounding == "line":
        work, stored = cents(work), cents(stored)
    return LineResult(
        item=line.item, C=line.scheduled, D=line.previous, E=line.this_period, F=line.stored, G=g,
        percent=g / line.scheduled if line.scheduled else None, H=line.scheduled - g, I=work + stored,
        work_retainage=work, stored_retainage=stored,
    )  # fmt: skip


def _retainage(lines: tuple[LineResult, ...], app: Application) -> tuple[Decimal, Decimal]:
    work = sum((li.work_retainage for li in lines), ZERO)
    stored = sum((li.stored_retainage for li in lines), ZERO)
    return (cents(work), cents(stored)) if app.rounding == "total" else (work, stored)


def _check(lines: tuple[LineResult, ...], totals: dict[str, Decimal], s: dict[str, Decimal]) -> None:
    if s["3"] != totals["C"]:
        raise BrokenIdentity(f"The schedule of values adds up to {totals['C']:,.2f}, the contract sum is {s['3']:,.2f}.", field="3")
    if cents(totals["I"]) != s["5"]:
        raise BrokenIdentity(f"Retainage by line is {totals['I']}, by the summary {s['5']}.", field="5")
    if s["9"] != totals["H"] + s["5"]:
        raise BrokenIdentity(f"Balance to finish is {s['9']}, by line {totals['H'] + s['5']}.", field="9")
    for li in lines:
        if li.C != li.G + li.H:
            raise BrokenIdentity(f"Line {li.item}: C is not G + H.", field=li.item)
