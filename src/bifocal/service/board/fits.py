"""Before the drop: what every row has for and against a visit at a time. One set of queries, however many rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from bifocal.core.actor import Actor
from bifocal.core.days import accounting_day
from bifocal.lib.periods import TimeRange
from bifocal.service.board.models import Draft
from bifocal.service.board.queries import SHOWN, candidates, crews_of, ground
from bifocal.service.board.rules import Reason, Wanted, reasons
from bifocal.service.visits.models import Visit

BARRED = ("taken", "banned", "day_off")  # what keeps somebody from going along
NAMED = 3


@dataclass(frozen=True, slots=True)
class Fit:
    """One row's answer. `kind` is person or crew; `no` would be refused, `mind` is worth a thought."""

    kind: str
    uid: UUID
    name: str
    no: tuple[Reason, ...]
    mind: tuple[Reason, ...]


def fits(
    visit: UUID, actor: Actor, *, start: datetime | None = None, end: datetime | None = None, draft: Draft | None = None
) -> list[Fit]:  # fmt: skip
    """Every row's answer for a visit at a time (left out: its own, else the next morning's first hour). Raises NotFound."""
    row: Visit = Visit.objects.visible_to(actor).select_related("job__site", "job__customer", "job__branch").find(visit, actor)
    begin = start or (row.planned.lower if row.planned else None) or _opens(row)
    long = end - start if start and end else (row.planned.upper - row.planned.lower) if row.planned else timedelta(minutes=row.minutes)
    day = accounting_day(begin, row.job.branch)
    found = ground(row.job.branch, day, 1, actor, draft=draft, only=SHOWN)
    window = (row.window.lower, row.window.upper) if row.window else None
    want = Wanted(str(row.uid), TimeRange(begin, begin + long), row.skill, row.job.site.zone, row.job.site.point, window)
    rows = candidates(found, day, customer=row.job.customer_id, site=row.job.site.point)
    told = {p.pk: tuple(reasons(want, rows[p.pk], day)) for p in found.people}
    along = {b.person for b in found.bands if b.visit and b.visit.pk == row.pk and not b.lead}
    free = {p.pk: p.name for p in found.people if not any(r.code in BARRED for r in told[p.pk])}
    for p in found.people:
        told[p.pk] += _more(row.people - len({p.pk} | along), [name for k, name in free.items() if k not in {p.pk} | along])
    people = [Fit("person", p.uid, p.name, *_parted(told[p.pk])) for p in found.people]
    return [*people, *(_crew(c, row.people, told) for c in crews_of(found))]


def _more(missing: int, free: list[str]) -> tuple[Reason, ...]:
    """What a visit for several still lacks, and who could go along: for that nobody needs the skill."""
    if missing <= 0:
        return ()
    return (Reason("more" if len(free) >= missing else "too_few", False, {"more": missing, "names": ", ".join(free[:NAMED])}),)


def _opens(row: Visit) -> datetime:
    from django.utils import timezone

    now = timezone.now()
    return (row.window.lower if row.window else now + timedelta(minutes=15 - now.minute % 15)).replace(second=0, microsecond=0)


def _parted(found: tuple[Reason, ...]) -> tuple[tuple[Reason, ...], tuple[Reason, ...]]:
    return tuple(r for r in found if r.hard), tuple(r for r in found if not r.hard)


def _crew(crew: dict[str, Any], needed: int, told: dict[int, tuple[Reason, ...]]) -> Fit:
    """A crew fits where one of its members may lead, all are free, and they are enough."""
    members = [m for m in crew["members"] if m.pk in told]
    no: list[Reason] = []
    if not any(not any(r.hard and r.code != "taken" for r in told[m.pk]) for m in members):
        no.append(Reason("crew_lead", True))
    for m in members:
        no += [Reason("member", True, {"name": m.name, "of": r}) for r in told[m.pk] if r.code in ("taken", "banned")]
    away = [m.name for m in crew["members"] if m.pk not in told]
    mind: tuple[Reason, ...] = (Reason("away", False, {"names": ", ".join(away)}),) if away else ()
    mind += _more(needed - len(members), [])
    return Fit("crew", crew["crew"].uid, crew["crew"].name, tuple(no), mind)
