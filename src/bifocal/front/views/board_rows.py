"""The board as it is drawn: where each band lies in its lane, what it says, what may be done with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from hashlib import blake2b
from typing import Any
from zoneinfo import ZoneInfo

from bifocal.kernel.people.models import Person
from bifocal.lib.periods import TimeRange
from bifocal.service.board.queries import Band, Ground, clashes, crews_of
from bifocal.service.board.rules import legs
from bifocal.service.visits.models import Visit
from bifocal.service.visits.rules import LIVE, PLANNED

FIRST, LAST = 6, 20  # hours of a day that the board shows
HOURS = LAST - FIRST
Piece = dict[str, Any]
Known = tuple[set[int], Mapping[int, int]]  # bands that clash, by identity; how many are on each visit


def rows(found: Ground) -> list[dict[str, Any]]:
    """Crews that share work, then everybody, each with bands and drives placed in percent of the lane."""
    bad = {id(b) for _, *pair in clashes(found) for b in pair}
    by_person: dict[int, list[Band]] = {}
    for band in found.bands:
        by_person.setdefault(band.person, []).append(band)
    days = [(d, span, _shown_from(d, found)) for d, span in found.days()]
    there = Counter(b.visit.pk for b in found.bands if b.visit)
    people = [_person(p, by_person.get(p.pk, []), found, days, (bad, there)) for p in found.people]
    return [{**row, "mark": _mark(row)} for row in (*(_crew(c, days) for c in crews_of(found)), *people)]


def _mark(row: dict[str, Any]) -> str:
    """What a row shows, in ten letters: a browser that tells the mark of a row is not sent that row again."""
    shown = [{k: _of_visit(v) if k == "visit" else v for k, v in b.items()} for b in row["bands"]]
    return blake2b(repr({**row, "bands": shown}).encode(), digest_size=5).hexdigest()


def _of_visit(visit: Visit | None) -> tuple[Any, ...]:
    return (visit.uid, visit.version, visit.job.title, visit.job.customer.name) if visit else ()


def shown_days(found: Ground) -> list[dict[str, Any]]:
    """The days as the page needs them: their names, and the instant at which each one's lane begins."""
    return [
        {"day": d, "from": _shown_from(d, found).isoformat(), "left": round(n / found.count * 100, 3)}
        for n, (d, _) in enumerate(found.days())
    ]


def hours(count: int) -> list[tuple[str, float]]:
    """Labels of the hours with their places; fewer where more days share the lane."""
    step = {1: 1, 3: 2}.get(count, 7)
    out = []
    for n in range(count):
        for h in range(FIRST, LAST, step):
            name = "12 pm" if h == 12 else f"{h} am" if h < 12 else f"{h - 12} pm"
            out.append((name, round((n + (h - FIRST) / HOURS) / count * 100, 3)))
    return out


def at(moment: datetime, found: Ground) -> float | None:
    """A moment's place in percent of the lane; None outside of the hours shown."""
    for n, (d, span) in enumerate(found.days()):
        if span.start <= moment < span.end:
            share = (moment - _shown_from(d, found)).total_seconds() / (HOURS * 3600)
            return round((n + share) / found.count * 100, 3) if 0 <= share <= 1 else None
    return None


def _shown_from(day: date, found: Ground) -> datetime:
    return datetime.combine(day, time(FIRST), ZoneInfo(found.branch.tz))


def _person(person: Person, bands: Sequence[Band], found: Ground, days: Any, known: Known) -> dict[str, Any]:
    spots = [b.spot for b in bands]
    drive = found.driving().between
    drives = [d for _, span, _ in days for d in legs(person.home, [s for s in spots if span.start <= s.start < span.end], drive)]
    return {
        "kind": "person", "uid": person.uid, "name": person.name, "trade": person.trade,
        "hours": round(sum((b.end - b.start).total_seconds() for b in bands) / 3600, 1),
        "bands": [{**_said(b, found, known), **p} for b in bands for p in _pieces(b.start, b.end, days)],
        "legs": [{"minutes": m, "tight": not fits, **p} for a, b, m, fits in drives for p in _pieces(a, b, days)],
    }  # fmt: skip


def _crew(crew: dict[str, Any], days: Any) -> dict[str, Any]:
    shared = [
        {"label": b.label, "use": b.use, "state": b.visit.status if b.visit else "", "who": f"{n}/{len(crew['members'])}", "start": b.start,
         "end": b.end, "href": f"/visits/{b.visit.uid}" if b.visit else "", "firmness": b.firmness, **p}
        for b, n in crew["bands"] for p in _pieces(b.start, b.end, days)
    ]  # fmt: skip
    return {
        "kind": "crew",
        "uid": crew["crew"].uid,
        "name": crew["crew"].name,
        "members": len(crew["members"]),
        "bands": shared,
        "legs": [],
    }


def _said(band: Band, found: Ground, known: Known) -> Piece:
    """What a band says and what may be done with it."""
    v, (bad, there) = band.visit, known
    told: Piece = {
        "use": band.use, "firmness": band.firmness, "label": band.label, "start": band.start, "end": band.end, "uid": band.uid,
        "clash": id(band) in bad, "draft": band.draft, "visit": v, "lead": band.lead, "state": v.status if v else "",
    }  # fmt: skip
    if v:
        told |= {"movable": v.status in PLANNED and band.lead, "longer": v.status in LIVE and band.lead, "pinned": v.pk in found.pinned}
        told["more"] = max(0, v.people - there[v.pk])
        told["off"] = bool(v.window) and not v.window.lower <= band.start <= v.window.upper
    return told


def _pieces(start: datetime, end: datetime, days: Sequence[tuple[date, TimeRange, datetime]]) -> Iterator[Piece]:
    """Left and width in percent, a piece a day; what lies outside of the hours shown stands as a sliver at the edge."""
    for n, (_, span, begin) in enumerate(days):
        if end <= span.start or start >= span.end:
            continue
        first = (max(start, span.start) - begin).total_seconds() / (HOURS * 3600)
        last = (min(end, span.end) - begin).total_seconds() / (HOURS * 3600)
        left, right = min(max(first, 0.0), 0.99), max(min(last, 1.0), 0.01)
        yield {"left": round((n + left) / len(days) * 100, 3), "width": round(max(right - left, 0.01) / len(days) * 100, 3)}
