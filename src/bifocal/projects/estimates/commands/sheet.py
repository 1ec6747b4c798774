"""Starting an estimate, its terms, its frozen versions; the assembly library."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.models import Branch, BusinessUnit
from bifocal.core.numbering import next_number
from bifocal.core.policy import require
from bifocal.core.search import remember
from bifocal.engines.estimating.assemblies import explode
from bifocal.engines.estimating.pricing import added, usual
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.kernel.parties.models import Customer, Site
from bifocal.lib.errors import Invalid, Refused
from bifocal.projects.estimates import queries
from bifocal.projects.estimates.facts import AssemblyWritten, EstimateFrozen, EstimateTermsSet, EstimateVoided, EstimateWritten
from bifocal.projects.estimates.models import Assembly, Estimate, EstimateVersion
from bifocal.projects.estimates.rules import NEXT, OPEN, USUAL_DRAWS, Becomes, Shows, Status, charges_of, draws_of
from bifocal.projects.register.rules import check_move

Text = Annotated[str, Field(min_length=1, max_length=160)]
Share = Annotated[Decimal, Field(ge=0, le=1, max_digits=6, decimal_places=4)]
CostType = Literal["L", "M", "E", "S", "O"]


class ChargeIn(BaseModel):
    """A charge on cost: `markup` is a share of cost, `margin` a share of price. `types` limits it to cost types like 'M' or 'LM'."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    rate: Annotated[Decimal, Field(ge=0, lt=10, max_digits=7, decimal_places=4)]
    sort: Literal["markup", "margin"] = "markup"
    types: Annotated[str, Field(pattern="^[LMESO]*$")] = ""
    compounds: bool = False


class DrawIn(BaseModel):
    """A share of the price and when it is due."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    share: Share


USUAL_CHARGES = [
    {"name": "Overhead", "rate": "0.1000", "sort": "markup", "types": "", "compounds": False},
    {"name": "Profit", "rate": "0.1000", "sort": "margin", "types": "", "compounds": True},
]


@command("estimate.write")
def write(
    *, customer: UUID, site: UUID, title: Text, becomes: Becomes = Becomes.PROJECT, job: UUID | None = None, branch: str = "",
    business_unit: str = "", actor: Actor, call: Call,
) -> Estimate:  # fmt: skip
    """Start an estimate for a customer, or for a job that is there. It becomes a project, a long job with draws, or a service quote."""
    who: Customer = Customer.objects.find(customer, actor)
    where: Site = Site.objects.find(site, actor)
    require(actor, "estimate.edit")
    on: Job | None = Job.objects.find(job, actor) if job else None
    if where.customer_id != who.pk or (on and (on.customer_id, on.site_id) != (who.pk, where.pk)):
        raise Invalid("The site and the job must be this customer's.", field="site")
    office = on.branch if on else Branch.objects.filter(code=branch).first() or Branch.objects.order_by("id")[0]
    unit = on.business_unit if on else BusinessUnit.objects.filter(code=business_unit).first()
    row = Estimate.objects.create(
        number=next_number("estimate", "EST-"), title=title, customer=who, site=where, job=on, branch=office, business_unit=unit,
        becomes=becomes, charges=USUAL_CHARGES, creator=actor.name,
        draws=[{"name": n, "share": str(s)} for n, s in USUAL_DRAWS] if becomes == Becomes.LONG_JOB else [],
    )  # fmt: skip
    remember(row, title=f"{row.number} {title}", detail=f"{who.name} · {where.one_line}")
    record(EstimateWritten(number=row.number, title=title, becomes=becomes), about=row, actor=actor, call=call)
    return row


def locked(estimate: UUID, actor: Actor, call: Call | None = None) -> Estimate:
    """The estimate to be changed: locked, and still open. Raises NotAllowed, Refused."""
    row: Estimate = Estimate.objects.locked(estimate, actor, call)
    require(actor, "estimate.edit")
    if row.status not in OPEN:
        raise Refused(f"{row.number} is {row.status}: it can't be changed any more.")
    return row


def touched(row: Estimate, **values: Any) -> Estimate:
    """Raise its version; what was sent is being revised, so it is a draft again (the offer that is out stands)."""
    return row.change(status=Status.DRAFT, **values)


@command("estimate.terms")
def set_terms(
    *, estimate: UUID, title: Text | None = None, becomes: Becomes | None = None, shows: Shows | None = None,
    charges: list[ChargeIn] | None = None, draws: list[DrawIn] | None = None, phases: dict[str, str] | None = None,
    crew: Annotated[int, Field(ge=1, le=50)] | None = None, days: Annotated[int, Field(ge=0, le=3000)] | None = None,
    retainage: Share | None = None, taxable: bool | None = None, intro: str | None = None, inclusions: str | None = None,
    exclusions: str | None = None, actor: Actor, call: Call,
) -> Estimate:  # fmt: skip
    """Set what is charged on cost, what the client sees, draws, crew, days, retainage, inclusions and exclusions."""
    row = locked(estimate, actor, call)
    given: dict[str, Any] = {
        "title": title, "becomes": becomes, "shows": shows, "crew": crew, "days": days, "retainage": retainage, "taxable": taxable,
        "intro": intro, "inclusions": inclusions, "exclusions": exclusions, "phases": phases,
        "charges": None if charges is None else [c.model_dump(mode="json") for c in charges],
        "draws": None if draws is None else [d.model_dump(mode="json") for d in draws],
    }  # fmt: skip
    values = {k: v for k, v in given.items() if v is not None}
    if becomes == Becomes.LONG_JOB and not row.draws and not draws:
        values["draws"] = [{"name": n, "share": str(s)} for n, s in USUAL_DRAWS]
    for charge in charges_of(values.get("charges", [])):
        added(Decimal(1), charge)
    if values.get("draws"):
        draws_of(Decimal(100), [(d["name"], Decimal(d["share"])) for d in values["draws"]])
    touched(row, **values)
    record(EstimateTermsSet(terms=sorted(values)), about=row, actor=actor, call=call)
    return row


def frozen(row: Estimate, reason: str, *, actor: Actor, call: Call) -> EstimateVersion:
    """Keep the estimate as it stands as its next version. The caller holds its lock."""
    kept = queries.content(row)
    found, choice = queries.priced(row), queries.options(row)
    f = queries.figures(found, usual(choice))
    version = EstimateVersion.objects.create(
        estimate=row, number=row.versions.count() + 1, reason=reason, by=actor.name, at=call.occurred_at, content=kept,
        sha256=queries.digest(kept), cost=f["cost"], price=f["price"],
    )  # fmt: skip
    told = EstimateFrozen(version=version.number, reason=reason, price=str(version.price), sha256=version.sha256)
    record(told, about=row, actor=actor, call=call)
    return version


@command("estimate.freeze")
def freeze(*, estimate: UUID, reason: Text, actor: Actor, call: Call) -> EstimateVersion:
    """Keep the estimate as it stands as a version, to compare with later."""
    return frozen(locked(estimate, actor, call), reason, actor=actor, call=call)


@command("estimate.void")
def void(*, estimate: UUID, reason: Text, actor: Actor, call: Call) -> Estimate:
    """Give an estimate up. A proposal that is out can't be signed any more."""
    row = locked(estimate, actor, call)
    check_move(NEXT, row.status, Status.VOID, row.number)
    row.proposals.filter(status="sent").update(status="withdrawn", reason=reason)
    row.change(status=Status.VOID)
    record(EstimateVoided(reason=reason), about=row, actor=actor, call=call)
    return row


class PartIn(BaseModel):
    """A part of an assembly: a cost line, or another assembly (`assembly`) with its own parameters as formulas (`given`)."""

    formula: Annotated[str, Field(min_length=1, max_length=200)]
    description: Annotated[str, Field(max_length=200)] = ""
    unit: Annotated[str, Field(max_length=12)] = "ea"
    cost_code: str = ""
    cost_type: CostType = "M"
    unit_cost: Annotated[Decimal, Field(max_digits=14, decimal_places=4)] = Decimal(0)
    waste: Annotated[Decimal, Field(ge=0, lt=10)] = Decimal(0)
    per_hour: Annotated[Decimal, Field(gt=0)] | None = None
    phase: Annotated[str, Field(max_length=20)] = ""
    assembly: str = ""
    given: dict[str, str] = {}


@command("assembly.write")
def write_assembly(
    *, code: Annotated[str, Field(min_length=1, max_length=40)], name: Annotated[str, Field(min_length=1, max_length=120)],
    unit: Annotated[str, Field(min_length=1, max_length=12)] = "ea", trade: Annotated[str, Field(max_length=40)] = "",
    parameters: dict[str, Decimal] | None = None, parts: list[PartIn], active: bool = True, actor: Actor, call: Call,
) -> Assembly:  # fmt: skip
    """Write an assembly of the library, or write it anew. Tried at once: a circle or a formula that can't be read is refused."""
    require(actor, "estimate.edit")
    known = set(CostCode.objects.filter(code__in={p.cost_code for p in parts if not p.assembly}).values_list("code", flat=True))
    wrong = next((p.cost_code for p in parts if not p.assembly and p.cost_code not in known), None)
    if wrong is not None:
        raise Invalid(f"There is no cost code '{wrong}'.", field="parts")
    row: Assembly
    row, _new = Assembly.objects.select_for_update().get_or_create(code=code, defaults={"name": name})
    row.change(
        name=name, unit=unit, trade=trade, active=active, parameters={k: str(v) for k, v in (parameters or {}).items()},
        parts=[p.model_dump(mode="json") for p in parts],
    )  # fmt: skip
    if active:
        explode(code, queries.library(), Decimal(1), {})
    record(AssemblyWritten(code=code, parts=len(parts)), about=row, actor=actor, call=call)
    return row
