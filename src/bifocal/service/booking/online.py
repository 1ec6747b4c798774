"""A customer books by themselves: only what capacity has room for, looked at again under a lock before it is sold."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from django.core import signing
from django.db import connection
from pydantic import Field

from bifocal.core.actor import Actor, ActorKind
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.models import Branch, Company
from bifocal.core.policy import require
from bifocal.core.subject import Subject
from bifocal.kernel.jobs.models import JobType
from bifocal.kernel.messages.commands import send
from bifocal.kernel.parties.models import Customer
from bifocal.lib.errors import Invalid, NotFound, Refused
from bifocal.service.booking.commands import book_call
from bifocal.service.capacity.models import Reserve
from bifocal.service.capacity.queries import Slot, day_room, free_for, has_room, zone_of

SALT, GOOD_FOR = "online window", 20 * 60
ONLINE = Actor(ActorKind.SYSTEM, "online booking", "online booking", rights=frozenset({"call.book_online"}))
Text = Annotated[str, Field(min_length=2, max_length=120)]


def signed(branch: Branch, kind: JobType, postcode: str, slot: Slot) -> str:
    """A window that was shown, in one signed word."""
    return signing.dumps([branch.code, kind.code, postcode, slot.start.isoformat(), slot.end.isoformat()], salt=SALT)


@command("call.book_online")
def book_online(
    *, window: str, name: Text, phone: Text, email: Text, address: Text, city: str = "", state: str = "", what: str = "",
    actor: Actor, call: Call,
) -> dict[str, Any]:  # fmt: skip
    """Book a window that the online page showed. Refused when it was sold meanwhile, or is older than twenty minutes."""
    require(actor, "call.book_online")
    branch, kind, postcode, slot = _shown(window)
    if "@" not in email:
        raise Invalid("Give an e-mail address that we can write to.", field="email")
    _check_room(branch, kind, postcode, slot)
    inner = replace(actor.within("call.book_online"), sees_all=True)
    known = _known(phone, email)
    site = known.sites.filter(address__iexact=address).first() if known else None
    who: dict[str, Any] = (
        {"customer": known.uid} if known else {"customer_name": name, "phone": phone, "email": email, "even_if_twin": True}
    )
    where: dict[str, Any] = {"site": site.uid} if site else {"address": address, "city": city, "state": state, "postcode": postcode}
    made = book_call(
        job_type=kind.code, branch=branch.code, title=what[:160], window_start=slot.start, window_end=slot.end, even_if_open=True,
        source="online", actor=inner, call=call.inner(), **who, **where,
    )  # fmt: skip
    _confirm(email, branch, made, slot, kind.name, inner, call.inner())
    return {"kind": "job", "number": made["number"], "window_start": slot.start, "window_end": slot.end}


def _confirm(email: str, branch: Branch, made: dict[str, Any], slot: Slot, what: str, actor: Actor, call: Call) -> None:
    """Write to the customer what they have booked. Nothing that was typed stands in it: anybody may give anybody's address."""
    start, end = (m.astimezone(ZoneInfo(branch.tz)) for m in (slot.start, slot.end))
    when = f"{start:%A %-d %B, %-I:%M %p} to {end:%-I:%M %p}"
    body = f"{what}\n{when}\n\nYour number is {made['number']}. To change it, call us: {branch.phone or Company.get().phone}\n"
    send(to=email, title=f"Booked: {when}", body=body, about=Subject("job", made["uid"]), actor=actor, call=call)


def _shown(word: str) -> tuple[Branch, JobType, str, Slot]:
    try:
        branch, kind, postcode, start, end = signing.loads(word, salt=SALT, max_age=GOOD_FOR)
    except signing.SignatureExpired:
        raise Refused("These windows are twenty minutes old. Look again.", field="window") from None
    except (signing.BadSignature, ValueError):
        raise Invalid("This window was not offered by us. Look again.", field="window") from None
    where, what = Branch.objects.filter(code=branch).first(), JobType.objects.filter(code=kind).first()
    if where is None or what is None:
        raise NotFound("This is not offered any more. Look again.")
    return where, what, postcode, Slot(datetime.fromisoformat(start), datetime.fromisoformat(end))


def _check_room(branch: Branch, kind: JobType, postcode: str, slot: Slot) -> None:
    """One sale of a branch's day at a time: the last hours are sold once. Raises Refused."""
    day, held = accounting_day(slot.start, branch), Reserve.get()
    with connection.cursor() as cur:
        cur.execute("select pg_advisory_xact_lock(hashtext(%s))", [f"capacity {branch.code} {day}"])
    enough = has_room(day_room(day, branch), kind, zone_of(postcode), held)
    if not held.online:
        raise Refused("Online booking is closed. Please call us.")
    if not enough or not free_for(kind, slot, branch):
        raise Refused("This window was taken a moment ago. Choose another.", field="window")


def _known(phone: str, email: str) -> Customer | None:
    """The one customer whose phone and e-mail both are these; nobody learns who else is known."""
    digits = "".join(c for c in phone if c.isdigit())
    rows = [c for c in Customer.objects.filter(email__iexact=email)[:20] if "".join(d for d in c.phone if d.isdigit()) == digits]
    return rows[0] if len(rows) == 1 and digits else None
