"""A call comes in: found or made, booked, offered, in one act."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.models import Branch
from bifocal.core.policy import require
from bifocal.kernel.jobs.commands import create_job
from bifocal.kernel.jobs.models import Job, JobType
from bifocal.kernel.jobs.rules import LIVE, Profile
from bifocal.kernel.parties.commands import add_customer, new_site
from bifocal.kernel.parties.models import Customer, Site
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.periods import TimeRange
from bifocal.service.board.offering import taken_up
from bifocal.service.booking.facts import CallBooked
from bifocal.service.visits.commands.office import add_helper, new_visit, plan_visit, promise
from bifocal.service.visits.models import Visit


@command("call.book")
def book_call(
    *, job_type: str, title: str = "", branch: str = "", customer: UUID | None = None, customer_name: str = "",
    phone: str = "", email: str = "", site: UUID | None = None, address: str = "", city: str = "", state: str = "",
    postcode: str = "", tax_code: str = "", notes: str = "", customer_po: str = "", priority: int = 3,
    window_start: datetime | None = None, window_end: datetime | None = None, technician: UUID | None = None,
    start: datetime | None = None, even_if_twin: bool = False, even_if_open: bool = False, override_hold: str = "",
    source: str = "phone", job: UUID | None = None, offer: str = "", people: int = 0, actor: Actor, call: Call,
) -> dict[str, Any]:  # fmt: skip
    """Book a service call: customer and site found or made, job with its first visit, window promised, technician offered.

    `offer` is the token of a window that was offered: it stands for window, start and who comes. `people`: how many must be there at
    once; left out, as many as its job type says. Refused with a likely twin of the customer, with an open job at the same site, or on
    credit hold, each with the way on.
    """
    require(actor, "call.book")
    sort = _type(job_type)
    window, along = TimeRange(window_start, window_end) if window_start and window_end else None, tuple[UUID, ...]()
    if offer:
        technician, start, window, along = taken_up(offer)
    inner, inside = actor.within("call.book"), call.inner()
    who: Customer = (
        Customer.objects.find(customer, actor) if customer
        else add_customer(name=customer_name, phone=phone, email=email, even_if_twin=even_if_twin, actor=inner, call=inside)
    )  # fmt: skip
    where: Site = Site.objects.find(site, actor) if site else new_site(
        owner=who, address=address, city=city, state=state, postcode=postcode, tax_code=tax_code, actor=inner, call=inside
    )  # fmt: skip
    if site and not even_if_open:
        _warn_of_open_job(where)
    row = create_job(
        title=title or sort.name, profile=Profile.SERVICE, customer=who, site=where, branch=_branch(branch), job_type=sort,
        promised=(window.start, window.end) if window else None, notes=notes, customer_po=customer_po, priority=priority,
        override_hold=override_hold, uid=job, actor=inner, call=inside,
    )  # fmt: skip
    visit = _visit(row, people, technician, start, window, along, inner, inside)
    record(CallBooked(customer=who.name, job_type=sort.name, source=source), about=row, actor=actor, call=call)
    booked = {"visit": str(visit.uid), "visit_version": visit.version, "visit_status": visit.status}
    return {**visit.job.answer(), **booked, "customer": str(who.uid), "site": str(where.uid)}


def _visit(
    job: Job, people: int, technician: UUID | None, start: datetime | None, window: TimeRange | None, along: tuple[UUID, ...],
    actor: Actor, call: Call,
) -> Visit:  # fmt: skip
    """The first visit: planned where somebody and a time are named, with who goes along; else promised where a window is."""
    visit = new_visit(job=job, actor=actor, call=call, people=people)
    if technician and start:
        visit = plan_visit(visit, technician, start, window=window, actor=actor, call=call)
    elif window:
        promise(visit, window, "", actor, call)
    for helper in along:
        visit = add_helper(visit=visit.uid, person=helper, actor=actor, call=call)
    return visit


def _type(code: str) -> JobType:
    found = JobType.objects.filter(code=code).first()
    if found is None:
        raise Invalid(f"There is no job type '{code}'.", field="job_type")
    return found


def _branch(code: str) -> Branch:
    found = Branch.objects.filter(code=code).first() if code else Branch.objects.order_by("id").first()
    if found is None:
        raise Invalid(f"There is no branch '{code}'.", field="branch")
    return found


def _warn_of_open_job(site: Site) -> None:
    twin = Job.objects.filter(site=site, profile=Profile.SERVICE, work_status__in=LIVE).first()
    if twin:
        raise Refused(
            f"{site.name} already has an open job: {twin.number} {twin.title}. Use that one, or book another anyway.",
            field="site", open_job={"uid": str(twin.uid), "number": twin.number},
        )  # fmt: skip
