"""The assessment as one HTML file that needs nothing else: read on screen, printed, shown to a partner."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from pathlib import Path
from string import Template

from bifocal.bridges.workmix import charts
from bifocal.bridges.workmix.assess import Assessment, share_words, told
from bifocal.engines.workmix import SOURCES, Judged, Shape
from bifocal.engines.workmix.mix import percentile

TITLES = {
    "service": "Run the service lens",
    "projects": "Run the project lens",
    "both": "Run both lenses, on one record",
    "watch": "Run what you run, and watch the smaller side",
}
SHOWN = 60
STYLE = Path(__file__).with_name("report.css")
PAGE = Template(
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
    "<title>$title</title><style>$style</style></head><body><main>$body</main></body></html>\n"
)


def report(a: Assessment) -> str:
    """The whole report as HTML."""
    parts = [_lead(a), _tiles(a), _shares(a), _durations(a), _trend(a), _kinds(a), _read(a), _rejected(a), _rule(a), _rows(a)]
    return PAGE.substitute(title=f"Which lens fits: {escape(a.name)}", style=STYLE.read_text(encoding="utf-8"), body="".join(parts))


def _card(title: str, sub: str, body: str, cls: str = "") -> str:
    return f'<section class="card {cls}"><h2>{escape(title)}</h2><p class="sub">{escape(sub)}</p>{body}</section>'


def _list(sentences: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(s)}</li>' for s in sentences)}</ul>"


def _table(heads: list[str], rows: Iterable[list[str]], right: set[int]) -> str:
    def cell(tag: str, n: int, text: str) -> str:
        cls = "r" if n in right else "d" if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else ""
        return f"<{tag}{f' class={cls}' if cls else ''}>{text}</{tag}>"

    head = "".join(cell("th", n, escape(h)) for n, h in enumerate(heads))
    body = "".join(f"<tr>{''.join(cell('td', n, c) for n, c in enumerate(row))}</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _lead(a: Assessment) -> str:
    signs = f"<p>Signs to look for:</p>{_list(a.advice.signs)}" if a.advice.signs else ""
    return (
        f'<p class="eyebrow">Which lens fits · {escape(a.name)}</p><h1>{TITLES[a.advice.recommendation]}</h1>'
        f'<section class="card lead">{"".join(f"<p>{escape(r)}</p>" for r in a.advice.reasons)}{signs}</section>'
    )


def _tiles(a: Assessment) -> str:
    m = a.mix
    revenue = m.sides.service.revenue + m.sides.project.revenue
    tiles = [
        (f"{m.sides.count:,}", "finished pieces of work"), (f"{m.open:,}", "still open, left out"),
        (f"{revenue:,.0f}" if m.sides.shares().revenue is not None else "—", "revenue"),
        (f"{percentile(m.days, 50)} / {percentile(m.days, 90)}" if m.days else "—", "working days, typical / nine of ten within"),
        (f"{m.customers_of_both:,} of {m.customers:,}" if m.customers else "—", "customers bought both kinds"),
    ]  # fmt: skip
    return f'<div class="tiles">{"".join(f"<div class=tile><b>{b}</b><span>{s}</span></div>" for b, s in tiles)}</div>'


def _shares(a: Assessment) -> str:
    sub = "The share of each kind. Revenue and hours decide; the count alone would hide a few large projects behind many calls."
    return _card("What the work is made of", sub, charts.shares(told(a)))


def _durations(a: Assessment) -> str:
    if not a.mix.days:
        return ""
    sub = f"Working days from start to finish of {len(a.mix.days):,} pieces. The bars' lengths follow the root of the number."
    return _card("How long a piece of work takes", sub, charts.durations(told(a)))


def _trend(a: Assessment) -> str:
    if len(a.mix.quarters) < 2:
        return ""
    by = a.advice.by
    body = charts.trend(told(a))
    return _card(f"{a.advice.smaller.capitalize()} work by quarter", f"Its share of {by}, by the quarter in which work was finished.", body)


def _kinds(a: Assessment) -> str:
    found = sorted(a.mix.kinds.items(), key=lambda kv: (-(kv[1].service.revenue + kv[1].project.revenue), -kv[1].count))[:12]
    if len(found) < 2:
        return ""
    rows = [
        [
            escape(k),
            f"{s.count:,}",
            f"{s.project.count:,}",
            f"{s.service.revenue + s.project.revenue:,.0f}",
            share_words(1 - s.shares().count),
        ]
        for k, s in found
    ]
    heads = ["Kind", "Pieces", "Project-shaped", "Revenue", "Share"]
    return _card("Which kinds are project-shaped", "By the file's own words, the largest first.", _table(heads, rows, {1, 2, 3, 4}))


def _row(r: Judged) -> list[str]:
    p = r.piece
    value = f"{p.value:,.2f}" if p.value is not None else ""
    chip = f'<span class="chip {r.shape}">{r.shape}</span>'
    return [str(p.line), escape(p.ref), escape(p.customer), f"{p.started or ''}", f"{p.finished or ''}", value, chip, escape(r.because)]


def _rows(a: Assessment) -> str:
    """Every project-shaped row first, the largest first: those are the ones that people look up."""
    order = sorted(a.mix.judged, key=lambda r: (r.shape is Shape.SERVICE, -(r.piece.value or 0), r.piece.line))
    sub = f"Each with the reason for its shape, project-shaped ones first. {len(order):,} rows in all"
    sub += f"; the first {SHOWN} are here, 'bifocal assess --rows FILE' writes them all." if len(order) > SHOWN else "."
    heads = ["Line", "Number", "Customer", "Started", "Finished", "Value", "Shape", "Because"]
    return _card("Row by row", sub, _table(heads, map(_row, order[:SHOWN]), {5}))


def _read(a: Assessment) -> str:
    if not a.history.columns:
        return ""
    rows = [[escape(k.replace("_", " ")), escape(v)] for k, v in a.history.columns.items()]
    return _card(
        "How the file was read", "Columns found by name and by content.", _table(["Figure", "Column"], rows, set()) + _list(a.history.notes)
    )


def _rejected(a: Assessment) -> str:
    bad = a.history.rejected
    if not bad:
        return ""
    rows = [[str(r["line"]), escape(str(r["reason"]))] for r in bad[:SHOWN]]
    sub = f"{len(bad):,} of {a.history.rows:,} rows are left out of the figures, never guessed" + (
        f"; the first {SHOWN}:" if len(bad) > SHOWN else "."
    )
    return _card("Rows that could not be used", sub, _table(["Line", "Why"], rows, set()))


def _rule(a: Assessment) -> str:
    shown = {k: getattr(a.rule, k) for k in SOURCES}
    rows = [[escape(k), f"{v:,}" if v >= 1 else f"{v:.0%}", escape(SOURCES[k])] for k, v in shown.items()]
    text = (
        f"Project-shaped: a change order, or {a.rule.days} working days or more, or more than {a.rule.visits} visits,"
        f" or {a.rule.hours:,} hours or more; {a.rule.value:,} of value and up decides only where nothing else"
        " is known. Every threshold can be changed."
    )
    return _card("By which rule", text, _table(["Threshold", "Is", "Source"], rows, {1}))
