"""The one way in for every form: POST /do/<command>. The form's fields are the command's arguments."""

from __future__ import annotations

import base64
import re
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from bifocal.core import refusals
from bifocal.core.actor import Actor
from bifocal.core.commands import Call, execute
from bifocal.core.http import call_of
from bifocal.core.models import Branch
from bifocal.front.sentences import say
from bifocal.front.views.frame import page
from bifocal.lib.errors import DomainError, Invalid, NotAllowed, Refused

OWN = {"csrfmiddlewaretoken", "request_id", "next", "said", "expected_version", "in_zone"}
_LOCAL = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$")


def arguments(request: HttpRequest, zone: str) -> dict[str, Any]:
    """Form fields as a command's arguments: 'lines.0.item' nests, local times get the branch's zone.

    Empty fields are left out, unless their name ends in '=': those say that nothing shall be there.
    """
    out: dict[str, Any] = {}
    for name in request.POST:
        if name in OWN:
            continue
        values = [v for v in request.POST.getlist(name) if v != ""]
        if not values and not name.endswith("="):
            continue
        many = name.endswith("[]")
        path = name.removesuffix("[]").removesuffix("=").split(".")
        _put(out, path, [_value(v, zone) for v in values] if many else _value(values[-1] if values else "", zone))
    for name, upload in request.FILES.items():
        found: Any = upload[0] if isinstance(upload, list) else upload
        data = found.read()
        out[name] = base64.b64encode(data).decode()
        out["filename" if "filename" in request.POST else "name"] = getattr(found, "name", "file")
    result = _lists(out)
    return result if isinstance(result, dict) else {}


def _value(text: str, zone: str) -> Any:
    if _LOCAL.match(text):
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).isoformat()
    return text


def _put(out: dict[str, Any], path: list[str], value: Any) -> None:
    for part in path[:-1]:
        out = out.setdefault(part, {})
    out[path[-1]] = value


def _lists(value: Any) -> Any:
    """Dicts whose keys are 0, 1, 2… are lists."""
    if not isinstance(value, dict):
        return value
    if value and all(k.isdigit() for k in value):
        return [_lists(value[k]) for k in sorted(value, key=int)]
    return {k: _lists(v) for k, v in value.items()}


@require_POST
@page
def do(request: HttpRequest, actor: Actor, command: str) -> HttpResponse:
    """Run one command from a form, then go where the form says; a refusal is shown beside the form, which keeps its values."""
    try:
        answer = execute(command, arguments(request, _zone(request, actor)), actor=actor, call=_call(request))
    except DomainError as refusal:
        return refused(request, actor, refusal)
    except IntegrityError as error:
        return refused(request, actor, Refused(f"The books don't allow this: {str(error).splitlines()[0]}."))
    if answer.get("dry_run"):
        _tried(request, answer)
    elif request.POST.get("said"):
        messages.success(request, gettext(request.POST["said"]))
    return go(request, answer)


def _zone(request: HttpRequest, actor: Actor) -> str:
    """Whose clock the form's local times mean: the zone or branch that the form names, else the person's own, else the first."""
    named, code = request.POST.get("in_zone", ""), request.POST.get("branch", "")
    known = list(Branch.objects.order_by("id").values_list("tz", "code"))
    own = Branch.objects.filter(person=actor.person_id or 0).values_list("tz", flat=True).first()
    told = [tz for tz, of in known if named in (tz, "") and (named or code == of)]
    return next(iter([*told, *([own] if own else []), *(tz for tz, _ in known)]), "UTC")


def _tried(request: HttpRequest, answer: dict[str, Any]) -> None:
    """What a trial of a sheet would bring, or the first lines that stand in its way."""
    for wrong in answer["errors"][:5]:
        messages.error(request, gettext("Line {line}: {reason}").format(**wrong))
    if not answer["errors"] and "total" in answer:
        found = gettext("Only tried, nothing is kept: {lines} lines, {total} in all. New cost codes: {codes}.")
        codes = ", ".join(answer["new_codes"][:8]) or gettext("none")
        messages.success(request, found.format(lines=answer["lines"], total=f"{Decimal(answer['total']):,.2f}", codes=codes))
    elif not answer["errors"]:
        found = gettext("Only tried, nothing is kept: {lines} lines, {contract_sum} in all, {previous} billed before.")
        sums = {k: f"{Decimal(answer[k]):,.2f}" for k in ("contract_sum", "previous")}
        messages.success(request, found.format(lines=answer["lines"], **sums))


def _call(request: HttpRequest) -> Call:
    version = request.POST.get("expected_version")
    try:
        key = UUID(request.POST["request_id"]) if request.POST.get("request_id") else None
    except ValueError as bad:
        raise Invalid("The form is damaged. Load the page again.") from bad
    return call_of(request, {"request_id": key, "expected_version": int(version) if version and version.isdigit() else None})


def refused(request: HttpRequest, actor: Actor, refusal: DomainError) -> HttpResponse:
    """The sentence of a refusal: beside the form for htmx, as a page without it."""
    if isinstance(refusal, NotAllowed):
        refusals.note(who=actor, what=request.path, why=refusal.sentence)
    ways = _ways(refusal)
    if request.headers.get("HX-Request"):
        links = format_html_join("", ' <a href="{}">{}</a>', ways)
        return HttpResponse(format_html("{}{}", say(refusal.sentence), links), status=refusal.status)
    return render(request, "pages/refused.html", {"sentence": say(refusal.sentence), "ways": ways}, status=refusal.status)


def _ways(refusal: DomainError) -> list[tuple[str, str]]:
    """Where a refusal points: the job that is open already, the customers who may be the same."""
    job = refusal.extra.get("open_job")
    found = [(f"/jobs/{job['uid']}", gettext("Open {number}").format(number=job["number"]))] if job else []
    return found + [(f"/customers/{t['uid']}", gettext("Open {number}").format(number=t["name"])) for t in refusal.extra.get("twins", [])]


def go(request: HttpRequest, answer: dict[str, Any]) -> HttpResponse:
    """On to the next page: where the form says (with '{uid}' filled from the answer), else the same page anew."""
    target = request.POST.get("next", "")
    for key, value in answer.items():
        target = target.replace("{" + key + "}", str(value))
    if target and not url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        target = ""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": target} if target else {"HX-Refresh": "true"})
    referer = request.headers.get("Referer", "/")
    back = referer if url_has_allowed_host_and_scheme(referer, allowed_hosts={request.get_host()}) else "/"
    return HttpResponseRedirect(target or back)
