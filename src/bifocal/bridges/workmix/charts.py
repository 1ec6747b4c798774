"""Charts as SVG text, for the report and the page alike: no script, no style attribute, legible in black and white print.

They take the answer of `assess.told`, and `_`, which says a word in the reader's language (the report speaks English). Colors come
from the classes `s` (service) and `p` (project); the word stands beside every mark, so color is never the only sign.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

WIDTH = 640
Told = dict[str, Any]
Say = Callable[[str], str]


def _svg(height: int, title: str, body: list[str]) -> str:
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}" xmlns="http://www.w3.org/2000/svg">'
        f"<title>{escape(title)}</title>{''.join(body)}</svg>"
    )


def _text(x: float, y: float, text: str, cls: str = "", anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{cls}" text-anchor="{anchor}">{escape(text)}</text>'


def _rect(x: float, y: float, width: float, height: float, cls: str, title: str = "") -> str:
    inner = f"<title>{escape(title)}</title>" if title else ""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height:.1f}" class="{cls}">{inner}</rect>'


def shares(told: Told, _: Say = str) -> str:
    """Three bars of one length: the share of each shape by revenue, hours and count."""
    left = 84
    body = [
        _rect(left, 2, 11, 11, "s"),
        _text(left + 16, 12, _("service work")),
        _rect(left + 120, 2, 11, 11, "p"),
        _text(left + 136, 12, _("project work")),
    ]
    for n, (name, said) in enumerate((("revenue", _("Revenue")), ("hours", _("Hours")), ("count", _("Count")))):
        y = 26 + n * 46
        body += [_text(0, y + 18, said, "b"), *_bar(left, y, told["share_of_jobs"][name], _)]
    return _svg(26 + 3 * 46, _("Share of service and project work"), body)


def _bar(left: float, y: float, share: float | None, _: Say) -> list[str]:
    if share is None:
        return [_text(left, y + 18, _("not known"), "m")]
    wide = WIDTH - left
    cut = wide * share
    out = [
        _rect(left, y, cut, 26, "s", f"{_('service work')} {share:.1%}"),
        _rect(left + cut, y, wide - cut, 26, "p", f"{_('project work')} {1 - share:.1%}"),
    ]
    if cut > 60:
        out.append(_text(left + 8, y + 18, f"{share:.1%}", "in"))
    if wide - cut > 60:
        out.append(_text(WIDTH - 8, y + 18, f"{1 - share:.1%}", "in", "end"))
    return out


def durations(told: Told, _: Say = str) -> str:
    """How many pieces took how long, service and project apart; bars on a root scale so that few long ones stay visible."""
    classes = told["duration"]["classes"]
    top = max((max(c["service"], c["project"]) for c in classes), default=1) or 1
    left, body = 118, []
    wide = WIDTH - left - 70
    for n, c in enumerate(classes):
        body.append(_text(0, n * 40 + 21, _(c["class"])))
        both = bool(c["service"] and c["project"])
        for k, (cls, word, said) in enumerate((("s", "service", _("service work")), ("p", "project", _("project work")))):
            if c[word]:
                y, length = n * 40 + (4 + k * 15 if both else 11), max(wide * (c[word] / top) ** 0.5, 2)
                body += [_rect(left, y, length, 13, cls, f"{c[word]:,} {said}"), _text(left + length + 5, y + 11, f"{c[word]:,}", "m")]
    return _svg(len(classes) * 40, _("How long a piece of work takes, in working days"), body)


def trend(told: Told, _: Say = str) -> str:
    """The smaller side's share by quarter, as columns on a scale of 0 to 100%."""
    side, by = told["smaller_side"]["lens"], told["smaller_side"]["by"]
    quarters = [(q["quarter"], _of(q["share_of_jobs"][by], side)) for q in told["quarters"]][-16:]
    base, top, step = 158, 16, (WIDTH - 44) / max(len(quarters), 1)
    body = []
    for v in (0, 25, 50, 75, 100):
        y = base - (base - top) * v / 100
        body += [f'<line x1="40" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}" class="g"/>', _text(34, y + 4, f"{v}%", "m", "end")]
    for n, (name, share) in enumerate(quarters):
        x = 44 + n * step
        if share is not None:
            tall = (base - top) * share
            body.append(_rect(x + step * 0.15, base - tall, min(step * 0.7, 90), tall, side[0], f"{name}: {share:.1%}"))
            if step > 34:
                body.append(_text(x + step * 0.15 + min(step * 0.35, 45), base - tall - 4, f"{share:.0%}", "m", "middle"))
        if step > 34 or n % 2 == 0:
            at = x + step * 0.15 + min(step * 0.35, 45)
            body += [_text(at, base + 15, name[5:], "m", "middle"), _text(at, base + 28, name[:4], "m", "middle")]
    title = _("Share of service work by quarter") if side == "service" else _("Share of project work by quarter")
    return _svg(190, f"{title}: {_(by)}", body)


def _of(service: float | None, side: str) -> float | None:
    return None if service is None else service if side == "service" else 1 - service
