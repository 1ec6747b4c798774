"""What people answer from a link: a foreman about a loan, a customer about a moved window, whoever is on call. A GET never acts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from bifocal.bridges.loans.models import Loan
from bifocal.core.commands import Call, execute
from bifocal.core.links import actor_of
from bifocal.core.models import AccessLink
from bifocal.front.views.by_link import acted
from bifocal.kernel.people.models import Person
from bifocal.service.oncall.models import CallOut
from bifocal.service.replan.models import Notice

Arguments = Callable[[AccessLink, Any], dict[str, Any]]


def _loan(row: AccessLink, post: Any) -> dict[str, Any]:
    return {"loan": row.subject_uid, "agree": post.get("answer") == "yes", "note": post.get("note", "")}


def _notice(row: AccessLink, post: Any) -> dict[str, Any]:
    return {"notice": row.subject_uid, "keep": post.get("answer") == "yes", "note": post.get("note", "")}


def _call_out(row: AccessLink, post: Any) -> dict[str, Any]:
    return {"call_out": row.subject_uid, "accept": post.get("answer") == "yes", "note": post.get("note", "")}


# What a link's subject is answered by: the command, its arguments, and what is said then.
ACTS: dict[str, tuple[str, Arguments, str]] = {
    "loan": ("loan.answer", _loan, "Your answer is recorded. Thank you."),
    "notice": ("notice.answer", _notice, "Your choice is recorded. Thank you."),
    "call_out": ("callout.answer", _call_out, "Your answer is recorded. Thank you."),
}
KINDS = tuple(ACTS)


def page(request: HttpRequest, row: AccessLink, context: dict[str, Any]) -> HttpResponse:
    """The page of such a link; a POST answers within the link's rights."""
    status = acted(row, context, lambda: _act(request, row)) if request.method == "POST" else 200
    return render(request, f"pages/answer_{row.subject_kind}.html", {**context, **SHOWN[row.subject_kind](row)}, status=status)


def _act(request: HttpRequest, row: AccessLink) -> str:
    command, arguments, said = ACTS[row.subject_kind]
    execute(command, arguments(row, request.POST), actor=actor_of(row), call=Call.new())
    return said


def _shown_loan(row: AccessLink) -> dict[str, Any]:
    own = Loan.objects.select_related("person", "activity__job__branch", "activity__job__site", "visit__job")
    return {"loan": (loan := own.find(row.subject_uid, actor_of(row))), "zone": loan.activity.job.branch.tz}


def _shown_notice(row: AccessLink) -> dict[str, Any]:
    own = Notice.objects.select_related("visit__job__site", "visit__job__branch")
    notice: Notice = own.find(row.subject_uid, actor_of(row))
    return {"notice": notice, "zone": notice.visit.job.site.tz or notice.visit.job.branch.tz}


def _shown_call_out(row: AccessLink) -> dict[str, Any]:
    own = CallOut.objects.select_related("visit__job__site", "visit__job__branch", "visit__job__customer", "asked")
    found: CallOut = own.find(row.subject_uid, actor_of(row))
    gone = Person.objects.filter(pk__in=found.declined, email=row.contact_email).exists()
    theirs = not gone and (found.status != "accepted" or (found.asked is not None and found.asked.email == row.contact_email))
    return {"call_out": found, "theirs": theirs, "zone": found.visit.job.branch.tz}


SHOWN: dict[str, Callable[[AccessLink], dict[str, Any]]] = {"loan": _shown_loan, "notice": _shown_notice, "call_out": _shown_call_out}
