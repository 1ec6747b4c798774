"""Which lens fits: the assessment on screen, and the page that keeps watching the work mix."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bifocal.bridges.workmix import charts
from bifocal.bridges.workmix.assess import told
from bifocal.bridges.workmix.fields import SHOWN
from bifocal.bridges.workmix.models import KeptAssessment
from bifocal.bridges.workmix.queries import assess_own, company_lens
from bifocal.bridges.workmix.rules import WORDS, Lens
from bifocal.core.actor import Actor
from bifocal.core.policy import require
from bifocal.engines.workmix import QUESTIONS, SOURCES, Length, Unit
from bifocal.front.views.frame import page
from bifocal.kernel.documents.models import File
from bifocal.lib.errors import Invalid, NotFound

SAID = {
    "service": _("Run the service lens"),
    "projects": _("Run the project lens"),
    "both": _("Run both lenses"),
    "watch": _("Watch the smaller side"),
}


def _drawn(answer: dict[str, Any]) -> dict[str, Any]:
    """The charts of an answer. They are our own text, every word of the file in them escaped (charts.py)."""
    if "share_of_jobs" not in answer:
        return {}
    drawn = {"shares": charts.shares(answer, gettext)}
    if answer["duration"]["known"]:
        drawn["durations"] = charts.durations(answer, gettext)
    if len(answer["quarters"]) > 1:
        drawn["trend"] = charts.trend(answer, gettext)
    return {name: mark_safe(svg) for name, svg in drawn.items()}  # noqa: S308


def _lenses(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The lenses to choose, the recommended one first; 'watch' recommends the larger side's lens."""
    wanted = answer.get("recommendation", "")
    if wanted == "watch":
        smaller = answer.get("smaller_side", {}).get("lens") or ("project" if answer.get("dominant") == "service" else "service")
        wanted = "projects" if smaller == "service" else "service"
    return sorted(({"lens": lens, "recommended": lens == wanted} for lens in Lens), key=lambda row: not row["recommended"])


@page
def workmix(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The work mix of Bifocal's own jobs, watched; and the way to an assessment of an earlier history."""
    require(actor, "cost.see")
    row = company_lens()
    answer: dict[str, Any] = {}
    try:
        answer = told(assess_own(row.rule))
        nothing = ""
    except Invalid:
        nothing = gettext("No job is finished here yet. Assess your history from the system you come from, or answer four questions.")
    percents = {n: getattr(row, n) * 100 for n in ("small", "both", "contractor")}
    context = {
        "answer": answer, "drawn": _drawn(answer), "title": SAID.get(answer.get("recommendation", ""), ""), "nothing": nothing, "lens": row,
        "percents": percents, "sources": SOURCES, "questions": dict(QUESTIONS), "lengths": list(Length), "units": list(Unit),
        "kept": KeptAssessment.objects.order_by("-id")[:10], "lenses": _lenses(answer), "may": actor.can("settings.edit"), "fields": SHOWN,
        "on": [WORDS[c] for c in WORDS if c in row.capabilities],
    }  # fmt: skip
    return render(request, "pages/workmix.html", context)


@page
def assessment(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """One assessment: the recommendation with its reasons, the charts, what was read and what was rejected."""
    row = _kept(actor, uid)
    answer = row.answer_json
    file = File.objects.filter(subject_uid=row.uid).first()
    columns = answer.get("columns", {})
    order = [*SHOWN, *(k for k in columns if k not in SHOWN)]  # the database keeps no order of keys
    context = {
        "columns": [(k, columns[k]) for k in order if k in columns], "row": row, "answer": answer, "drawn": _drawn(answer),
        "title": SAID[row.recommendation], "lenses": _lenses(answer), "file": file,
        "lens": company_lens(), "may": actor.can("settings.edit"),
    }  # fmt: skip
    return render(request, "pages/assessment.html", context)


@page
def report(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """The self-contained report. Its own style stands inside it, so this one answer allows that and nothing else."""
    row = _kept(actor, uid)
    if not row.report:
        raise NotFound("Four questions make no report. Assess a history.")
    return HttpResponse(row.report, headers={"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:"})


def _kept(actor: Actor, uid: UUID) -> KeptAssessment:
    require(actor, "cost.see")
    row = KeptAssessment.objects.filter(uid=uid).first()
    if row is None:
        raise NotFound("There is no such assessment.")
    return row
