"""Today, by role; and the palette's search."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from bifocal.bridges.portfolio.queries import close_checks
from bifocal.bridges.workmix.queries import company_lens
from bifocal.core import search as find_anything
from bifocal.core.actor import Actor
from bifocal.front.backups import age_hours
from bifocal.front.templatetags.show import href
from bifocal.front.views.frame import branch_of, page
from bifocal.kernel.billing.models import Invoice
from bifocal.kernel.billing.queries import ageing, held_payments
from bifocal.kernel.billing.rules import InvoiceStatus
from bifocal.kernel.costs.queries import margin_by_unit
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.jobs.rules import LIVE, Profile, Work
from bifocal.kernel.ledger.queries import balance
from bifocal.kernel.ledger.rules import Acc
from bifocal.kernel.time.models import TimeSegment
from bifocal.kernel.time.rules import Status as TimeStatus
from bifocal.projects.payapps.models import PayApp
from bifocal.projects.register.models import Document
from bifocal.service.dispatch.queries import board, columns
from bifocal.service.visits.models import Visit
from bifocal.service.visits.rules import Status as VisitStatus


@page
def today(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A different page per role."""
    if "owner" in actor.roles or "read_only" in actor.roles:
        return _owner(request, actor)
    if "dispatcher" in actor.roles:
        return redirect("/dispatch")
    if actor.roles & {"project_manager", "superintendent"}:
        return _manager(request, actor)
    if "bookkeeper" in actor.roles:
        return _bookkeeper(request, actor)
    return _technician(request, actor)


def _owner(request: HttpRequest, actor: Actor) -> HttpResponse:
    age = age_hours()
    units = margin_by_unit() if actor.can("cost.see") else []
    for u in units:
        u["margin"] = u["revenue"] - u["cost"]
        u["share"] = u["margin"] / u["revenue"] if u["revenue"] else None
    top = max((u["revenue"] for u in units), default=0)
    live = Job.objects.filter(work_status__in=LIVE)
    return render(
        request,
        "pages/today_owner.html",
        {
            "cash": balance(Acc.BANK),
            "receivable": ageing(timezone.localdate()),
            "payable": -balance(Acc.PAYABLE),
            "retainage": balance(Acc.RETAINAGE_RECEIVABLE),
            "units": units,
            "top": top,
            "backup_age": age,
            "demo": settings.DEMO,
            "lens_chosen": bool(company_lens().lens),
            "backup_late": age is None or age > 26,
            "service": live.exclude(profile=Profile.PROJECT).count(),
            "projects": live.filter(profile=Profile.PROJECT).count(),
            "to_bill": Job.objects.filter(work_status__in=[Work.DONE, Work.READY_TO_BILL]).count(),
            "jobs": live.filter(profile=Profile.PROJECT).select_related("customer", "site").order_by("-id")[:8],
        },
    )


def _manager(request: HttpRequest, actor: Actor) -> HttpResponse:
    now = timezone.localdate()
    mine = Document.objects.exclude(ball="").select_related("job").order_by("due", "id")
    return render(
        request,
        "pages/today_manager.html",
        {
            "mine": mine.filter(ball_name=actor.name)[:20],
            "others": mine.exclude(ball_name=actor.name).filter(due__lt=now)[:20],
            "now": now,
            "changes": mine.filter(sort="change_order")[:12],
            "apps": PayApp.objects.filter(status__in=["pencil", "submitted", "revise_and_resubmit"]).select_related("contract__job")[:12],
            "projects": Job.objects.filter(profile=Profile.PROJECT, work_status__in=LIVE)
            .select_related("customer", "site")
            .order_by("-id")[:12],
            "time": TimeSegment.objects.filter(status=TimeStatus.CLOSED, job__profile=Profile.PROJECT).select_related("person", "job")[:12],
        },
    )


def _bookkeeper(request: HttpRequest, actor: Actor) -> HttpResponse:
    ready = Job.objects.filter(work_status__in=[Work.DONE, Work.READY_TO_BILL]).select_related("customer", "site").order_by("done_at")
    return render(
        request,
        "pages/today_bookkeeper.html",
        {
            "ready": ready[:15],
            "ready_count": ready.count(),
            "held": held_payments()[:12],
            "checks": close_checks(),
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
    return render(
        request, "pages/today_technician.html", {"visits": open_, "done": rows.filter(status=VisitStatus.DONE, done_at__gte=since)[:10]}
    )


@page
def dispatch(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The board of the day: people × hours, both lenses on one line; the tray; the columns."""
    branch = branch_of(request, actor)
    from datetime import date

    try:
        day = date.fromisoformat(request.GET["day"]) if request.GET.get("day") else timezone.localdate()
    except ValueError:
        day = timezone.localdate()
    from bifocal.core.models import Branch

    found = {**board(day, branch, actor), "columns": columns(branch), "branch": branch, "branches": Branch.objects.order_by("id")}
    found |= {
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "hours": [(h, round((h - 6) / 12 * 100, 2)) for h in range(6, 18, 1)],
    }
    for row in found["rows"]:
        for b in row["bands"]:
            b["left"], b["width"] = _in_window(b["left"], b["width"])
    template = "parts/board.html" if request.headers.get("HX-Request") else "pages/dispatch.html"
    return render(request, template, found)


def _in_window(left: float, width: float) -> tuple[float, float]:
    """Percent of the whole day to percent of the 6 am to 6 pm that the board shows."""
    start, end = left * 24 / 100, (left + width) * 24 / 100
    first, last = max(start, 6.0), min(end, 18.0)
    if last <= first:
        return (0.0, 1.0) if end <= 6 else (99.0, 1.0)
    return round((first - 6) / 12 * 100, 2), round((last - first) / 12 * 100, 2)


@page
def search(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The palette: hits with their addresses."""
    words = request.GET.get("q", "")
    rows = find_anything.find(words, limit=15) if actor.sees_all else []
    return JsonResponse({"rows": [{**r, "uid": str(r["uid"]), "href": href(r["kind"], r["uid"])} for r in rows]})
