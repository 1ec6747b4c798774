"""Jobs: every write. Visits, contracts and bills call down to these."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.db import connection
from pydantic import Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.custom import changed, custom_values
from bifocal.core.facts import record
from bifocal.core.models import Branch, BusinessUnit
from bifocal.core.numbering import next_number
from bifocal.core.policy import require
from bifocal.core.search import remember
from bifocal.core.subject import Subject
from bifocal.kernel.jobs.facts import (
    CreditHoldOverridden,
    JobCreated,
    JobDetailsChanged,
    JobMoved,
    ListChanged,
    MemberJoined,
    PartyAdded,
    PhaseAdded,
)  # fmt: skip
from bifocal.kernel.jobs.models import (
    CostCode,
    CustomField,
    Job,
    JobParty,
    JobType,
    Phase,
    WageRule,
)  # fmt: skip
from bifocal.kernel.jobs.rules import Profile, Work, check_move, check_people, lens
from bifocal.kernel.parties.models import Contact, Customer, Site, Vendor
from bifocal.kernel.people.models import Person
from bifocal.kernel.pricebook.models import Item
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.ids import uuid7

Role = Literal["owner", "general_contractor", "tenant", "bill_to", "approver", "architect", "subcontractor"]


def may_open(*, customer: Customer, site: Site, profile: Profile, customer_po: str, override_hold: str = "") -> str:
    """The rule of every new job, for the command and for imports. Returns the hold that was overridden. Raises Refused."""
    if site.customer_id != customer.pk:
        raise Refused(f"{site.name} is not a site of {customer.name}.", field="site")
    if customer.po_required and not customer_po:
        raise Refused(f"{customer.name} wants a purchase order number on every job.", field="customer_po")
    hold = customer.hold_project if lens(profile) == "project" else customer.hold_service
    if hold and not override_hold:
        raise Refused(
            f"{customer.name} is on credit hold: {hold}. Clear the hold, or override it with a reason.",
            field="override_hold",
        )
    return hold


def create_job(
    *, title: str, profile: Profile, customer: Customer, site: Site, branch: Branch, actor: Actor, call: Call,
    job_type: JobType | None = None, business_unit: BusinessUnit | None = None, billing_rule: str = "",
    tax_code: str = "", customer_po: str = "", promised: tuple[datetime, datetime] | None = None, notes: str = "",
    priority: int = 3, origin: Job | None = None, origin_why: str = "", override_hold: str = "",
    custom: dict[str, Any] | None = None, uid: UUID | None = None, template: str = "",
) -> Job:  # fmt: skip
    """A new job. Refused on credit hold of its lens unless overridden with a reason, which is logged."""
    require(actor, "job.create")
    hold = may_open(customer=customer, site=site, profile=profile, customer_po=customer_po, override_hold=override_hold)
    if hold:
        require(actor, "customer.override_hold")
    extra = {"uid": uid} if uid else {}
    job = Job(
        title=title, profile=profile, customer=customer, site=site, branch=branch, job_type=job_type,
        business_unit=business_unit or (job_type.business_unit if job_type else None), notes=notes, priority=priority,
        billing_rule=billing_rule or (job_type.billing_rule if job_type else "time_and_materials"),
        tax_code=tax_code or site.tax_code, customer_po=customer_po, promised=promised, origin=origin,
        origin_why=origin_why, custom=custom_values("job", custom or {}), template=template, **extra,
    )  # fmt: skip
    job.number = next_number("job", "J-")
    job.save()
    index(job)
    record(JobCreated(number=job.number, profile=profile, title=title), about=job, actor=actor, call=call)
    if hold:
        record(CreditHoldOverridden(lens=lens(profile), hold=hold, reason=override_hold), about=job, actor=actor, call=call)
    return job


def index(job: Job) -> None:
    """Keep the job findable by number, title, customer and address."""
    remember(
        job,
        title=f"{job.number} {job.title}",
        detail=f"{job.customer.name} · {job.site.one_line}",
        also=job.customer_po,
    )


def move_job(job: Job, to: Work, *, actor: Actor, call: Call, reason: str = "", **also: Any) -> Job:
    """Move a job along its table and write the fact. The caller holds the job's lock and its own right."""
    require(actor, "job.move")
    before = job.work_status
    check_move(before, to, number=job.number)
    job.change(work_status=to, **also)
    record(JobMoved(before=before, after=to, reason=reason), about=job, actor=actor, call=call)
    return job


@command("job.review")
def review_job(*, job: UUID, ok: bool = True, reason: str = "", actor: Actor, call: Call) -> Job:
    """The office looks a finished job over: ready to bill, or back to the field with the reason."""
    row: Job = Job.objects.locked(job, actor, call)
    require(actor, "job.review")
    if not ok and not reason:
        raise Invalid("Say what is missing, so that the field knows.", field="reason")
    to = Work.READY_TO_BILL if ok else Work.IN_PROGRESS
    return move_job(row, to, actor=actor.within("job.review"), call=call, reason=reason)


@command("job.reopen")
def reopen_job(*, job: UUID, reason: str, actor: Actor, call: Call) -> Job:
    """Open a finished or closed job again, with the reason."""
    row: Job = Job.objects.locked(job, actor, call)
    require(actor, "job.reopen")
    to = Work.READY_TO_BILL if row.work_status == Work.CLOSED else Work.IN_PROGRESS
    return move_job(row, to, actor=actor.within("job.reopen"), call=call, reason=reason, closed_at=None)


@command("job.edit")
def edit_job(
    *, job: UUID, title: str | None = None, notes: str | None = None, customer_po: str | None = None,
    custom: dict[str, Any] | None = None, actor: Actor, call: Call,
) -> Job:  # fmt: skip
    """Correct a job's title, notes, purchase order or custom fields."""
    row: Job = Job.objects.locked(job, actor, call)
    require(actor, "job.edit")
    wanted: dict[str, Any] = {"title": title, "notes": notes, "customer_po": customer_po}
    if custom is not None:
        wanted["custom"] = custom_values("job", custom, row.custom)
    after, was, now = changed(row, wanted)
    row.change(**after)
    index(row)
    record(JobDetailsChanged(before=was, after=now), about=row, actor=actor, call=call)
    return row


@command("job.add_member")
def add_member(*, job: UUID, person: UUID, role: str = "technician", actor: Actor, call: Call) -> Job:
    """Put one of our people on a job's team; field people see the jobs they are on."""
    row: Job = Job.objects.find(job, actor)
    require(actor, "job.team")
    who: Person = Person.objects.find(person, actor)
    join(row, who, role, actor=actor, call=call)
    return row


def join(job: Job, person: Person, role: str, *, actor: Actor, call: Call) -> None:
    """Give somebody a seat on the job, once."""
    with connection.cursor() as cur:
        cur.execute(
            "insert into jobs_jobmember (job_id, person_id, role) values (%s, %s, %s)"
            " on conflict (job_id, person_id, role) do update set until = null returning xmax = 0",
            [job.pk, person.pk, role],
        )
        new = cur.fetchone()[0]
    if new:
        record(MemberJoined(person=person.name, role=role), about=job, actor=actor, call=call)


@command("job.add_party")
def add_party(
    *, job: UUID, role: Role, customer: UUID | None = None, vendor: UUID | None = None, contact: UUID | None = None,
    actor: Actor, call: Call,
) -> Job:  # fmt: skip
    """Name an outside party of a job: owner, general contractor, tenant, bill-to, approver, architect."""
    row: Job = Job.objects.find(job, actor)
    require(actor, "job.team")
    if not (customer or vendor or contact):
        raise Invalid("Say who it is: a contact, a customer or a vendor.", field="contact")
    party = JobParty.objects.create(
        job=row, role=role, customer=Customer.objects.find(customer, actor) if customer else None,
        vendor=Vendor.objects.find(vendor, actor) if vendor else None,
        contact=Contact.objects.find(contact, actor) if contact else None,
    )  # fmt: skip
    who = party.contact or party.customer or party.vendor
    record(PartyAdded(role=role, name=str(who)), about=row, actor=actor, call=call)
    return row


@command("phase.add")
def add_phase(*, job: UUID, code: str, name: str, actor: Actor, call: Call) -> Phase:
    """Divide a job: rough-in, trim, closeout."""
    row: Job = Job.objects.locked(job, actor)
    require(actor, "job.edit")
    if row.phases.filter(code=code).exists():
        raise Refused(f"{row.number} already has a phase {code}.", field="code")
    phase = Phase.objects.create(job=row, code=code, name=name, place=row.phases.count())
    record(PhaseAdded(code=code, name=name), about=row, actor=actor, call=call)
    return phase


@command("cost_code.add")
def add_cost_code(*, code: str, name: str, actor: Actor, call: Call) -> CostCode:
    """Add a cost code that all jobs share."""
    require(actor, "settings.edit")
    row, new = CostCode.objects.get_or_create(code=code, defaults={"name": name})
    if not new and row.name != name:
        raise Refused(f"Cost code {code} is there already: '{row.name}'. Rename it instead.", field="code")
    record(ListChanged(sort="cost code", code=code, name=name), about=row, actor=actor, call=call)
    return row


@command("cost_code.rename")
def rename_cost_code(*, code: str, name: Annotated[str, Field(min_length=1, max_length=100)], actor: Actor, call: Call) -> CostCode:
    """Call a cost code something else. The code itself stays: budgets and postings are kept by it."""
    require(actor, "settings.edit")
    row: CostCode | None = CostCode.objects.filter(code=code).first()
    if row is None:
        raise Invalid(f"There is no cost code '{code}'. Add it first.", field="code")
    row.name = name
    row.save(update_fields=["name"])
    record(ListChanged(sort="cost code", code=code, name=name), about=row, actor=actor, call=call)
    return row


@command("job_type.set")
def set_job_type(
    *, code: str, name: str, minutes: int, skill: str = "", people: int = 1, billing_rule: str = "time_and_materials",
    bills_on_site: bool = True, flat_item: str = "", labor_item: str = "", business_unit: str = "",
    cost_code: str = "", actor: Actor, call: Call,
) -> JobType:  # fmt: skip
    """What a call of this sort takes (minutes, skill, people at once) and how it bills."""
    require(actor, "settings.edit")
    check_people(people)
    if minutes <= 0:
        raise Invalid("A job type needs a duration, or the calendar would be oversold.", field="minutes")
    row, _ = JobType.objects.update_or_create(
        code=code,
        defaults={
            "name": name, "minutes": minutes, "skill": skill, "people": people, "billing_rule": billing_rule,
            "bills_on_site": bills_on_site,
            "flat_item": Item.objects.filter(code=flat_item).first() if flat_item else None,
            "labor_item": Item.objects.filter(code=labor_item).first() if labor_item else None,
            "business_unit": BusinessUnit.objects.filter(code=business_unit).first() if business_unit else None,
            "cost_code": CostCode.objects.filter(code=cost_code).first() if cost_code else None,
        },
    )  # fmt: skip
    record(ListChanged(sort="job type", code=code, name=name), about=row, actor=actor, call=call)
    return row


@command("job.set_wage")
def set_wage(
    *, job: UUID, work_class: str, pay_class: str, rate: Decimal, fringe: Decimal = Decimal(0), from_date: date,
    actor: Actor, call: Call,
) -> Job:  # fmt: skip
    """Note a prevailing-wage determination of a job: what an hour of a class must cost there."""
    row: Job = Job.objects.locked(job, actor)
    require(actor, "job.edit")
    WageRule.objects.create(job=row, work_class=work_class, pay_class=pay_class, rate=rate, fringe=fringe, from_date=from_date)
    told = JobDetailsChanged(before={}, after={"wage": f"{work_class} {rate} + {fringe} from {from_date}"})
    record(told, about=row, actor=actor, call=call)
    return row


@command("custom_field.add")
def add_custom_field(
    *, on_kind: Literal["customer", "site", "job", "equipment", "document"], name: str, label: str,
    sort: Literal["text", "number", "date", "yes_no", "choice"] = "text", choices: list[str] | None = None,
    required: bool = False, actor: Actor, call: Call,
) -> dict[str, str]:  # fmt: skip
    """Add a field of your own to customers, sites, jobs, equipment or documents."""
    require(actor, "settings.edit")
    CustomField.objects.update_or_create(
        on_kind=on_kind,
        name=name,
        defaults={"label": label, "sort": sort, "choices": choices or [], "required": required},
    )
    about = Subject("custom_field", uuid7())
    record(ListChanged(sort=f"custom field of {on_kind}", code=name, name=label), about=about, actor=actor, call=call)
    return {"kind": "custom_field", "name": name}
