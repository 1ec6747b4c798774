"""Charts of the office as SVG text: no script, no style attribute; `s` is service, `p` is project, the word beside every mark."""

from __future__ import annotations

from html import escape
from typing import Any

from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

WIDE, BASE, TOP = 640, 196, 34


def forecast_chart(weeks: list[dict[str, Any]]) -> SafeString:
    """Twelve weeks: booked service and project hours and open demand, one on another; a mark for the hours on hand."""
    top = max([max(w["service"] + w["project"] + w["open"], w["hands"] - w["off"]) for w in weeks] + [1.0])
    step = (WIDE - 48) / max(len(weeks), 1)
    body = [*_legend(), *_scale(top)]
    for n, w in enumerate(weeks):
        body += _week(w, 46 + n * step, step, top)
    title = forecast_title(weeks)
    svg = f'<svg class="chart" viewBox="0 0 {WIDE} 230" role="img" aria-label="{escape(title)}" xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title>'
    return mark_safe(svg + "".join(body) + "</svg>")  # noqa: S308 - every text is escaped


def forecast_title(weeks: list[dict[str, Any]]) -> str:
    """What the chart says, in words: the fullest week and how full it is."""
    fullest = max(weeks, key=lambda w: _share(w), default=None)
    if not fullest or not _share(fullest):
        return _("Hours of both lenses in the next twelve weeks")
    return _("The week of {day} is full to {share}%").format(day=date_format(fullest["week"], "j M"), share=round(_share(fullest) * 100))


def _share(w: dict[str, Any]) -> float:
    hands = w["hands"] - w["off"]
    return float((w["service"] + w["project"] + w["open"]) / hands) if hands > 0 else 0.0


def _text(x: float, y: float, text: str, cls: str = "m", anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{cls}" text-anchor="{anchor}">{escape(text)}</text>'


def _legend() -> list[str]:
    out, x = [], 46.0
    for cls, word in (("s", _("service")), ("p", _("project")), ("p open", _("project, nobody named")), ("hands", _("hours on hand"))):
        out += [f'<rect x="{x:.0f}" y="6" width="11" height="{11 if cls != "hands" else 3}" class="{cls}"/>', _text(x + 16, 16, word)]
        x += 34 + 7.2 * len(word)
    return out


def _scale(top: float) -> list[str]:
    out = []
    for share in (0.0, 0.5, 1.0):
        y = BASE - (BASE - TOP) * share
        out += [f'<line x1="44" x2="{WIDE}" y1="{y:.1f}" y2="{y:.1f}" class="g"/>', _text(38, y + 4, f"{top * share:,.0f} h", "m", "end")]
    return out


def _week(w: dict[str, Any], x: float, step: float, top: float) -> list[str]:
    out, y, wide = [], float(BASE), step * 0.7
    for cls, key, word in (("s", "service", _("service")), ("p", "project", _("project")), ("p open", "open", _("project, nobody named"))):
        tall = (BASE - TOP) * w[key] / top
        if tall > 0:
            y -= tall
            told = f"{date_format(w['week'], 'j M')}: {w[key]:,.0f} h {word}"
            out.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{tall:.1f}" class="{cls}"><title>{escape(told)}</title></rect>'
            )
    line = BASE - (BASE - TOP) * max(w["hands"] - w["off"], 0) / top
    out.append(f'<rect x="{x - 3:.1f}" y="{line - 1.5:.1f}" width="{wide + 6:.1f}" height="3" class="hands"/>')
    return [*out, _text(x + wide / 2, BASE + 16, date_format(w["week"], "j M"), "m", "middle")]
