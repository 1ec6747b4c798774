"""`bifocal assess`: a history read, judged, and told in the words and the shape that programs and people read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from bifocal.bridges.workmix.reading import History, read_history
from bifocal.engines.workmix import SOURCES, Advice, Mix, Piece, Rule, Shares, Sides, advise, mix
from bifocal.engines.workmix.mix import percentile
from bifocal.lib.errors import Invalid


@dataclass(frozen=True)
class Assessment:
    """The whole answer: how the file was read, the figures, the advice, by which rule."""

    name: str
    history: History
    mix: Mix
    advice: Advice
    rule: Rule


def assess(name: str, data: bytes, rule: Rule, *, mapping: Mapping[str, str | None] | None = None, sheet: str = "") -> Assessment:
    """Assess a file. Raises Invalid in one sentence where it can't be used."""
    return judge_history(name, read_history(name, data, mapping=mapping, sheet=sheet), rule)


def assess_pieces(name: str, pieces: list[Piece], rule: Rule) -> Assessment:
    """Assess pieces that are known already: Bifocal's own data."""
    return judge_history(name, History(pieces, [], {}, [], rows=len(pieces)), rule)


def judge_history(name: str, history: History, rule: Rule) -> Assessment:
    """Judge and advise. Raises Invalid where nothing is finished, saying what the rows are instead."""
    found = mix(history.pieces, rule)
    if not found.sides.count:
        first = f" (line {history.rejected[0]['line']}: {history.rejected[0]['reason']})" if history.rejected else ""
        raise Invalid(
            f"'{name}' holds no finished work to judge by: {found.open:,} rows are open and {len(history.rejected):,} rejected{first}.",
            field="file", rejected=history.rejected[:50],
        )  # fmt: skip
    return Assessment(name, history, found, advise(found, rule), rule)


def told(a: Assessment) -> dict[str, Any]:
    """The answer for programs. Shares are of job-shaped (service) work, unrounded; null where not known."""
    m, advice = a.mix, a.advice
    return {
        "recommendation": str(advice.recommendation),
        "share_of_jobs": _shares(m.sides.shares()),
        "rows": a.history.rows,
        "open": m.open,
        "rejected": a.history.rejected,
        "quarters": [
            {
                "quarter": q,
                "rows": s.count,
                "share_of_jobs": _shares(s.shares()),
                "jobs": _sums(s)["service"],
                "projects": _sums(s)["project"],
            }
            for q, s in m.quarters.items()
        ],
        "columns": a.history.columns,
        "finished": m.sides.count,
        "canceled": a.history.canceled,
        "reasons": list(advice.reasons),
        "signs": list(advice.signs),
        "smaller_side": {"lens": str(advice.smaller), "share": float(advice.share), "by": advice.by},
        "shapes": _sums(m.sides),
        "duration": _duration(m),
        "customers": {"all": m.customers, "of_both": m.customers_of_both},
        "notes": a.history.notes,
        "rule": rule_of(a.rule),
    }


def _shares(shares: Shares) -> dict[str, float | None]:
    return {k: None if (s := getattr(shares, k)) is None else float(s) for k in ("count", "hours", "revenue")}


def _sums(sides: Sides) -> dict[str, dict[str, Any]]:
    return {
        name: {
            "count": t.count,
            "hours": float(t.hours) if t.hours_known else None,
            "revenue": float(t.revenue) if t.revenue_known else None,
        }
        for name, t in (("service", sides.service), ("project", sides.project))
    }


def _duration(m: Mix) -> dict[str, Any]:
    """Working days: median and 90th percentile (nearest rank), and how many pieces of each shape lie in each class."""
    classes = [{"class": name, "service": s.service.count, "project": s.project.count} for name, s in m.durations.items()]
    return {
        "unit": "working days",
        "known": len(m.days),
        "median": percentile(m.days, 50),
        "p90": percentile(m.days, 90),
        "classes": classes,
    }


def rule_of(rule: Rule) -> dict[str, Any]:
    """Every threshold with its source."""
    return {
        **{name: {"is": float(getattr(rule, name)), "source": source} for name, source in SOURCES.items()},
        "general_contractor": rule.general_contractor,
    }


def share_words(share: Fraction | float | None) -> str:
    """'38.0%', '—' where not known."""
    return "—" if share is None else f"{float(share) * 100:.1f}%"
