"""A simulated year as a picture: one panel a measure, one bar a way of dispatching. SVG without scripts, readable in light and dark."""

from __future__ import annotations

from collections.abc import Mapping
from xml.sax.saxutils import escape

from bifocal.engines.routing.simulate import Told

WIDTH, ROW, PANEL, LEFT, BAR = 720, 26, 116, 150, 440
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1f2933}.h{font-weight:600}.b{fill:#9aa5b1}.l{fill:#0f766e}"
    "@media(prefers-color-scheme:dark){text{fill:#e4e7eb}.b{fill:#7b8794}.l{fill:#2dd4bf}}"
)


def measures(told: Told) -> dict[str, float]:
    """The figures of a way of dispatching: jobs, shares in percent, promises moved, hours of overtime."""
    return {
        "Jobs served, percent of calls": 100 * told.served / max(1, told.calls),
        "Emergencies served, percent": 100 * told.urgent_served / max(1, told.urgent),
        "On time by the first promise, percent of served": 100 * told.on_time / max(1, told.served),
        "Driving, percent of driving and work": 100 * told.driving / max(1, told.driving + told.working),
        "Promises moved, percent of served": 100 * told.moved / max(1, told.served),
        "Overtime, hours a hundred jobs": told.overtime / 36 / max(1, told.served),
    }


def svg(ways: Mapping[str, Told], title: str) -> str:
    """All ways side by side; the last is drawn in colour."""
    figures = {way: measures(told) for way, told in ways.items()}
    names = list(next(iter(figures.values())))
    parts = [f'<text class="h" x="12" y="24">{escape(title)}</text>']
    for n, name in enumerate(names):
        top = 44 + n * PANEL
        most = max(row[name] for row in figures.values()) or 1
        parts.append(f'<text class="h" x="12" y="{top + 14}">{escape(name)}</text>')
        for k, (way, row) in enumerate(figures.items()):
            y, long = top + 24 + k * ROW, round(BAR * row[name] / most)
            look = "l" if k == len(figures) - 1 else "b"
            parts.append(f'<text x="24" y="{y + 14}">{escape(way)}</text>')
            parts.append(f'<rect class="{look}" x="{LEFT}" y="{y}" width="{long}" height="18" rx="2"/>')
            parts.append(f'<text x="{LEFT + long + 8}" y="{y + 14}">{row[name]:.1f}</text>')
    height = 44 + len(names) * PANEL
    said = escape(title, {'"': "&quot;"})
    inner = "".join(parts)
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{said}"><style>{STYLE}</style>{inner}</svg>\n'
