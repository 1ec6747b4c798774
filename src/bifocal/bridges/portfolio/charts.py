"""Curves of a project as SVG text: no script, no style attribute. Lines are told apart by their dashes, not by color alone."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from html import escape

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from bifocal.bridges.portfolio.curves import Month
from bifocal.lib.money import ZERO

WIDTH, HEIGHT, LEFT, TOP, BASE = 640, 210, 66, 14, 170
Series = tuple[str, Sequence[Decimal | None]]


def cost_curve(months: Sequence[Month], ceiling: Decimal) -> str:
    """Cost as posted, the estimate as signed month by month, and the contract sum above them."""
    limit: Sequence[Decimal | None] = [ceiling or None] * len(months)
    return lines(
        _("Cost by month"), months, (("cost", [m.cost for m in months]), ("estimate", [m.estimate for m in months]), ("limit", limit))
    )


def cash_curve(months: Sequence[Month]) -> str:
    """What came in, what went out, and what lies between."""
    parts: tuple[Series, ...] = (
        ("in", [m.cash_in for m in months]), ("out", [m.cash_out for m in months]), ("net", [m.cash for m in months])
    )  # fmt: skip
    return lines(_("Cash by month"), months, parts)


def margin_curve(months: Sequence[Month]) -> str:
    """The margin of the whole contract as each month was signed: where it falls, it fades."""
    return lines(_("Margin by signed month"), months, (("margin", [m.margin for m in months]),), percent=True)


def lines(title: str, months: Sequence[Month], series: Sequence[Series], percent: bool = False) -> str:
    """One chart of some running series; empty where there is nothing to draw."""
    known = [v for _name, values in series for v in values if v is not None]
    if not months or not known:
        return ""
    low, high = min(ZERO, *known), max(ZERO, *known)
    span = high - low or Decimal(1)
    step = (WIDTH - LEFT - 34) / max(len(months) - 1, 1)

    def y(value: Decimal) -> float:
        return BASE - float((value - low) / span) * (BASE - TOP)

    body = [_grid(low + span * n / 4, y(low + span * n / 4), percent) for n in range(5)]
    body += [_month(LEFT + n * step, m, n, len(months)) for n, m in enumerate(months)]
    for name, values in series:
        points = [(LEFT + n * step, y(v)) for n, v in enumerate(values) if v is not None]
        body.append(f'<polyline class="c-{name}" points="{" ".join(f"{a:.1f},{b:.1f}" for a, b in points)}"/>')
        if len(points) < 13:
            body += [f'<circle class="c-{name}" cx="{a:.1f}" cy="{b:.1f}" r="3"/>' for a, b in points]
    return (
        f'<svg class="chart curve" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}" xmlns="http://www.w3.org/2000/svg">'
        f"<title>{escape(title)}</title>{''.join(body)}</svg>"
    )


def _grid(value: Decimal, at: float, percent: bool) -> str:
    said = f"{value:.1%}" if percent else f"{value / 1000:,.0f}k" if abs(value) >= 1000 else f"{value:,.0f}"
    mark = "g zero" if value == 0 else "g"
    return (
        f'<line x1="{LEFT}" x2="{WIDTH}" y1="{at:.1f}" y2="{at:.1f}" class="{mark}"/>'
        f'<text x="{LEFT - 6}" y="{at + 4:.1f}" class="m" text-anchor="end">{said}</text>'
    )


def _month(at: float, month: Month, n: int, count: int) -> str:
    if n % max(1, count // 8):
        return ""
    return f'<text x="{at:.1f}" y="{BASE + 20}" class="m" text-anchor="middle">{date_format(month.month, "M y")}</text>'
