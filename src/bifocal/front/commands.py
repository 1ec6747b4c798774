"""The set-up page's commands: company, branches, users, tokens."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.models import ApiToken, Branch, BusinessUnit, Company, User
from bifocal.core.policy import require
from bifocal.core.subject import Subject
from bifocal.front.facts import BranchSet, CompanyChanged, LanguageChosen, TokenMade, UserInvited
from bifocal.front.rights import ROLES
from bifocal.kernel.people.models import Person
from bifocal.lib.errors import Invalid, NotFound, Refused

COMPANY = Subject("company", UUID(int=1))


@command("company.set")
def set_company(
    *, name: str | None = None, legal_name: str | None = None, address: str | None = None, phone: str | None = None,
    email: str | None = None, license: str | None = None, base_url: str | None = None, mail_host: str | None = None,
    mail_port: int | None = None, mail_user: str | None = None, mail_password: str | None = None, mail_tls: bool | None = None,
    logo_sha256: str | None = None, actor: Actor, call: Call,
) -> dict[str, Any]:  # fmt: skip
    """Set the company's letterhead, address of the server, and mail."""
    require(actor, "settings.edit")
    row = Company.objects.select_for_update().get_or_create(id=1)[0]
    wanted = {
        "name": name, "legal_name": legal_name, "address": address, "phone": phone, "email": email, "license": license,
        "base_url": base_url, "mail_host": mail_host, "mail_port": mail_port, "mail_user": mail_user,
        "mail_password": mail_password, "mail_tls": mail_tls, "logo_sha256": logo_sha256,
    }  # fmt: skip
    after = {k: v for k, v in wanted.items() if v is not None and v != getattr(row, k)}
    for key, value in after.items():
        setattr(row, key, value)
    row.version += 1
    row.save()
    record(CompanyChanged(fields=sorted(after)), about=COMPANY, actor=actor, call=call)
    return {"kind": "company", "changed": sorted(after), "version": row.version}


@command("branch.set")
def set_branch(
    *, code: str, name: str, tz: str = "America/New_York", address: str = "", phone: str = "", actor: Actor, call: Call
) -> Branch:
    """Add a branch or change it: its zone decides accounting dates and what times mean."""
    require(actor, "settings.edit")
    try:
        ZoneInfo(tz)
    except (ZoneInfoNotFoundError, ValueError) as bad:
        raise Invalid(f"'{tz}' is not a time zone. Write it like America/New_York.", field="tz") from bad
    row, _ = Branch.objects.update_or_create(code=code, defaults={"name": name, "tz": tz, "address": address, "phone": phone})
    record(BranchSet(code=code, tz=tz), about=row, actor=actor, call=call)
    return row


@command("business_unit.set")
def set_business_unit(*, code: str, name: str, lens: str = "service", actor: Actor, call: Call) -> BusinessUnit:
    """Add a business unit: a trade's profit and loss."""
    require(actor, "settings.edit")
    row, _ = BusinessUnit.objects.update_or_create(code=code, defaults={"name": name, "lens": lens})
    record(BranchSet(code=code, tz=lens), about=row, actor=actor, call=call)
    return row


@command("user.invite")
def invite_user(
    *, email: str, name: str, roles: list[str], password: str, person: UUID | None = None, actor: Actor, call: Call
) -> dict[str, Any]:
    """Give somebody a sign-in with roles, tied to their person where they work in the field."""
    require(actor, "users.manage")
    unknown = [r for r in roles if r not in ROLES]
    if unknown or not roles:
        raise Invalid(f"Choose roles among: {', '.join(ROLES)}.", field="roles")
    if len(password) < 10:
        raise Invalid("A password needs at least 10 characters.", field="password")
    if User.objects.filter(email__iexact=email).exists():
        raise Refused(f"{email} has a sign-in already.", field="email")
    user = User.objects.create_user(email, password, name=name, roles=roles)
    if person:
        Person.objects.filter(uid=person).update(user=user)
    record(UserInvited(email=email, roles=roles), about=Subject("user", user.uid), actor=actor, call=call)
    return {"kind": "user", "uid": str(user.uid), "email": email}


@command("user.choose_language")
def choose_language(*, language: Literal["en", "en-us", "es"], actor: Actor, call: Call) -> dict[str, Any]:
    """Choose the language in which you read the pages; it goes with you to every browser."""
    require(actor, "read")
    user = User.objects.filter(uid=actor.key.removeprefix("user:")).first() if actor.key.startswith("user:") else None
    if user is None:
        raise NotFound("Only somebody with a sign-in has a language.")
    user.language = language.removesuffix("-us")  # 'en-us' in the column means: never chosen, follow the browser
    user.save(update_fields=["language"])
    record(LanguageChosen(language=language), about=Subject("user", user.uid), actor=actor, call=call)
    return {"kind": "user", "uid": str(user.uid), "language": language}


@command("token.make")
def make_token(*, email: str, name: str, actor: Actor, call: Call) -> dict[str, Any]:
    """Make an API token for a user; it is shown once."""
    require(actor, "users.manage")
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        raise NotFound(f"Nobody signs in as {email}.", field="email")
    raw = f"bf_{secrets.token_urlsafe(32)}"
    row = ApiToken.objects.create(user=user, name=name, token_hash=hashlib.sha256(raw.encode()).hexdigest())
    record(TokenMade(name=name, email=email), about=row, actor=actor, call=call)
    return {"kind": "api_token", "uid": str(row.uid), "name": name, "token": raw}
