"""Reads of dispatching ahead: windows to offer, ways to serve a call, idle hours, a day planned again."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from bifocal.bridges.loans.models import Loan
from bifocal.bridges.loans.queries import Way, idle_hours, ways
from bifocal.bridges.roster.queries import next_working_day, roster
from bifocal.core.days import accounting_day
from bifocal.core.models import Branch
from bifocal.core.policy import require
from bifocal.front.api import actor_of
from bifocal.front.api.queries import get
from bifocal.kernel.jobs.models import JobType
from bifocal.kernel.parties.models import Customer, Site
from bifocal.lib.errors import Invalid, NotFound
from bifocal.service.board.offering import Choice, best_windows, need_of
from bifocal.service.capacity.queries import forecast, table
from bifocal.service.dispatch.places import doubtful
from bifocal.service.levels.queries import levels_of
from bifocal.service.oncall.queries import proposal, turns
from bifocal.service.replan.queries import Proposal, proposals
from bifocal.service.visits.models import Visit


def branch_named(code: str) -> Branch:
    """The branch with this code, else the first. Raises NotFound."""
    found = Branch.objects.filter(code=code).first() if code else Branch.objects.order_by("id").first()
    if found is None:
        raise NotFound(f"There is no branch '{code}'.")
    return found


def told(c: Choice, *, cost: bool) -> dict[str, Any]:
    """An offered window as JSON says it; cents only for who may see cost."""
    who = {"person": c.person.uid, "name": c.person.name, "along": [{"person": p.uid, "name": p.name} for p in c.along]}
    adds = {"drive_minutes": c.drive, "overtime_minutes": c.overtime, **({"cents": c.cents} if cost else {})}
    return {"window_start": c.window.start, "window_end": c.window.end, "start": c.start, **who, **adds, "offer": c.token}


@get("/windows", "windows", "Arrival windows to offer a caller, cheapest first, with what each adds; call.book takes up an `offer`")
def windows(
    request: HttpRequest, job_type: str = "", site: UUID | None = None, branch: str = "", first: date | None = None, days: int = 3,
    count: int = 8, people: int = 0,
) -> Any:  # fmt: skip
    actor = actor_of(request)
    require(actor, "call.book")
    kind = JobType.objects.filter(code=job_type).first() if job_type else JobType.objects.order_by("name").first()
    if kind is None:
        raise NotFound(f"There is no job type '{job_type}'.")
    where = Site.objects.find(site, actor) if site else None
    need, most = need_of(kind, where, people=max(0, people)), max(1, min(count, 50))
    found = best_windows(need, branch_named(branch), datetime.now(UTC), first=first, days=days, count=most)
    return [told(c, cost=actor.can("cost.see")) for c in found]


@get("/visits/{uid}/ways", "visit_ways", "Ways to serve a call when nobody is free, with people borrowed from crew days, best first")
def visit_ways(request: HttpRequest, uid: UUID) -> Any:
    actor = actor_of(request)
    require(actor, "crew.lend")
    found = ways(Visit.objects.select_related("job__site", "job__branch", "job__job_type").find(uid, actor), datetime.now(UTC))
    return [_way(w, cost=actor.can("cost.see")) for w in found]


def _way(w: Way, *, cost: bool) -> dict[str, Any]:
    own = {"person": w.person.uid, "name": w.person.name, "arrive": w.arrive, "leave": w.away.start, "back": w.away.end}
    money = {"penalty": w.penalty, **({"margin": w.margin, "net": w.net} if cost else {})}
    if w.loss is None or w.activity is None:
        return {**own, **money, "borrowed": None}
    loss = {k: getattr(w.loss, k) for k in ("away", "delay", "float_left", "slip", "late_days", "damages", "free")}
    return {**own, **money, "borrowed": {"activity": w.activity.uid, "name": w.activity.name, "job": w.activity.job.uid, **loss}}


@get("/loans", "loans", "People lent out of crew days, the latest first, with what it was said to cost; loan.take_back undoes one")
def loans(request: HttpRequest, visit: UUID | None = None) -> Any:
    actor = actor_of(request)
    rows = Loan.objects.visible_to(actor).select_related("person", "activity__job", "visit__job", "foreman").order_by("-id")
    rows = rows.filter(visit__uid=visit) if visit else rows
    return [
        {"uid": x.uid, "version": x.version, "status": x.status, "person": x.person.uid, "name": x.person.name, "visit": x.visit.uid,
         "activity": x.activity.uid, "start": x.during.lower, "end": x.during.upper, "hours": x.hours, "float_hours": x.float_hours,
         "slip_days": x.slip_days, "reason": x.reason, "foreman": x.foreman.name if x.foreman else None, "said": x.said,
         **({"damages": x.damages, "penalty": x.penalty} if actor.sees_all else {})} for x in rows[:100]
    ]  # fmt: skip


@get("/service-levels", "service_levels", "Agreed response times, for everybody or one customer, with what being late costs")
def service_levels(request: HttpRequest, customer: UUID | None = None) -> Any:
    actor = actor_of(request)
    if not actor.sees_all:
        raise NotFound("Response times are for the office.")
    whose = Customer.objects.find(customer, actor) if customer else None
    return [
        {"uid": x.uid, "priority": x.priority, "arrive_hours": x.arrive_hours, "penalty": x.penalty, "per_hour": x.per_hour, "most": x.most}
        for x in levels_of(whose)
    ]


@get("/idle", "idle", "Hours that activities want in those days, with who of the service side has them free")
def idle(request: HttpRequest, first: date, last: date) -> Any:
    if not actor_of(request).sees_all:
        raise NotFound("Idle hours are for the office.")
    if not 0 <= (last - first).days <= 31:
        raise Invalid("Ask for a first day and a later last one, at most 31 days apart.", field="last")
    return [
        {"demand": w["demand"].uid, "day": w["demand"].day, "skill": w["demand"].skill.code, "hours": w["demand"].hours,
         "label": w["demand"].label, "people": [{**p, "person": p["person"].uid, "name": p["person"].name} for p in w["people"]]}
        for w in idle_hours(first, last)
    ]  # fmt: skip


@get("/replan", "replan", "Ways for today to go on after something happened; day.replan (or person.sick) accepts one with its moves")
def replan(
    request: HttpRequest, event: str = "", visit: str = "", person: str = "", start: str = "", until: str = "", branch: str = ""
) -> Any:
    from bifocal.front.views.replan import occasion_of

    actor, now = actor_of(request), datetime.now(UTC)
    require(actor, "visit.schedule")
    where = branch_named(branch)
    asked = {"event": event, "visit": visit, "person": person, "start": start, "until": until}
    occasion = occasion_of(asked, where, actor, now)
    return [_proposal(p) for p in proposals(where, occasion, now)] if occasion else []


def _proposal(p: Proposal) -> dict[str, Any]:
    moves = [
        {"visit": m.visit.uid, "version": m.visit.version, "technician": m.person.uid, "name": m.person.name, "start": m.start,
         "minutes_later": m.late, "new_window": m.window, **({"helpers": [h.uid for h in m.along]} if m.along else {})} for m in p.moves
    ]  # fmt: skip
    dropped = [{"visit": v.uid, "version": v.version} for v in p.dropped]
    return {"moves": moves, "drops": dropped, "miles": p.miles, "overtime_minutes": p.overtime, "penalty": p.penalty, "told": p.told}


@get("/capacity", "capacity", "Minutes that can still be sold, by working day, skill and zone")
def capacity(request: HttpRequest, first: date | None = None, days: int = 10, branch: str = "") -> Any:
    if not actor_of(request).sees_all:
        raise NotFound("Capacity is for the office.")
    where = branch_named(branch)
    now = datetime.now(UTC)
    return table(first or accounting_day(now, where), max(1, min(days, 14)), where, now)


@get("/forecast", "forecast", "Twelve weeks: booked hours of both lenses, projects' hours with nobody named, hours on hand")
def twelve_weeks(request: HttpRequest, branch: str = "") -> Any:
    if not actor_of(request).sees_all:
        raise NotFound("The forecast is for the office.")
    where = branch_named(branch)
    return forecast(where, accounting_day(datetime.now(UTC), where))


@get("/on-call", "on_call", "Who is on call by trade, now and next")
def rota(request: HttpRequest, branch: str = "") -> Any:
    if not actor_of(request).sees_all:
        raise NotFound("The rota is for the office.")
    return [
        {"uid": t.uid, "skill": t.skill.code, "person": t.person.uid, "name": t.person.name, "backup": t.backup.name if t.backup else None,
         "start": t.during.lower, "end": t.during.upper} for t in turns(branch_named(branch), datetime.now(UTC))
    ]  # fmt: skip


@get(
    "/visits/{uid}/after-hours",
    "visit_after_hours",
    "What a call after hours costs now, and who would be asked",
)
def visit_after_hours(request: HttpRequest, uid: UUID) -> Any:
    actor = actor_of(request)
    require(actor, "callout.manage")
    beside = Visit.objects.select_related("job__site", "job__branch", "job__job_type__labor_item", "job__job_type__flat_item")
    found = proposal(beside.find(uid, actor), datetime.now(UTC))
    q = found["quote"]
    told = {k: getattr(q, k) for k in ("total", "call_out", "labor", "billed", "rest_until", "rest_lost")}
    own = {k: getattr(q, k) for k in ("paid", "pay", "rest_cost", "cost")} if actor.can("cost.see") else {}
    return {"after_hours": found["after_hours"], **told, **own, "asked": [{"person": p.uid, "name": p.name} for p in found["chain"]]}


@get("/roster", "roster", "Everybody's lines of a day in a branch, calls and crew work; the next working day where none is named")
def roster_of_day(request: HttpRequest, day: date | None = None, branch: str = "") -> Any:
    if not actor_of(request).sees_all:
        raise NotFound("The roster is for the office.")
    where = branch_named(branch)
    return [
        {"person": d.person.uid, "name": d.person.name, "crew": [c.person.uid for c in d.crew], "lines": [asdict(line) for line in d.lines]}
        for d in roster(where, day or next_working_day(where, datetime.now(UTC)))
    ]


@get("/places/doubtful", "doubtful_places", "Sites of coming calls whose place is missing or can't be right")
def doubtful_places(request: HttpRequest, branch: str = "") -> Any:
    if not actor_of(request).sees_all:
        raise NotFound("Places to ask about are for the office.")
    found = doubtful(branch_named(branch), datetime.now(UTC))
    return [{"site": d["site"].uid, "name": d["site"].name, "address": d["site"].one_line, "reason": d["reason"]} for d in found]
