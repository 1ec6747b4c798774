"""The set-up page, and the page on which the first visitor makes the owner."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from allauth.mfa.models import Authenticator
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bifocal.bridges.workmix.queries import company_lens
from bifocal.core import links
from bifocal.core.actor import Actor
from bifocal.core.commands import Call, execute
from bifocal.core.models import Backup, Branch, BusinessUnit, Company, Delivery, Refusal, User
from bifocal.core.policy import require
from bifocal.front.backups import age_hours, is_late
from bifocal.front.rights import ROLES
from bifocal.front.setup import certificates
from bifocal.front.setup.rules import Https, MailSecurity
from bifocal.front.setup.site import current
from bifocal.front.views.frame import page
from bifocal.front.views.hours import hours_form
from bifocal.kernel.documents.models import store
from bifocal.kernel.documents.rules import media_type_of
from bifocal.kernel.jobs.models import CostCode, JobType
from bifocal.kernel.parties.models import Customer
from bifocal.kernel.people.models import Person, Skill
from bifocal.kernel.pricebook.models import TaxCode
from bifocal.lib.errors import DomainError, Invalid

ZONES = sorted(z for z in available_timezones() if z.startswith(("America/", "Pacific/", "US/")) or z == "UTC")
ASKED = ("company", "name", "email", "branch", "tz", "address")


def welcome(request: HttpRequest) -> HttpResponse:
    """Whoever holds the link from the terminal makes the owner's sign-in, is signed in, and goes on to the work mix."""
    if current().founded:
        return redirect("/")
    token = request.POST.get("token") or request.GET.get("token", "")
    typed: dict[str, Any] = {k: request.POST.get(k, "") for k in ASKED} if request.method == "POST" else _first_guess(request)
    shown: dict[str, Any] = {"token": token, "typed": typed, "zones": ZONES, "refused": ""}
    if not token:
        return render(request, "pages/welcome.html", shown)
    try:
        link = links.open_link(token, now=timezone.now())
        if request.method == "POST":
            return _found(request, link)
    except DomainError as refusal:
        shown |= {"refused": refusal.sentence, "token": "" if refusal.status == 404 else token}
        return render(request, "pages/welcome.html", shown, status=refusal.status)
    return render(request, "pages/welcome.html", shown)


def _first_guess(request: HttpRequest) -> dict[str, str]:
    return {"address": f"{request.scheme}://{request.get_host()}", "tz": "America/New_York", "branch": _("Main office")}


def _found(request: HttpRequest, link: Any) -> HttpResponse:
    args = {k: request.POST.get(k, "") for k in (*ASKED, "password")}
    if args["password"] != request.POST.get("again", ""):
        raise Invalid(_("The two passwords are not the same. Type them again."), field="again")
    made = execute("company.found", args, actor=links.actor_of(link), call=Call.new())
    login(request, User.objects.get(uid=made["uid"]), backend="allauth.account.auth_backends.AuthenticationBackend")
    return redirect("/workmix")


@page
def settings_page(request: HttpRequest, actor: Actor) -> HttpResponse:
    """One set-up page: address and HTTPS, mail, letterhead, logo, branches and zones, sign-ins, backups, what was refused."""
    require(actor, "settings.edit")
    company, age = Company.get(), age_hours()
    late = is_late(age)
    return render(
        request,
        "pages/settings.html",
        {
            "company": company, "branches": [(b, hours_form(b)) for b in Branch.objects.order_by("id")], "zones": ZONES,
            "users": User.objects.order_by("name"),
            "roles": list(ROLES), "backups": Backup.objects.order_by("-at")[:5], "backup_age": age, "backup_late": late,
            "failed": Delivery.objects.filter(status="failed")[:20], "refusals": Refusal.objects.order_by("-id")[:10],
            "https_ways": [(Https.OFF, _("off: only in the shop's own network")), (Https.PROXY, _("a proxy before Bifocal (Caddy, nginx)")),
                           (Https.CERTIFICATE, _("a certificate of our own, kept here"))],
            "mail_ways": [(MailSecurity.STARTTLS, "STARTTLS (587)"), (MailSecurity.TLS, "TLS (465)"), (MailSecurity.NONE, _("none (25)"))],
            "certificate": certificates.kept(), "steps": _steps(company, request.user, late), **_work(),
        },
    )  # fmt: skip


def _work() -> dict[str, Any]:
    """What a call or a project is booked as: kinds of calls, business units, sales tax."""
    return {
        "types": JobType.objects.select_related("business_unit").order_by("code"), "units": BusinessUnit.objects.order_by("code"),
        "taxes": TaxCode.objects.prefetch_related("rates").order_by("code"), "skills": Skill.objects.order_by("name"),
        "codes": CostCode.objects.order_by("code"),
    }  # fmt: skip


def _steps(company: Company, user: Any, backup_late: bool) -> list[tuple[str, str, bool]]:
    """What a new installation still lacks: where to do it, words, done. First what work begins with, then the house."""
    return [
        ("/workmix", _("Which lens fits"), bool(company_lens().lens)),
        ("/settings/import", _("Bring your customers"), Customer.objects.exists()),
        ("#work", _("A kind of call to book"), JobType.objects.exists()),
        ("/people#hire", _("Somebody who goes out"), Person.objects.filter(dispatchable=True).exists()),
        ("#people", _("Somebody else can sign in"), User.objects.count() > 1),
        ("#branches", _("Branches and their hours"), Branch.objects.exists()),
        ("#letterhead", _("Letterhead"), bool(company.address and company.phone)),
        ("#logo", _("Logo"), bool(company.logo_sha256)),
        ("#mail", _("Mail goes out"), bool(company.mail_host)),
        ("#address", _("Address and HTTPS"), company.https != Https.OFF),
        ("/account/2fa/", _("Your second factor"), Authenticator.objects.filter(user=user).exists()),
        ("#backups", _("A backup within 26 hours"), not backup_late),
    ]


def _upload(request: HttpRequest, name: str) -> bytes:
    found = request.FILES.get(name)
    if found is None or isinstance(found, list):
        raise Invalid(_("Choose a file."), field=name)
    return bytes(found.read())


@require_POST
@page
def logo(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Keep the letterhead's logo."""
    require(actor, "settings.edit")
    data = _upload(request, "logo")
    if media_type_of(data, "logo") != "image/png":
        raise Invalid("The logo must be a PNG file.")
    execute("company.set", {"logo_sha256": store(data)}, actor=actor, call=Call.new())
    return redirect("/settings#logo")


@require_POST
@page
def certificate(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Keep a certificate and its key, from two files in PEM form."""
    texts = {name: _upload(request, name).decode("ascii", errors="replace") for name in ("certificate", "key")}
    execute("certificate.keep", texts, actor=actor, call=Call.new())
    return redirect("/settings#address")
