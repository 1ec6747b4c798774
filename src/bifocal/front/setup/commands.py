"""The set-up page's commands about the installation itself."""

from __future__ import annotations

from typing import Annotated, Any

from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from pydantic import Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.models import AccessLink, Company, User
from bifocal.core.policy import require
from bifocal.core.seal import seal
from bifocal.front.commands import COMPANY, invite_user, set_branch, set_company
from bifocal.front.setup import certificates, reload, site
from bifocal.front.setup.facts import CertificateKept, CompanyFounded, MailSet, MailTried, SiteSet
from bifocal.front.setup.rules import Https, MailSecurity, checked_address
from bifocal.kernel.messages.commands import sender
from bifocal.lib.errors import Invalid, Refused

Port = Annotated[int, Field(ge=1, le=65535)]
FIRST_OWNER = "first_owner"


def _company() -> Company:
    return Company.objects.select_for_update().get_or_create(id=1)[0]


@command("company.found")
def found_company(
    *, company: str, name: str, email: str, password: str, address: str, branch: str = "Main office", tz: str = "America/New_York",
    actor: Actor, call: Call,
) -> dict[str, Any]:  # fmt: skip
    """Make the first owner's sign-in, the company and its first branch; only once, by the link that `bifocal up` printed."""
    require(actor, "company.found")
    row = _company()
    if User.objects.exists():
        raise Refused("This company has an owner already. Sign in, or ask the owner to invite you.")
    inner, below = actor.within("company.found"), call.inner()
    row.base_url = checked_address(address, Https.PROXY if address.strip().startswith("https:") else Https.OFF)
    row.https = Https.PROXY if row.base_url.startswith("https:") else Https.OFF
    row.save()
    user = invite_user(email=email, name=name, roles=["owner"], password=password, actor=inner, call=below)
    set_company(name=company, actor=inner, call=below)
    set_branch(code="MAIN", name=branch, tz=tz, actor=inner, call=below)
    AccessLink.objects.filter(purpose=FIRST_OWNER, revoked_at=None).update(revoked_at=call.occurred_at)
    _changed(reload_web=False)
    record(CompanyFounded(name=company, owner=email), about=COMPANY, actor=actor, call=call)
    return {"kind": "user", "uid": user["uid"], "email": email}


@command("site.set")
def set_site(*, address: str, https: Https = Https.OFF, actor: Actor, call: Call) -> dict[str, Any]:
    """Set the address people use and how it gets HTTPS: off, by a proxy, or with a certificate of your own."""
    require(actor, "settings.edit")
    row = _company()
    wanted = checked_address(address, https)
    if https == Https.CERTIFICATE and certificates.kept() is None:
        raise Refused("Bring the certificate and its key first; then turn HTTPS on.", field="https")
    before, row.base_url, row.https, row.version = row.https, wanted, https, row.version + 1
    row.save()
    _changed(reload_web=Https.CERTIFICATE in (before, https))
    record(SiteSet(address=wanted, https=https), about=COMPANY, actor=actor, call=call)
    return {"kind": "company", "address": wanted, "https": https, "version": row.version}


@command("certificate.keep")
def keep_certificate(*, certificate: str, key: str, actor: Actor, call: Call) -> dict[str, Any]:
    """Keep a certificate (PEM, with its chain) and its key in var/tls. The key never goes into the database."""
    require(actor, "settings.edit")
    told = certificates.keep(certificate, key)
    _changed(reload_web=_company().https == Https.CERTIFICATE)
    names = [str(n) for n in told["names"]] if isinstance(told["names"], list) else []
    record(CertificateKept(names=names, until=f"{told['until']:%Y-%m-%d}"), about=COMPANY, actor=actor, call=call)
    return {"kind": "company", "names": names, "until": f"{told['until']:%Y-%m-%d}"}


def _changed(*, reload_web: bool) -> None:
    site.forget()
    transaction.on_commit(site.forget)
    if reload_web:
        transaction.on_commit(reload.ask)


@command("mail.set")
def set_mail(
    *, host: str = "", port: Port = 587, security: MailSecurity = MailSecurity.STARTTLS, user: str = "",
    password: str | None = None, actor: Actor, call: Call,
) -> dict[str, Any]:  # fmt: skip
    """Set the mail server; an empty host keeps letters under var/outbox. A password left out stays as it is; it is kept sealed."""
    require(actor, "settings.edit")
    if password and security == MailSecurity.NONE and host not in ("localhost", "127.0.0.1"):
        raise Invalid("A password is never sent in the clear. Choose STARTTLS or TLS.", field="security")
    row = _company()
    row.mail_host, row.mail_port, row.mail_security, row.mail_user = host, port, security, user
    if password is not None or not user:
        row.mail_password = seal(password or "")
    row.version += 1
    row.save()
    record(MailSet(host=host, port=port, security=security), about=COMPANY, actor=actor, call=call)
    return {"kind": "company", "host": host, "version": row.version}


@command("mail.test")
def try_mail(*, to: str, actor: Actor, call: Call) -> dict[str, Any]:
    """Send a test letter now, and say in the mail server's own words why it does not go."""
    require(actor, "settings.edit")
    row = Company.get()
    if not row.mail_host:
        raise Refused("No mail server is set: letters are kept under var/outbox. Fill in the mail server first.")
    way = get_connection("bifocal.kernel.messages.mail.CompanyBackend", timeout=10)
    text = f"This is a test letter of Bifocal at {row.base_url or 'your server'}. Mail works.\n"
    try:
        EmailMessage(f"Test from {row.name}", text, sender(), [to], connection=way).send()
    except (OSError, ValueError) as trouble:
        raise Refused(f"The mail server {row.mail_host}:{row.mail_port} did not take it: {_words(trouble)}.", field="to") from trouble
    record(MailTried(to=to), about=COMPANY, actor=actor, call=call)
    return {"kind": "company", "sent_to": to}


def _words(trouble: Exception) -> str:
    said = getattr(trouble, "smtp_error", None) or getattr(trouble, "strerror", None) or str(trouble) or type(trouble).__name__
    return " ".join((said.decode(errors="replace") if isinstance(said, bytes) else str(said)).split()).rstrip(".")
