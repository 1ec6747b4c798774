"""Charts of a schedule's risk as SVG text: the histogram of finishes with its S-curve, and the tornado."""

from __future__ import annotations

from html import escape
from typing import Any

from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from bifocal.engines.cpm.calendars import moment

WIDE, TALL, LEFT, TOP, BASE = 640, 240, 40, 22, 200


def _svg(title: str, body: list[str], tall: int) -> SafeString:
    head = (
        f'<svg class="chart risk" viewBox="0 0 {WIDE} {tall}" role="img" aria-label="{escape(title)}" xmlns="http://www.w3.org/2000/svg">'
    )
    return mark_safe(f"{head}<title>{escape(title)}</title>{''.join(body)}</svg>")  # noqa: S308 - every text is escaped


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="m" text-anchor="{anchor}">{escape(text)}</text>'


def day(instant: int) -> str:
    """An instant of a schedule as its day."""
    return date_format(moment(instant), "j M Y")


def histogram(found: dict[str, Any]) -> SafeString:
    """How often the work finished when; the curve is the chance to be done by then; marks at P50, P80, P90 and the plan."""
    bars, width = found["bars"], found["width"]
    first, span = bars[0][0], len(bars) * width
    step = (WIDE - LEFT - 10) / len(bars)
    top = max(n for _, n in bars)
    body, sum_, curve = _grid(), 0, [(float(LEFT), float(BASE))]
    for i, (at, n) in enumerate(bars):
        tall, sum_ = (BASE - TOP) * n / top, sum_ + n
        told = _("{day}: {n} of {all}").format(day=day(at), n=n, all=found["samples"])
        x = LEFT + i * step
        body.append(f'<rect x="{x + 1:.1f}" y="{BASE - tall:.1f}" width="{max(step - 2, 1):.1f}" height="{tall:.1f}" class="p">')
        body.append(f"<title>{escape(told)}</title></rect>")
        curve.append((x + step, BASE - (BASE - TOP) * sum_ / found["samples"]))
    body.append(f'<polyline class="s-curve" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in curve)}"/>')
    marks = [(f"P{p}", found["finish"][p]) for p in ("50", "80", "90")] + [(_("plan"), found["planned"])]
    for n, (word, at) in enumerate(marks):
        x = LEFT + (WIDE - LEFT - 10) * min(max((at - first) / span, 0), 1)
        body.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 6}" y2="{BASE}" class="mark"/>')
        body.append(_text(x, TOP - 10 if n % 2 == 0 else TOP, word, "middle"))
    body += [_text(LEFT, BASE + 16, day(first)), _text(WIDE - 10, BASE + 16, day(first + span), "end")]
    return _svg(_("Finishes of {n} simulations, and the chance to be done by then").format(n=found["samples"]), body, TALL)


def _grid() -> list[str]:
    out = []
    for share in (0, 50, 100):
        y = BASE - (BASE - TOP) * share / 100
        out += [f'<line x1="{LEFT}" x2="{WIDE - 10}" y1="{y:.1f}" y2="{y:.1f}" class="g"/>', _text(LEFT - 5, y + 4, f"{share}%", "end")]
    return out


def tornado(rows: list[dict[str, Any]]) -> SafeString:
    """Which durations move the finish most: rank correlation from -1 to 1, the strongest on top."""
    middle, reach, body = 400.0, 150.0, []
    for n, r in enumerate(rows):
        y, wide = 8 + n * 22, abs(r["correlation"]) * reach
        x = middle if r["correlation"] >= 0 else middle - wide
        name = f"{r['code']} {r['name']}"
        body.append(_text(236, y + 12, name if len(name) <= 34 else f"{name[:33]}…", "end"))
        body.append(f'<rect x="{x:.1f}" y="{y}" width="{max(wide, 1):.1f}" height="15" class="p"/>')
        body.append(_text(middle + reach + 12, y + 12, f"{r['correlation']:.2f}"))
    tall = 8 + len(rows) * 22
    body.append(f'<line x1="{middle}" x2="{middle}" y1="2" y2="{tall}" class="g"/>')
    return _svg(_("Which durations move the finish most"), body, tall + 6)
