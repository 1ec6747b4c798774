"""Charts as SVG text, for the report and the page alike: no script, no style attribute, legible in black and white print.

Colors come from the classes `s` (service) and `p` (project); the word stands beside every mark, so color is never the only sign.
"""

from __future__ import annotations

from html import escape

from bifocal.engines.workmix import Mix, Shape
from bifocal.engines.workmix.mix import Sides

WIDTH = 640


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


def shares(mix: Mix) -> str:
    """Three bars of one length: the share of each shape by revenue, hours and count."""
    found = mix.sides.shares()
    body, left, wide = [], 84, WIDTH - 84
    rows = [(k, getattr(found, k)) for k in ("revenue", "hours", "count")]
    for n, (name, share) in enumerate(rows):
        y = 26 + n * 46
        body.append(_text(0, y + 18, name.capitalize(), "b"))
        if share is None:
            body.append(_text(left, y + 18, "not known", "m"))
            continue
        cut = wide * float(share)
        body += [
            _rect(left, y, cut, 26, "s", f"service {float(share):.1%}"),
            _rect(left + cut, y, wide - cut, 26, "p", f"project {1 - float(share):.1%}"),
        ]
        if cut > 60:
            body.append(_text(left + 8, y + 18, f"{float(share):.1%}", "in"))
        if wide - cut > 60:
            body.append(_text(WIDTH - 8, y + 18, f"{1 - float(share):.1%}", "in", "end"))
    body += [
        _rect(left, 2, 11, 11, "s"),
        _text(left + 16, 12, "service work"),
        _rect(left + 120, 2, 11, 11, "p"),
        _text(left + 136, 12, "project work"),
    ]
    return _svg(26 + len(rows) * 46, "Share of service and project work", body)


def durations(mix: Mix) -> str:
    """How many pieces took how long, service and project apart; bars on a root scale so that few long ones stay visible."""
    classes = [(name, s.service.count, s.project.count) for name, s in mix.durations.items()]
    top = max((max(a, b) for _, a, b in classes), default=1) or 1
    body, left = [], 118
    wide = WIDTH - left - 70
    for n, (name, service, project) in enumerate(classes):
        y = n * 40
        body.append(_text(0, y + 21, name))
        for k, (cls, count, word) in enumerate((("s", service, "service"), ("p", project, "project"))):
            length = wide * (count / top) ** 0.5
            if count:
                body += [
                    _rect(left, y + 4 + k * 15, max(length, 2), 13, cls, f"{count:,} {word}"),
                    _text(left + max(length, 2) + 5, y + 15 + k * 15, f"{count:,}", "m"),
                ]
    return _svg(len(classes) * 40, "How long a piece of work takes, in working days", body)


def trend(mix: Mix, by: str, smaller: Shape) -> str:
    """The smaller side's share by quarter, as columns against the thresholds' scale of 0 to 100%."""
    quarters = [(q, share_of(s, by, smaller)) for q, s in mix.quarters.items()][-16:]
    height, base, top = 190, 158, 16
    step = (WIDTH - 44) / max(len(quarters), 1)
    body = [
        f'<line x1="40" x2="{WIDTH}" y1="{base - (base - top) * v / 100:.1f}" y2="{base - (base - top) * v / 100:.1f}" class="g"/>'
        for v in (0, 25, 50, 75, 100)
    ]
    body += [_text(34, base - (base - top) * v / 100 + 4, f"{v}%", "m", "end") for v in (0, 25, 50, 75, 100)]
    for n, (name, share) in enumerate(quarters):
        x = 44 + n * step
        if share is not None:
            tall = (base - top) * share
            body.append(
                _rect(x + step * 0.15, base - tall, step * 0.7, tall, "p" if smaller is Shape.PROJECT else "s", f"{name}: {share:.1%}")
            )
            if step > 34:
                body.append(_text(x + step / 2, base - tall - 4, f"{share:.0%}", "m", "middle"))
        if step > 34 or n % 2 == 0:
            body += [_text(x + step / 2, base + 15, name[5:], "m", "middle"), _text(x + step / 2, base + 28, name[:4], "m", "middle")]
    return _svg(height, f"Share of {smaller} work by quarter, by {by}", body)


def share_of(sides: Sides, by: str, side: Shape) -> float | None:
    """A side's share of a quarter by one figure."""
    found = getattr(sides.shares(), by)
    return None if found is None else float(found if side is Shape.SERVICE else 1 - found)
