"""What an outside person with a link sees and may do. A GET never acts (decision 9)."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from bifocal.core.commands import Call, execute
from bifocal.core.links import actor_of, open_link
from bifocal.core.models import AccessLink, Company
from bifocal.front.files import sent
from bifocal.front.papers import document_pdf
from bifocal.front.views import answers, portal, portal_offers
from bifocal.front.views.by_link import acted
from bifocal.kernel.documents.models import File
from bifocal.lib.errors import NotAllowed, NotFound
from bifocal.projects.changes.queries import lines_behind
from bifocal.projects.register.models import Document
from bifocal.projects.register.rules import Sort
from bifocal.projects.submittals.rules import Code

ACTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "change.approve": ("change", ("sha256", "name")),
    "change.reject": ("change", ("reason", "name")),
    "change.agree_part": ("change", ("sha256", "name", "reason")),
    "rfi.respond": ("rfi", ("text",)),
    "submittal.review": ("submittal", ("code", "text")),
    "submittal.submit": ("submittal", ("text",)),
}
SAID = {
    "change.approve": "Approved. Thank you.",
    "change.reject": "Sent back. Thank you.",
    "change.agree_part": "Recorded: what you agreed to is approved, the rest stays open.",
    "rfi.respond": "Your answer is recorded.",
    "submittal.review": "Your review is recorded.",
    "submittal.submit": "Handed in. Thank you.",
}


@csrf_exempt  # the unguessable token in the address is the authority, no cookie is; and no-referrer makes browsers send Origin: null
def link(request: HttpRequest, token: str) -> HttpResponse:
    """The document a link is for; a POST acts within the link's rights."""
    context: dict[str, Any] = {"company": Company.get(), "token": token, "codes": list(Code)}
    try:
        row = open_link(token, now=timezone.now())
        context["link"] = row
        if row.subject_kind in portal.KINDS:
            return portal.page(request, row, context)
        if row.subject_kind in answers.KINDS:
            return answers.page(request, row, context)
        if row.subject_kind in portal_offers.KINDS:
            return portal_offers.page(request, row, context)
        doc: Document = Document.objects.select_related("job__site").find(row.subject_uid, actor_of(row))
        status = acted(row, context, lambda: _act(request, row)) if request.method == "POST" else 200
    except NotFound as gone:
        return render(request, "pages/link.html", {**context, "refused": gone.sentence}, status=404)
    doc.refresh_from_db()  # as the answer left it
    context |= _shown(doc, row)
    return render(request, "pages/link.html", context, status=status)


def _shown(doc: Document, row: AccessLink) -> dict[str, Any]:
    """What the holder of the link sees of the document."""
    return {
        "doc": doc,
        "change": getattr(doc, "change_order", None) if doc.sort == Sort.CHANGE else None,
        "seat": _seat(doc, row),
        "change_lines": lines_behind(doc) if doc.sort == Sort.CHANGE else [],
        "whole_lot": doc.members.exists(),
        "may": row.rights,
        "files": File.objects.filter(subject_uid=doc.uid).order_by("id"),
        "responses": doc.responses.filter(revision=doc.revision).exclude(text=""),
    }


def _seat(doc: Document, row: AccessLink) -> Any:
    """Their place on this paper, by whichever link was sent to them; an approver's also by a reminder."""
    seats = doc.seats.filter(revision=doc.revision).select_related("contact")
    own = seats.filter(key=actor_of(row).key).first()
    return own or (seats.filter(contact__email__iexact=row.contact_email).first() if row.contact_email else None)


def _act(request: HttpRequest, row: AccessLink) -> str:
    act = request.POST.get("act", "")
    if act not in ACTS:
        raise NotAllowed("This link can't do that.")
    subject, fields = ACTS[act]
    args: dict[str, Any] = {subject: str(row.subject_uid), **{f: request.POST.get(f, "") for f in fields}}
    if act == "change.agree_part":
        args |= {"agreed": request.POST.getlist("agreed"), "reason": request.POST.get("part_reason", "")}
    if act in ("change.approve", "change.agree_part"):
        args["address"] = request.META.get("REMOTE_ADDR", "")
    actor, call = actor_of(row), Call.new()
    with transaction.atomic():
        for upload in request.FILES.getlist("files"):
            paper = {"about_kind": row.subject_kind, "about": str(row.subject_uid), "name": upload.name or "file", "sort": "file"}
            content = base64.b64encode(upload.read()).decode()
            execute("file.attach", {**paper, "content": content}, actor=actor, call=Call.new())
        execute(act, args, actor=actor, call=call)
    return SAID[act]


def paper(request: HttpRequest, token: str) -> HttpResponse:
    """The paper that a link's holder is asked about."""
    try:
        row = open_link(token, now=timezone.now())
        doc = Document.objects.find(row.subject_uid, actor_of(row)) if row.subject_kind == Document.kind else None
    except NotFound as gone:
        return render(request, "pages/link.html", {"company": Company.get(), "refused": gone.sentence}, status=404)
    if doc and doc.sort != Sort.CHANGE:
        return HttpResponse(document_pdf(doc), content_type="application/pdf")
    kept = File.objects.filter(subject_uid=row.subject_uid, sort="paper").order_by("-id").first()
    if kept is None:
        return HttpResponse(status=404)
    return HttpResponse(kept.read(), content_type="application/pdf")


def file(request: HttpRequest, token: str, uid: UUID) -> HttpResponse:
    """A file of the paper that the link is for, and of no other."""
    try:
        row = open_link(token, now=timezone.now())
        found = File.objects.filter(uid=uid, subject_uid__in=portal_offers.files_of(row)).first()
        if found is None:
            raise NotFound("There is no such file on this paper.")
    except NotFound as gone:
        return render(request, "pages/link.html", {"company": Company.get(), "refused": gone.sentence}, status=404)
    return sent(found)
