"""What an outside person with a link sees and may do. A GET never acts (decision 9)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from bifocal.core.commands import Call, execute
from bifocal.core.links import actor_of, open_link, used
from bifocal.core.models import AccessLink, Company
from bifocal.front.views import portal
from bifocal.kernel.documents.models import File
from bifocal.lib.errors import DomainError, NotAllowed, NotFound
from bifocal.projects.register.models import Document
from bifocal.projects.submittals.rules import Code

ACTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "change.approve": ("change", ("sha256", "name")),
    "change.reject": ("change", ("reason", "name")),
    "rfi.respond": ("rfi", ("text",)),
    "submittal.review": ("submittal", ("code", "text")),
}
SAID = {
    "change.approve": "Approved. Thank you.",
    "change.reject": "Sent back. Thank you.",
    "rfi.respond": "Your answer is recorded.",
    "submittal.review": "Your review is recorded.",
}


@csrf_exempt  # the unguessable token in the address is the authority, no cookie is; and no-referrer makes browsers send Origin: null
def link(request: HttpRequest, token: str) -> HttpResponse:
    """The document a link is for; a POST acts within the link's rights."""
    context: dict[str, Any] = {"company": Company.get(), "token": token, "codes": list(Code)}
    status = 200
    try:
        row = open_link(token, now=timezone.now())
        context["link"] = row
        if row.subject_kind in portal.KINDS:
            return portal.page(request, row, context)
        if request.method == "POST":
            _act(request, row)
            context["said"] = SAID[request.POST["act"]]
    except NotFound as gone:
        return render(request, "pages/link.html", {**context, "refused": gone.sentence}, status=404)
    except DomainError as refusal:
        context["refused"], status = refusal.sentence, refusal.status
    doc: Document = Document.objects.select_related("job__site").find(row.subject_uid, actor_of(row))
    context |= {"doc": doc, "change": getattr(doc, "change_order", None) if doc.sort == "change_order" else None}
    return render(request, "pages/link.html", context, status=status)


def _act(request: HttpRequest, row: AccessLink) -> None:
    act = request.POST.get("act", "")
    if act not in ACTS:
        raise NotAllowed("This link can't do that.")
    subject, fields = ACTS[act]
    args = {subject: str(row.subject_uid), **{f: request.POST.get(f, "") for f in fields}}
    if act == "change.approve":
        args["address"] = request.META.get("REMOTE_ADDR", "")
    execute(act, args, actor=actor_of(row), call=Call.new())
    used(row, now=timezone.now())


def paper(request: HttpRequest, token: str) -> HttpResponse:
    """The paper that a link's holder is asked about."""
    try:
        row = open_link(token, now=timezone.now())
    except NotFound as gone:
        return render(request, "pages/link.html", {"company": Company.get(), "refused": gone.sentence}, status=404)
    kept = File.objects.filter(subject_uid=row.subject_uid, sort="paper").order_by("-id").first()
    if kept is None:
        return HttpResponse(status=404)
    return HttpResponse(kept.read(), content_type="application/pdf")
