"""Capacity of the next days and weeks; the public page where customers book."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, execute
from bifocal.core.days import accounting_day
from bifocal.core.models import Branch, Company
from bifocal.front.charts import forecast_chart, forecast_title
from bifocal.front.views.frame import branch_of, page
from bifocal.front.views.hours import hours_form
from bifocal.kernel.jobs.models import JobType
from bifocal.lib.errors import DomainError, NotFound, Refused
from bifocal.service.booking.online import ONLINE, signed
from bifocal.service.capacity.models import Reserve
from bifocal.service.capacity.queries import Account, account_of, forecast, slots, table, zone_of

AN_HOUR, MOST = 3600, 5  # bookings an hour from one address
SHOWN = 12


@page
def capacity(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Hours that can be sold by day, skill and zone; twelve weeks of both lenses in one chart."""
    if not actor.sees_all:
        raise NotFound("Capacity is for the office.")
    branch, now = branch_of(request, actor), timezone.now()
    today = accounting_day(now, branch)
    weeks = forecast(branch, today)
    told = {
        **table(today, 10, branch, now),
        "account": _opened(request, branch, now),
        "branch": branch,
        "branches": Branch.objects.order_by("id"),
        "held": Reserve.get(),
        "hours": hours_form(branch),
        "weeks": weeks,
    }
    return render(
        request,
        "pages/capacity.html",
        {**told, "percent": Reserve.get().share * 100, "chart": forecast_chart(weeks), "says": forecast_title(weeks)},
    )


def _opened(request: HttpRequest, branch: Branch, now: datetime) -> Account | None:
    """The cell that was touched; None where none was, or its address is damaged."""
    try:
        day = date.fromisoformat(request.GET["day"]) if request.GET.get("day") else None
    except ValueError:
        return None
    return account_of(day, branch, request.GET.get("skill", ""), request.GET.get("zone", ""), now) if day else None


def book(request: HttpRequest) -> HttpResponse:
    """Anybody books a window that capacity has room for: what, where, when, who. A GET never acts."""
    if not Reserve.get().online:
        return render(request, "pages/book.html", {"company": Company.get(), "closed": True}, status=404)
    told: dict[str, Any] = {"company": Company.get(), "types": JobType.objects.order_by("name"), "branches": Branch.objects.order_by("id")}
    status = 200
    if request.method == "POST":
        try:
            _limit(request.META.get("REMOTE_ADDR", ""))
            names = ("window", "name", "phone", "email", "address", "city", "state", "what")
            made = execute("call.book_online", {n: request.POST.get(n, "") for n in names}, actor=ONLINE, call=Call.new())
            told["booked"] = {**made, **{k: datetime.fromisoformat(made[k]) for k in ("window_start", "window_end")}}
        except DomainError as refusal:
            told["refused"], status = refusal.sentence, refusal.status
    return render(request, "pages/book.html", {**told, **_shown(request)}, status=status)


def _shown(request: HttpRequest) -> dict[str, Any]:
    """The windows for what was asked: kind of call and ZIP code."""
    asked = request.POST if request.method == "POST" else request.GET
    kind = JobType.objects.filter(code=asked.get("job_type", "")).first()
    branch = Branch.objects.filter(code=asked.get("branch", "")).first() or Branch.objects.order_by("id").first()
    postcode = asked.get("postcode", "").strip()[:12]
    if kind is None or branch is None or not postcode:
        return {"asked": asked}
    found = slots(branch, kind, zone_of(postcode), timezone.now(), SHOWN)
    return {
        "asked": asked,
        "kind": kind,
        "zone": branch.tz,
        "slots": [{"slot": s, "day": accounting_day(s.start, branch), "word": signed(branch, kind, postcode, s)} for s in found],
    }


def _limit(address: str) -> None:
    """Five bookings an hour from one address. Raises Refused."""
    key = f"book:{address}"
    cache.add(key, 0, AN_HOUR)
    if cache.incr(key) > MOST:
        raise Refused(_("You have booked several times. Please call us for more."))
