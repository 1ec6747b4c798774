"""What a subcontractor with a link sees and does: quotes what was asked, bills what was done. No account, only their own."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from bifocal.core.commands import Call, execute
from bifocal.core.links import actor_of
from bifocal.core.models import AccessLink
from bifocal.front.views.by_link import acted
from bifocal.lib.errors import NotAllowed
from bifocal.projects.events.models import QuoteRequest
from bifocal.projects.notices.asking import fingerprint, question
from bifocal.projects.notices.models import Notice, Telling
from bifocal.projects.subapps import queries as subapps
from bifocal.projects.subapps.models import SubApp
from bifocal.projects.subapps.rules import EDITABLE, UNCONDITIONAL

SAID = {
    "quote.give": "Your price is recorded. Thank you.",
    "subapp.fill": "Kept. Send it when it is complete.",
    "subapp.submit": "Sent, with your conditional waiver. Thank you.",
    "waiver.sign": "Your waiver is recorded. Thank you.",
    "notices.confirm": "Confirmed. Thank you.",
    "notices.answer": "Answered. Thank you.",
}
KINDS = ("subapp", "quote_request", "date_notice", "date_telling")
ONLY = {
    "quote.give": "quote_request",
    "notices.confirm": "date_notice",
    "notices.answer": "date_telling",
}  # the others are of a subcontractor's application


def page(request: HttpRequest, row: AccessLink, context: dict[str, Any]) -> HttpResponse:
    """The page of a subcontractor's link; a POST acts within the link's rights."""
    status = acted(row, context, lambda: _act(request, row)) if request.method == "POST" else 200
    fill, template = FILL[row.subject_kind]
    return render(request, f"pages/portal_{template}.html", {**context, **fill(row)}, status=status)


def _act(request: HttpRequest, row: AccessLink) -> str:
    act = request.POST.get("act", "")
    if act not in SAID or ONLY.get(act, "subapp") != row.subject_kind:
        raise NotAllowed("This link can't do that.")
    post, args = request.POST, dict[str, Any]()
    if act == "notices.confirm":
        args = {"notice": row.subject_uid, **_given(post, "name", "note")}
    elif act == "notices.answer":
        args = {"telling": row.subject_uid, "tell": post.get("tell") == "yes", "sha256": post.get("sha256", "")}
    elif act == "quote.give":
        args = {"request": row.subject_uid, **_given(post, "amount", "name", "days", "note")}
    else:
        args = {"subapp": row.subject_uid, **_given(post, "their_number" if act == "subapp.fill" else "name", "exceptions", "sort")}
    if act == "subapp.fill":
        args["lines"] = [
            {"item": post[f"item.{n}"], "amount": post[f"amount.{n}"]}
            for n in range(500)
            if post.get(f"item.{n}") and post.get(f"amount.{n}")
        ]
    elif act not in ONLY:
        args["address"] = request.META.get("REMOTE_ADDR", "")
    execute(act, args, actor=actor_of(row), call=Call.new())
    return SAID[act]


def _given(post: Any, *names: str) -> dict[str, str]:
    return {n: post[n] for n in names if post.get(n)}


def _quote(row: AccessLink) -> dict[str, Any]:
    ask: QuoteRequest = QuoteRequest.objects.select_related("line__event__document__job__site").find(row.subject_uid, actor_of(row))
    return {"ask": ask, "doc": ask.line.event.document}


def _subapp(row: AccessLink) -> dict[str, Any]:
    app: SubApp = SubApp.objects.select_related("commitment__job__site", "commitment__vendor").find(row.subject_uid, actor_of(row))
    waivers = app.waivers.exclude(status="void").order_by("id")
    return {
        "app": app, "c": app.commitment, "lines": app.lines.select_related("line"), "s": subapps.figures(app),
        "editable": app.status in EDITABLE, "waivers": waivers,
        "last": waivers.filter(sort__in=UNCONDITIONAL, status="required", claimant=app.commitment.vendor.name).first(),
    }  # fmt: skip


def _notice(row: AccessLink) -> dict[str, Any]:
    found: Notice = Notice.objects.find(row.subject_uid, actor_of(row))
    return {"notice": found, "moves": dated(found.moves)}


def dated(moves: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Moves with their days as days: a page says them in its reader's language."""
    return [{**m, **{k: m[k] and [*map(date.fromisoformat, m[k])] for k in ("was", "now")}} for m in moves]


def _telling(row: AccessLink) -> dict[str, Any]:
    kept: Telling = Telling.objects.select_related("job").find(row.subject_uid, actor_of(row))
    letters = question(kept)
    return {"telling": kept, "sha256": fingerprint(letters), "letters": [(letter.name, dated(letter.moves)) for letter in letters]}


FILL = {
    "subapp": (_subapp, "subapp"), "quote_request": (_quote, "quote"), "date_notice": (_notice, "dates"),
    "date_telling": (_telling, "telling"),
}  # fmt: skip
