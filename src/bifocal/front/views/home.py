"""Today, by role; and the palette's search."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from bifocal.bridges.portfolio.queries import close_checks
from bifocal.bridges.portfolio.today import capacity, crews_of, lens_totals, logs_to_sign
from bifocal.bridges.workmix.queries import company_lens
from bifocal.core import search as find_anything
from bifocal.core.actor import Actor
from bifocal.front.backups import age_hours, is_late
from bifocal.front.templatetags.show import href, word
from bifocal.front.views.frame import page
from bifocal.front.views.jobs import ahead_of
from bifocal.kernel.billing.models import Invoice
from bifocal.kernel.billing.queries import ageing, held_payments, money_of_jobs
from bifocal.kernel.billing.rules import InvoiceStatus
from bifocal.kernel.costs.queries import margin_by_unit
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.jobs.rules import LIVE, Profile, Work
from bifocal.kernel.ledger.queries import balance
from bifocal.kernel.ledger.rules import Acc
from bifocal.kernel.time.models import TimeSegment
from bifocal.kernel.time.rules import Status as TimeStatus
from bifocal.lib.money import ZERO
from bifocal.projects.contracts.models import Contract
from bifocal.projects.payapps.models import PayApp
from bifocal.projects.register.models import Document
from bifocal.projects.upward.queries import to_do
from bifocal.service.visits.models import Visit
from bifocal.service.visits.rules import LIVE as VISIT_LIVE
from bifocal.service.visits.rules import Status as VisitStatus


@page
def today(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A different page per role."""
    if "owner" in actor.roles or "read_only" in actor.roles:
        return _owner(request, actor)
    if "dispatcher" in actor.roles:
        return redirect("/dispatch")
    if "project_manager" in actor.roles:
        return _manager(request, actor)
    if "superintendent" in actor.roles:
        return _superintendent(request, actor)
    if "bookkeeper" in actor.roles:
        return _bookkeeper(request, actor)
    return _technician(request, actor)


def _owner(request: HttpRequest, actor: Actor) -> HttpResponse:
    live = Job.objects.filter(work_status__in=LIVE)
    weeks = capacity(timezone.localdate())
    most = max((max(w["there"], w["service"] + w["project"]) for w in weeks), default=0) or 1
    found: dict[str, Any] = {
        "demo": settings.DEMO,
        "lens_chosen": bool(company_lens().lens),
        "may_set_up": actor.can("settings.edit"),
        "weeks": [{**w, "bar": _bar(w, most)} for w in weeks],
        "booked": _share(sum(w["service"] + w["project"] for w in weeks), sum(w["there"] for w in weeks)),
        "service": live.exclude(profile=Profile.PROJECT).count(),
        "projects": live.filter(profile=Profile.PROJECT).count(),
        "to_bill": Job.objects.filter(work_status__in=[Work.DONE, Work.READY_TO_BILL]).count(),
        "held": live.filter(work_status=Work.ON_HOLD).count(),
        "changes": Document.objects.filter(sort="change_order").exclude(ball="").select_related("job").order_by("due", "id")[:5],
        "late": Document.objects.exclude(ball="").filter(due__lt=timezone.localdate()).count(),
        "jobs": live.filter(profile=Profile.PROJECT).select_related("customer", "site").order_by("-id")[:8],
    }
    if actor.can("ledger.read"):
        found |= _cash()
    if actor.can("cost.see"):
        found["lenses"] = _margins(lens_totals())
        found["units"] = _margins(margin_by_unit())
    return render(request, "pages/today_owner.html", found)


def _margins(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**r, "margin": r["revenue"] - r["cost"], "share": _share(r["revenue"] - r["cost"], r["revenue"])} for r in rows]


def _share(part: Any, whole: Any) -> Any:
    return part / whole if whole else None


def _bar(week: dict[str, Any], most: Any) -> dict[str, float]:
    """Heights of a week's column of 100: service below, project on it, and the line of what there is."""
    service, project, there = (float(week[k]) * 100 / float(most) for k in ("service", "project", "there"))
    places = {"service": service, "project": project, "top": 100 - service - project, "foot": 100 - service, "line": 100 - there}
    return {k: round(v, 1) for k, v in places.items()}


def _cash() -> dict[str, Any]:
    age = age_hours()
    return {
        "cash": balance(Acc.BANK),
        "receivable": ageing(timezone.localdate()),
        "payable": -balance(Acc.PAYABLE),
        "retainage": balance(Acc.RETAINAGE_RECEIVABLE),
        "backup_age": age,
        "backup_late": is_late(age),
        "wrong": [c for c in close_checks() if not c["ok"]],
    }


def _manager(request: HttpRequest, actor: Actor) -> HttpResponse:
    now = timezone.localdate()
    held = Document.objects.exclude(ball="").select_related("job").order_by("due", "id")
    own = Job.objects.filter(members__person_id=actor.person_id or 0, members__until=None, profile=Profile.PROJECT)
    live = Job.objects.filter(profile=Profile.PROJECT, work_status__in=LIVE).select_related("customer", "site").order_by("-id")
    return render(
        request,
        "pages/today_manager.html",
        {
            "todo": to_do(now),
            "mine": held.filter(ball_name=actor.name)[:20],
            "others": held.exclude(ball_name=actor.name).filter(due__lt=now)[:20],
            "changes": held.filter(sort="change_order")[:12],
            "apps": PayApp.objects.filter(status__in=["pencil", "submitted", "revise_and_resubmit"]).select_related("contract__job")[:12],
            "projects": _standing(list(live.filter(pk__in=own.values("pk"))[:12]) or list(live[:12]), actor),
            "time": TimeSegment.objects.filter(status=TimeStatus.CLOSED, job__profile=Profile.PROJECT).select_related("person", "job")[:12],
        },
    )


def _standing(jobs: list[Job], actor: Actor) -> list[dict[str, Any]]:
    """Projects with what is contracted, billed and spent, one query each for all of them."""
    money = money_of_jobs([j.pk for j in jobs])
    sums = {c.job_id: c.sum for c in Contract.objects.filter(job__in=jobs)}
    return [{"job": j, "money": money[j.pk], "sum": sums.get(j.pk)} for j in jobs]


def _superintendent(request: HttpRequest, actor: Actor) -> HttpResponse:
    now = timezone.localdate()
    own = Job.objects.filter(members__person_id=actor.person_id or 0, members__until=None, profile=Profile.PROJECT, work_status__in=LIVE)
    jobs = list(own.select_related("customer", "site").distinct().order_by("-id")[:20])
    held = Document.objects.filter(job__in=jobs).exclude(ball="").select_related("job").order_by("due", "id")
    return render(
        request,
        "pages/today_superintendent.html",
        {
            "crews": crews_of(now),
            "jobs": jobs,
            **logs_to_sign(jobs, now),
            "punch": held.filter(sort="punch")[:20],
            "papers": held.exclude(sort__in=["punch", "daily_log"])[:20],
            "ahead": [(j, r) for j in jobs for r in ahead_of(j)][:20],
        },
    )


def _bookkeeper(request: HttpRequest, actor: Actor) -> HttpResponse:
    ready = Job.objects.filter(work_status__in=[Work.DONE, Work.READY_TO_BILL]).select_related("customer", "site").order_by("done_at")
    held = held_payments()
    return render(
        request,
        "pages/today_bookkeeper.html",
        {
            "todo": to_do(timezone.localdate()),
            "ready": ready[:15],
            "ready_count": ready.count(),
            "held": held[:12],
            "held_sum": sum((p.amount for p in held), ZERO),
            "wrong": [c for c in close_checks() if not c["ok"]],
            "drafts": Invoice.objects.filter(status=InvoiceStatus.DRAFT).select_related("job", "customer")[:12],
            "time": TimeSegment.objects.filter(status__in=[TimeStatus.CLOSED, TimeStatus.DISPUTED])
            .select_related("person", "job")
            .order_by("id")[:15],
            "time_count": TimeSegment.objects.filter(status=TimeStatus.CLOSED).count(),
            "ageing": ageing(timezone.localdate()),
        },
    )


def _technician(request: HttpRequest, actor: Actor) -> HttpResponse:
    rows = Visit.objects.visible_to(actor).exclude(status=VisitStatus.CANCELLED).select_related("job__site", "job__customer")
    since = datetime.now(UTC) - timedelta(days=2)
    open_ = list(rows.exclude(status=VisitStatus.DONE).order_by("planned")[:20])
    done = rows.filter(status=VisitStatus.DONE, done_at__gte=since).order_by("-done_at")[:10]
    return render(request, "pages/today_technician.html", {"visits": open_, "live": VISIT_LIVE, "done": done})


@page
def search(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The palette: hits with their addresses."""
    words = request.GET.get("q", "")
    rows = find_anything.find(words, limit=15) if actor.sees_all else _own(words, actor)
    return JsonResponse({"rows": [{**r, "uid": str(r["uid"]), "kind": word(r["kind"]), "href": href(r["kind"], r["uid"])} for r in rows]})


def _own(words: str, actor: Actor) -> list[dict[str, Any]]:
    """What a field person finds: the jobs they are on."""
    hits = find_anything.find(words, kinds=["job"], limit=200)
    seen = set(Job.objects.visible_to(actor).filter(uid__in=[h["uid"] for h in hits]).values_list("uid", flat=True))
    return [h for h in hits if h["uid"] in seen][:15]
