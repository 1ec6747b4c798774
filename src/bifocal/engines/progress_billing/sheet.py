"""The application and its continuation sheet."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from decimal import Decimal

from bifocal.engines.progress_billing import retainage
from bifocal.engines.progress_billing.terms import Application, BrokenIdentity, Line, Split
from bifocal.lib.errors import Invalid
from bifocal.lib.money import ZERO, cents


@dataclass(frozen=True, slots=True)
class LineResult:
    """Columns C to I of one line; `percent` is a fraction, None where C is 0. `moved`: retainage that went from stored to work."""

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
    moved: Decimal


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was certified: its amount, how much less than line 8, and line 7 of the application that follows."""

    amount: Decimal
    short: Decimal
    next_line_7: Decimal


@dataclass(frozen=True, slots=True)
class Sheet:
    """The continuation sheet, its totals by column letter, the summary by line number ('5a', '8'), and the change orders.

    `changes` has additions and deductions of prior months and of this one; `most` is the cap in dollars, if there is one.
    """

    lines: tuple[LineResult, ...]
    totals: dict[str, Decimal]
    summary: dict[str, Decimal]
    changes: dict[str, Decimal]
    most: Decimal | None = None
    certificate: Certificate | None = None


def compute(application: Application) -> Sheet:
    """Compute every column and line of an application.

    Raises BrokenIdentity naming the line or summary line that does not hold, Invalid for terms that can't be true.
    """
    app = application
    _check_terms(app)
    summed = sum((li.scheduled for li in app.lines), ZERO)
    before, to_date = sum((li.before for li in app.lines), ZERO), sum((li.to_date for li in app.lines), ZERO)
    now, base = retainage.rates(app, before, to_date, summed), Split(app.work_rate, app.stored_rate)
    net = _net_change(app)
    most = retainage.ceiling(app.cap, app.original_sum, app.original_sum + net)
    raw = [retainage.held(li, now, base) for li in app.lines]
    splits = [s if app.rounding == "total" else Split(cents(s.work), cents(s.stored)) for s, _ in raw]
    splits = [retainage.release(li, s) for li, s in zip(app.lines, retainage.capped(splits, most), strict=True)]
    lines = tuple(_line(li, s, m) for li, s, (_, m) in zip(app.lines, splits, raw, strict=True))
    totals = {c: sum((getattr(li, c) for li in lines), ZERO) for c in "CDEFGHI"}
    seven = app.previous_certificates
    if seven is None:
        seven = before - _held_before(app, now, base, most)
    s = _summary(app.original_sum, net, totals["G"], splits, seven, app.rounding)
    _check(lines, totals, s)
    sheet = Sheet(lines, totals, s, _changes(app), most)
    return sheet if app.certified is None else replace(sheet, certificate=_certificate(app, sheet))


def _line(line: Line, held: Split, moved: Decimal) -> LineResult:
    g, c = line.to_date, line.scheduled
    if abs(g) > abs(c) or g * c < 0:
        raise BrokenIdentity(
            f"Line {line.item} is billed to {g:,.2f} of {c:,.2f}: G must lie between 0 and C, its scheduled value."
            " Bill less, or add a change order.", field=line.item,
        )  # fmt: skip
    return LineResult(
        line.item, c, line.previous, line.this_period, line.stored, g, g / c if c else None, c - g, held.work + held.stored,
        held.work, held.stored, cents(moved),
    )  # fmt: skip


def _held_before(app: Application, now: retainage.Rates, base: Split, most: Decimal | None) -> Decimal:
    each = (retainage.held_before(li, now, base) for li in app.lines)
    total = cents(sum(each, ZERO)) if app.rounding == "total" else sum((cents(h) for h in each), ZERO)
    return total if most is None else min(total, most)


def _summary(
    original: Decimal, net: Decimal, gross: Decimal, splits: list[Split], seven: Decimal, rounding: str
) -> dict[str, Decimal]:  # fmt: skip
    five_a, five_b = sum((s.work for s in splits), ZERO), sum((s.stored for s in splits), ZERO)
    if rounding == "total":
        five_a, five_b = cents(five_a), cents(five_b)
    three, five = original + net, five_a + five_b
    six = gross - five
    return {
        "1": original, "2": net, "3": three, "4": gross, "5a": five_a, "5b": five_b, "5": five, "6": six, "7": seven,
        "8": six - seven, "9": three - six,
    }  # fmt: skip


def _net_change(app: Application) -> Decimal:
    """Line 2. Raises BrokenIdentity where the lines that name a change order do not add up to it.

    A change order that no line names was folded into base lines, as on many sheets of others: line 3 = ΣC still holds it.
    """
    by_change: dict[str, Decimal] = {}
    for li in app.lines:
        if li.change:
            by_change[li.change] = by_change.get(li.change, ZERO) + li.scheduled
    if not app.change_orders:
        return sum(by_change.values(), ZERO)
    known = {c.number for c in app.change_orders}
    stray = next((li for li in app.lines if li.change and li.change not in known), None)
    if stray:
        raise Invalid(f"Line {stray.item} names change order {stray.change}, which is not listed.", field=stray.item)
    for c in app.change_orders:
        added = by_change.get(c.number, c.amount)
        if added != c.amount:
            items = ", ".join(li.item for li in app.lines if li.change == c.number)
            raise BrokenIdentity(
                f"Change order {c.number} is {c.amount:,.2f}, its lines ({items}) add up to {added:,.2f}.", field=f"change order {c.number}"
            )
    return sum((c.amount for c in app.change_orders), ZERO)


def _changes(app: Application) -> dict[str, Decimal]:
    """The change order summary: additions and deductions, prior months and this one."""
    out = {"prior_additions": ZERO, "prior_deductions": ZERO, "this_additions": ZERO, "this_deductions": ZERO}
    for c in app.change_orders:
        out[f"{'this' if c.this_month else 'prior'}_{'deductions' if c.amount < 0 else 'additions'}"] += c.amount
    return out


def _certificate(app: Application, sheet: Sheet) -> Certificate:
    """The certificate of the applied sheet. By line: the sheet anew with what is allowed of each line this period."""
    wanted, applied = app.certified, sheet.summary["8"]
    assert wanted is not None
    amount = wanted.amount
    if amount is None:
        stray = next((i for i in wanted.lines if i not in {li.item for li in app.lines}), None)
        if stray is not None:
            raise Invalid(f"The certificate names item {stray}, which is not on the sheet.", field=stray)
        lines = tuple(_allowed(li, wanted.lines[li.item]) if li.item in wanted.lines else li for li in app.lines)
        amount = compute(replace(app, lines=lines, certified=None, previous_certificates=sheet.summary["7"])).summary["8"]
    if amount > applied or (amount < 0 and amount != applied):
        raise BrokenIdentity(f"{amount:,.2f} is certified, {applied:,.2f} was applied for (line 8).", field="8")
    return Certificate(amount, applied - amount, sheet.summary["7"] + amount)


def _allowed(line: Line, amount: Decimal) -> Line:
    """The line with `amount` of what this period adds to G."""
    asked = line.to_date - line.before
    if not (0 <= amount <= asked or asked <= amount <= 0):
        raise BrokenIdentity(f"Line {line.item}: {amount:,.2f} is certified, {asked:,.2f} was applied for.", field=line.item)
    return replace(line, this_period=line.this_period - (asked - amount))


def _check_terms(app: Application) -> None:
    """What can't be true of any application. Raises Invalid or BrokenIdentity with the item."""
    if not app.lines:
        raise Invalid("The application has no lines.", field="lines")
    twice = [i for i, n in Counter(li.item for li in app.lines).items() if n > 1]
    twice += [f"change order {i}" for i, n in Counter(c.number for c in app.change_orders).items() if n > 1]
    if twice:
        raise Invalid(f"{'Item ' if ' ' not in twice[0] else ''}{twice[0]} stands twice. Give each its own number.", field=twice[0])
    marks = [s.at_percent for s in app.steps]
    if len(set(marks)) < len(marks):
        raise Invalid("Two steps of retainage have the same mark.", field="retainage.steps")
    for li in app.lines:
        if li.stored * li.scheduled < 0 or li.stored_previous * li.scheduled < 0:
            raise BrokenIdentity(f"Line {li.item}: stored material has the other sign than its scheduled value.", field=li.item)
        carried = li.retainage_previous
        for part, on in () if carried is None else ((carried.work, li.previous), (carried.stored, li.stored_previous)):
            if part and (abs(part) > abs(on) or part * on < 0):
                raise BrokenIdentity(f"Line {li.item} carries {part:,.2f} of retainage on {on:,.2f}.", field=li.item)


def _check(lines: tuple[LineResult, ...], totals: dict[str, Decimal], s: dict[str, Decimal]) -> None:
    if s["3"] != totals["C"]:
        raise BrokenIdentity(f"Line 3: the schedule of values adds up to {totals['C']:,.2f}, the contract sum is {s['3']:,.2f}.", field="3")
    if abs(totals["I"] - s["5"]) > Decimal("0.01"):
        raise BrokenIdentity(f"Line 5: retainage by line is {totals['I']}, by the summary {s['5']}.", field="5")
    if s["9"] != totals["H"] + s["5"]:
        raise BrokenIdentity(f"Line 9: balance to finish is {s['9']}, by line {totals['H'] + s['5']}.", field="9")
    for li in lines:
        if li.C != li.G + li.H:
            raise BrokenIdentity(f"Line {li.item}: C is not G + H.", field=li.item)
