"""What is to be chosen, from what, by when; the link to the client."""

from __future__ import annotations

import base64
from datetime import date as Date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.documents.commands import keep
from bifocal.kernel.documents.models import File
from bifocal.kernel.documents.rules import media_type_of
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.kernel.parties.models import Vendor
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import ZERO
from bifocal.projects.estimates.models import Proposal
from bifocal.projects.register import commands as register
from bifocal.projects.schedule.models import Activity
from bifocal.projects.selections import queries
from bifocal.projects.selections.facts import SelectionOffered, SelectionPlanned, SelectionRuleSet, SelectionsSent, SelectionVoided
from bifocal.projects.selections.models import Selection, SelectionChoice, SelectionList
from bifocal.projects.selections.rules import Status

Money = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)]
Share = Annotated[Decimal, Field(ge=0, le=1, max_digits=6, decimal_places=4)]
Title = Annotated[str, Field(min_length=1, max_length=120)]
Days = Annotated[int, Field(ge=0, le=1000)]
PICTURES = {"image/jpeg", "image/png", "image/webp", "image/gif"}
SMALLER = 8 * 1024 * 1024  # bytes of a picture that a phone has to load


def list_of(job: UUID, actor: Actor) -> SelectionList:
    """The job's list, made where there is none; the job's row is locked. Raises NotAllowed, Refused."""
    row: Job = Job.objects.locked(job, actor)
    require(actor, "selection.edit")
    if row.work_status in ("closed", "cancelled"):
        raise Refused(f"{row.number} is closed: nothing is to be chosen any more.")
    found, _new = SelectionList.objects.get_or_create(job=row)
    return found


def locked(selection: UUID, actor: Actor, call: Call) -> Selection:
    """The list first, then the selection: one decision at a time."""
    found: Selection = Selection.objects.find(selection, actor)
    require(actor, "selection.edit")
    SelectionList.objects.select_for_update().get(pk=found.list_id)
    row: Selection = Selection.objects.locked(selection, actor, call)
    return row


@command("selection.plan")
def plan(
    *, job: UUID, title: Title, allowance: Money = ZERO, cost_code: str, cost_type: Literal["L", "M", "E", "S", "O"] = "M",
    location: Annotated[str, Field(max_length=80)] = "", text: Annotated[str, Field(max_length=400)] = "", activity: str = "",
    lead_days: Days = 0, due: Date | None = None, actor: Actor, call: Call,
) -> Selection:  # fmt: skip
    """Plan something that the client chooses: its allowance (as cost), the activity that needs it, the days from choice to delivery."""
    row = list_of(job, actor)
    require(actor, "selection.edit")
    code = CostCode.objects.filter(code=cost_code).first()
    if code is None:
        raise Invalid(f"There is no cost code '{cost_code}'.", field="cost_code")
    work = Activity.objects.filter(job=row.job, code=activity).first() if activity else None
    if activity and work is None:
        raise Invalid(f"There is no activity '{activity}' in this job's schedule.", field="activity")
    if row.selections.filter(title=title).exclude(status=Status.VOID).exists():
        raise Invalid(f"'{title}' is on the list already.", field="title")
    made = Selection.objects.create(
        list=row, place=row.selections.count(), title=title, location=location, text=text, allowance=allowance, cost_code=code,
        cost_type=cost_type, activity=work, lead_days=lead_days, fixed_due=due,
    )  # fmt: skip
    last = queries.due(made, queries.Plan(row.job))
    told = SelectionPlanned(title=title, allowance=str(allowance), due=str(last or ""))
    record(told, about=row.job, actor=actor, call=call)
    return made


@command("selection.from_estimate")
def from_estimate(*, job: UUID, actor: Actor, call: Call) -> dict[str, Any]:
    """Take the allowances of the signed proposal as selections: each line marked as an allowance, with its cost."""
    row = list_of(job, actor)
    require(actor, "selection.edit")
    signed = Proposal.objects.filter(estimate__job=row.job, status="accepted").select_related("estimate_version").first()
    if signed is None:
        raise Refused("No signed proposal made this job: plan its selections one by one.")
    lines = [
        li for li in signed.estimate_version.content["lines"] if li["allowance"] and (not li["option"] or li["option"] in signed.chosen)
    ]
    have = set(row.selections.values_list("title", flat=True))
    works = list(row.job.activities.exclude(cost_code=None).select_related("phase").order_by("place"))
    made = []
    for li in lines:
        if li["description"][:120] in have:
            continue
        code = CostCode.objects.get(code=li["cost_code"])
        work = _work_of(works, li["phase"], code)
        new = plan(
            job=job, title=li["description"][:120], allowance=Decimal(li["cost"]), cost_code=code.code, cost_type=li["cost_type"],
            activity=work.code if work else "", lead_days=14, actor=actor, call=call,
        )  # fmt: skip
        made.append(str(new.uid))
    return {"kind": "selection_list", "uid": str(row.uid), "made": made}


def _work_of(works: list[Activity], phase: str, code: CostCode) -> Activity | None:
    """What needs it: the activity of its code in its phase, else the last one of its code."""
    same = [a for a in works if a.cost_code_id == code.pk]
    return next((a for a in same if a.phase and a.phase.code == phase), same[-1] if same else None)


@command("selection.offer")
def offer(
    *, selection: UUID, name: Title, goods: Money, text: Annotated[str, Field(max_length=400)] = "", lead_days: Days | None = None,
    vendor: UUID | None = None, content: str = "", filename: str = "", actor: Actor, call: Call,
) -> SelectionChoice:  # fmt: skip
    """Offer something to choose: its net cost (which the client never sees), its own days to delivery, a picture (base64)."""
    row = locked(selection, actor, call)
    if row.status not in (Status.OPEN, Status.CHOSEN):
        raise Refused(f"'{row.title}' is {row.status}: nothing can be offered any more.")
    who: Vendor | None = Vendor.objects.find(vendor, actor) if vendor else None
    picture = _picture(row, content, filename or "picture", actor.within("selection.offer"), call) if content else None
    made = SelectionChoice.objects.create(
        selection=row, place=row.choices.count(), name=name, text=text, goods=goods, lead_days=lead_days, vendor=who, picture=picture
    )
    row.change()
    record(SelectionOffered(title=row.title, choice=name), about=row.list.job, actor=actor, call=call)
    return made


def _picture(row: Selection, content: str, name: str, actor: Actor, call: Call) -> File:
    """A picture is one by its bytes, whatever it is called; it belongs to the list, so that the client's link can open it."""
    try:
        data = base64.b64decode(content, validate=True)
    except ValueError as bad:
        raise Invalid("The picture must be base64.", field="content") from bad
    if len(data) > SMALLER:
        raise Invalid("A picture for the client must be below 8 MB.", field="content")
    if media_type_of(data, name) not in PICTURES:
        raise Invalid(f"'{name}' is not a picture. Use JPEG, PNG, WebP or GIF.", field="content")
    return keep(data=data, name=name, sort="photo", about=row.list.subject, actor=actor, call=call)


@command("selection.drop")
def drop(*, selection: UUID, choice: UUID, actor: Actor, call: Call) -> Selection:
    """Take a choice off the list. One that was chosen stays: reopen the selection first."""
    row = locked(selection, actor, call)
    found = row.choices.filter(uid=choice).first()
    if found is None:
        raise Invalid("That choice is not on the list.", field="choice")
    if row.chosen_id == found.pk:
        raise Refused(f"'{found.name}' is what was chosen. Reopen '{row.title}' first.")
    SelectionChoice.objects.filter(pk=found.pk).update(active=False)
    return row.change()


@command("selection.rule")
def set_rule(*, job: UUID, tax: Share = ZERO, markup: Share = ZERO, on_credit: bool = False, actor: Actor, call: Call) -> SelectionList:
    """Set how allowances are settled, as the contract says: tax on goods, markup on what goes over, whether a credit carries it too."""
    row = list_of(job, actor)
    require(actor, "selection.edit")
    row.change(tax=tax, markup=markup, on_credit=on_credit)
    record(SelectionRuleSet(tax=str(tax), markup=str(markup), on_credit=on_credit), about=row.job, actor=actor, call=call)
    return row


@command("selection.send")
def send(
    *, job: UUID, name: Title, email: Annotated[str, Field(max_length=254)] = "", days: Annotated[int, Field(ge=1, le=365)] = 90,
    actor: Actor, call: Call,
) -> dict[str, object]:  # fmt: skip
    """Send the client the link to choose from a phone."""
    row = list_of(job, actor)
    require(actor, "selection.edit")
    waiting = row.selections.filter(status=Status.OPEN, choices__active=True).distinct().count()
    if not waiting:
        raise Refused("There is nothing to choose: offer choices first.")
    row.change(contact_name=name, contact_email=email)
    link, address = register.send_link(
        about=row.subject, purpose="selections", rights=["selection.choose"], name=name, email=email,
        title=f"{row.job.title}: please choose", text=f"{waiting} choices for {row.job.title} wait for you:", days=days,
        actor=actor.within("selection.send"), call=call,
    )  # fmt: skip
    record(SelectionsSent(to=name, open=waiting), about=row.job, actor=actor, call=call)
    return {**row.answer(), "link": str(link.uid), "link_path": "/link/" + address.rsplit("/", 1)[-1]}


@command("selection.void")
def void(*, selection: UUID, reason: Annotated[str, Field(min_length=1, max_length=300)], actor: Actor, call: Call) -> Selection:
    """Take a selection off the list: it is not to be chosen after all."""
    row = locked(selection, actor, call)
    if row.status == Status.SETTLED:
        raise Refused(f"'{row.title}' is settled by a change order.")
    row.change(status=Status.VOID)
    record(SelectionVoided(title=row.title, reason=reason), about=row.list.job, actor=actor, call=call)
    return row
