"""Reads of project papers: the registers, one paper with its people and clocks, its print, the chain of logs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet
from django.http import HttpRequest

from bifocal.core.actor import Actor
from bifocal.core.days import accounting_day
from bifocal.front.api import actor_of
from bifocal.front.api.books import pdf_response
from bifocal.front.api.queries import get, listed
from bifocal.front.papers import document_pdf
from bifocal.kernel.documents.models import File
from bifocal.kernel.jobs.models import Job
from bifocal.lib.errors import NotFound
from bifocal.projects.changes.queries import TIER_SORTS, lines_behind
from bifocal.projects.closeout.queries import closeout
from bifocal.projects.dailylogs.models import DailyLog
from bifocal.projects.dailylogs.queries import broken_links
from bifocal.projects.register.models import Document
from bifocal.projects.register.queries import days_by_holder, is_overdue, late

# What outsiders do not see of a paper.
OURS = {
    "distribution",
    "cost_impact",
    "cost_amount",
    "days_impact",
    "days_amount",
    "clocks",
    "held",
    "links",
    "external",
}  # not for outsiders
ROW = ("uid", "sort", "number", "revision", "title", "status", "ball", "ball_name", "due", "version")


def _register(rows: QuerySet[Document], sort: str, status: str, overdue: bool, cursor: str, size: int) -> Any:
    if sort:
        rows = rows.filter(sort=sort)
    if status:
        rows = rows.filter(status=status)
    if overdue:
        rows = late(rows, accounting_day(datetime.now(UTC)))
    return listed(rows.values("id", *ROW, job_number=F("job__number"), job_uid=F("job__uid")), cursor, size)


@get(
    "/documents",
    "documents",
    "Project papers of all jobs, newest first; in whose court (`ball_name`), only late ones (`overdue`)",
)
def documents(
    request: HttpRequest, sort: str = "", status: str = "", ball_name: str = "", overdue: bool = False, cursor: str = "", size: int = 50
) -> Any:
    rows = Document.objects.visible_to(actor_of(request))
    if ball_name:
        rows = rows.filter(ball_name__icontains=ball_name)
    return _register(rows, sort, status, overdue, cursor, size)


@get("/jobs/{uid}/documents", "job_documents", "RFIs, submittals, change orders, logs and punch items of a project")
def job_documents(
    request: HttpRequest, uid: UUID, sort: str = "", status: str = "", overdue: bool = False, cursor: str = "", size: int = 50
) -> Any:
    actor = actor_of(request)
    rows = Document.objects.visible_to(actor).filter(job=Job.objects.find(uid, actor))
    return _register(rows, sort, status, overdue, cursor, size)


@get("/jobs/{uid}/logs/chain", "log_chain", "Whether every signed log of a project follows from its content and the one before")
def log_chain(request: HttpRequest, uid: UUID) -> Any:
    job: Job = Job.objects.find(uid, actor_of(request))
    chain = DailyLog.objects.filter(job=job, seq__isnull=False).order_by("seq")
    return {
        "whole": not (broken := broken_links(job)),
        "broken": broken,
        "logs": list(chain.values("day", "seq", "sha256", "prev_sha256", "signed_by", "signed_at", document_uid=F("document__uid"))),
    }


@get("/documents/{uid}", "document", "A document with its people, responses, whose move it is and for how long")
def document(request: HttpRequest, uid: UUID) -> Any:
    actor, now = actor_of(request), datetime.now(UTC)
    row: Document = Document.objects.select_related("job__branch").find(uid, actor)
    plain = ("sort", "title", "body", "due", "ball_name", "location", "reference", "spec_section", "reopened", "opened_at", "closed_at",
             "cost_impact", "cost_amount", "days_impact", "days_amount", "distribution", "external", "creator")  # fmt: skip
    out = {
        **row.answer(),
        **{k: getattr(row, k) for k in plain},
        "job": row.job.uid,
        "overdue": is_overdue(row, accounting_day(now, row.job.branch)),
        "seats": _seats(row, actor),
        "responses": list(row.responses.values("uid", "by", "code", "text", "official", "required", "step", "at", "revision")),
        "clocks": list(row.clocks.order_by("id").values("role", "holder", "since", "until")),
        "held": days_by_holder(row, now),
        "files": list(File.objects.filter(subject_uid=row.uid).values("uid", "name", "sha256", "sort")),
        "links": _links(row, actor),
        **_more(row, actor),
    }
    return {k: v for k, v in out.items() if k not in OURS} if actor.link_uid else out


def _seats(row: Document, actor: Actor) -> list[dict[str, Any]]:
    rows = row.seats.filter(revision=row.revision).select_related("contact", "person")
    shown = ("uid", "name", "step", "required", "state", "due", "answered_at")
    return [{k: getattr(s, k) for k in shown} for s in rows]


def _links(row: Document, actor: Actor) -> list[dict[str, Any]]:
    """Papers it led to, and those that led to it, as far as the actor sees them."""
    seen = Document.objects.visible_to(actor)
    out = [(li.why, li.target_id) for li in row.links_out.all()] + [(f"{li.why} this", li.source_id) for li in row.links_in.all()]
    known = {d.pk: d for d in seen.filter(pk__in=[pk for _, pk in out])}
    return [{"why": why, "uid": known[pk].uid, "number": known[pk].number, "title": known[pk].title} for why, pk in out if pk in known]


def _more(row: Document, actor: Actor) -> dict[str, Any]:
    if row.sort in TIER_SORTS:
        change = row.change_order
        shown = ("price", "days", "approved_name", "approved_at", "approved_address", "own_approval", "dispute")
        members = Document.objects.filter(change_order__group=row).order_by("id").values_list("uid", flat=True)
        out = {**{k: getattr(change, k) for k in shown}, "sha256": change.sent_sha256, "members": list(members),
               "group": change.group.uid if change.group else None, "rest_of": change.rest_of.uid if change.rest_of else None}  # fmt: skip
        out["lines"] = [{"description": li.description, "price": li.price} for li in lines_behind(row)]
        return {**out, "cost": change.cost} if actor.can("cost.see") else out
    if row.sort == "daily_log":
        log = row.log
        fields = ("day", "sections", "signed_by", "signed_at", "seq", "sha256", "prev_sha256")
        return {**{k: getattr(log, k) for k in fields}, "amendments": list(log.amendments.values("text", "reason", "by", "at", "late"))}
    return {}


@get("/documents/{uid}/pdf", "document_paper", "The document on US letter with the letterhead")
def document_paper(request: HttpRequest, uid: UUID) -> Any:
    row: Document = Document.objects.select_related("job__customer", "job__site", "job__branch").find(uid, actor_of(request))
    return pdf_response(document_pdf(row), row.number or "draft")


@get("/jobs/{uid}/closeout", "job_closeout", "Substantial completion, what is to be handed over, what still stands open, warranties")
def job_closeout(request: HttpRequest, uid: UUID) -> Any:
    actor = actor_of(request)
    row: Job = Job.objects.find(uid, actor)
    if not actor.sees_all:
        raise NotFound("The closeout is for the office.")
    return closeout(row)
