"""What a signature makes, from the version that was signed: the job, its contract, budget, plan, and drafts to buy and to bill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date as Date
from decimal import Decimal
from typing import Any

from bifocal.core.actor import Actor
from bifocal.core.commands import Call
from bifocal.core.facts import record
from bifocal.engines.estimating import outcome
from bifocal.engines.estimating.pricing import Priced
from bifocal.kernel.billing import commands as billing
from bifocal.kernel.billing.rules import InvoiceSort
from bifocal.kernel.jobs import commands as jobs
from bifocal.kernel.jobs.models import CostCode, Job, JobCapability, Phase
from bifocal.kernel.jobs.rules import LIVE, BillingRule, Profile, Work
from bifocal.kernel.parties.models import Vendor
from bifocal.lib.errors import Refused
from bifocal.projects.budget import commands as budget
from bifocal.projects.commitments import commands as commitments
from bifocal.projects.commitments.rules import Sort
from bifocal.projects.contracts import commands as contracts
from bifocal.projects.contracts.facts import ContractMoved
from bifocal.projects.contracts.models import Contract
from bifocal.projects.contracts.rules import ContractStatus, OurRole
from bifocal.projects.estimates import queries
from bifocal.projects.estimates.models import Estimate, Proposal
from bifocal.projects.estimates.rules import Becomes, draws_of
from bifocal.projects.schedule import commands as schedule
from bifocal.projects.schedule.queries import computed

CLOSED = "This can't be signed at the moment. Please call us."
LONG_JOB = ("schedule", "changes", "budget")  # what a long service job shows beside its visits


@dataclass(frozen=True)
class Sold:
    """What was signed: lines of the base and the chosen options, with the price."""

    estimate: Estimate
    terms: dict[str, Any]
    kept: dict[str, dict[str, Any]]
    lines: Sequence[Priced]
    price: Decimal
    day: Date


def sold_of(proposal: Proposal, chosen: Sequence[str], day: Date) -> Sold:
    """The signed version with this choice."""
    found, _ = queries.of_version(proposal.estimate_version)
    content = proposal.estimate_version.content
    lines = [p for s in found.chosen(chosen) for p in s.lines]
    return Sold(
        proposal.estimate, content["terms"], {li["key"]: li for li in content["lines"]}, lines, found.sum("price", chosen), day
    )  # fmt: skip


def become(sold: Sold, customer_po: str, *, actor: Actor, call: Call) -> dict[str, Any]:
    """Make it all in the caller's transaction, and say what was made.

    The signer's link sees its proposal alone. What the signature makes did not exist before, so the act sees what it makes.
    """
    inner, inside = replace(actor.within("proposal.accept"), sees_all=True), call.inner()
    job = _job(sold, customer_po, inner, inside)
    _phases(job, sold)
    made: dict[str, Any] = {"job": str(job.uid), "job_number": job.number}
    contract = _contract(job, sold, inner, inside) if sold.terms["becomes"] == Becomes.PROJECT else None
    lines = [budget.BudgetIn(cost_code=b.cost_code, cost_type=_type(b.cost_type), amount=b.cost) for b in outcome.budget(sold.lines)]
    budget.set_budget(job=job.uid, lines=lines, actor=inner, call=inside)
    made["activities"] = _plan(job, contract, sold, inner, inside)
    if contract:
        made["contract"] = str(contract.uid)
        made["orders"] = _orders(job, sold, inner, inside)
    else:
        made["invoices"] = _drafts(job, sold, inner, inside)
    Estimate.objects.filter(pk=sold.estimate.pk).update(job=job)
    return made


def _job(sold: Sold, customer_po: str, actor: Actor, call: Call) -> Job:
    e = sold.estimate
    if e.job_id:
        found: Job = Job.objects.select_related("customer", "site", "branch").select_for_update(of=("self",)).get(pk=e.job_id)
        if found.work_status not in LIVE or Contract.objects.filter(job=found).exists():
            raise Refused(CLOSED)
        return found
    project = sold.terms["becomes"] == Becomes.PROJECT
    try:
        return jobs.create_job(
            title=sold.terms["title"], profile=Profile.PROJECT if project else Profile.SERVICE, customer=e.customer, site=e.site,
            branch=e.branch, business_unit=e.business_unit, billing_rule=BillingRule.CONTRACT if project else BillingRule.FLAT,
            customer_po=customer_po, notes=sold.terms["inclusions"], actor=actor, call=call,
        )  # fmt: skip
    except Refused as inside:  # a hold on the customer's credit is no business of a link
        if inside.field == "customer_po":
            raise
        raise Refused(CLOSED) from inside


def _phases(job: Job, sold: Sold) -> None:
    """The phases of the lines; a long job gets the tabs that a plan and its changes need."""
    names = sold.terms["phases"]
    have = set(job.phases.values_list("code", flat=True))
    codes = [c for c in dict.fromkeys(p.line.phase for p in sold.lines) if c and c not in have]
    Phase.objects.bulk_create(Phase(job=job, code=c, name=names.get(c, c), place=n + 1) for n, c in enumerate(codes))
    if sold.terms["becomes"] == Becomes.LONG_JOB:
        JobCapability.objects.bulk_create([JobCapability(job=job, capability=c) for c in LONG_JOB], ignore_conflicts=True)


def _named(sold: Sold, codes: dict[str, CostCode], phase: str, code: str) -> str:
    name = sold.terms["phases"].get(phase, phase)
    return f"{name}: {codes[code].name}"[:200] if name else codes[code].name


def _codes(sold: Sold) -> dict[str, CostCode]:
    return {c.code: c for c in CostCode.objects.filter(code__in={p.line.cost_code for p in sold.lines})}


def _contract(job: Job, sold: Sold, actor: Actor, call: Call) -> Contract:
    """The contract over the chosen price, executed by the signature; its schedule of values by phase and cost code."""
    codes = _codes(sold)
    lines = [
        contracts.SovIn(item=str(n), description=_named(sold, codes, v.phase, v.cost_code), scheduled_value=v.price, cost_code=v.cost_code)
        for n, v in enumerate(outcome.schedule_of_values(sold.lines), 1)
    ]
    held = Decimal(sold.terms["retainage"])
    row = contracts.write(
        job, number=sold.estimate.number, total=sold.price, lines=lines, our_role=OurRole.PRIME, retainage=(held, held), starts=sold.day,
        days=sold.terms["days"], texts=(sold.terms["inclusions"], sold.terms["exclusions"]), actor=actor, call=call,
    )  # fmt: skip
    row.change(status=ContractStatus.APPROVED, signed_on=sold.day)
    record(ContractMoved(before=ContractStatus.DRAFT, after=ContractStatus.APPROVED), about=row, actor=actor, call=call)
    if job.work_status in (Work.OPEN, Work.SCHEDULED):
        jobs.move_job(job, Work.IN_PROGRESS, actor=actor, call=call, reason="contract signed", started_at=call.occurred_at)
    return row


def _plan(job: Job, contract: Contract | None, sold: Sold, actor: Actor, call: Call) -> int:
    """Activities with durations from labor hours, after a notice to proceed and before completion."""
    codes, found = _codes(sold), outcome.steps(sold.lines, crew=sold.terms["crew"])
    if not found:
        return 0
    acts = [schedule.ActivityIn(code="E000", name="Notice to proceed", days=0)]
    acts += [
        schedule.ActivityIn(
            code=s.code, name=_named(sold, codes, s.phase, s.cost_code)[:120], days=s.days, after=list(s.after) or ["E000"], phase=s.phase,
            cost_code=s.cost_code,
        )
        for s in found
    ]  # fmt: skip
    acts.append(schedule.ActivityIn(code="E990", name="Completion", days=0, after=[found[-1].code]))
    schedule.plan_activities(job=job.uid, activities=acts, actor=actor, call=call)
    if contract and not contract.days:
        finish = computed(job).finish
        contract.change(days=(finish - contract.starts).days, completion=finish)
    return len(acts)


def _orders(job: Job, sold: Sold, actor: Actor, call: Call) -> list[str]:
    """A draft to buy for each vendor named on the lines: subcontracts for subcontracted work, orders for the rest."""
    groups: dict[tuple[str, Sort], list[Priced]] = {}
    for p in sold.lines:
        vendor = sold.kept[p.line.key]["vendor"]
        if vendor and p.line.cost_type != "L" and p.cost:
            groups.setdefault((vendor, Sort.SUBCONTRACT if p.line.cost_type == "S" else Sort.ORDER), []).append(p)
    out = []
    for (vendor, sort), lines in groups.items():
        who = Vendor.objects.get(uid=vendor)
        wanted = [
            commitments.CommitmentLineIn(
                item=str(n), description=p.line.description, cost_code=p.line.cost_code, cost_type=_type(p.line.cost_type), amount=p.cost
            )
            for n, p in enumerate(lines, 1)
        ]
        title = lines[0].line.description if len(lines) == 1 else f"{sold.estimate.title}: {len(lines)} lines"
        made = commitments.write_commitment(
            job=job.uid, sort=sort, vendor=who.uid, title=title[:160], lines=wanted, scope=f"From {sold.estimate.number}", actor=actor,
            call=call,
        )  # fmt: skip
        out.append(str(made.uid))
    return out


def _drafts(job: Job, sold: Sold, actor: Actor, call: Call) -> list[str]:
    """What waits to be billed: a long job's draws, or one invoice of a service quote. No schedule of values is asked for."""
    taxable, codes = sold.terms["taxable"], _codes(sold)
    if sold.terms["becomes"] == Becomes.LONG_JOB:
        shares = [(d["name"], Decimal(d["share"])) for d in sold.terms["draws"]]
        drafts = [
            (InvoiceSort.PROGRESS, f"Draw {n} of {len(shares)}: {name}", [billing.LineIn(description=name, price=part, taxable=taxable)])
            for n, (name, part) in enumerate(draws_of(sold.price, shares), 1)
        ]
    else:
        values = outcome.schedule_of_values(sold.lines)
        lines = [
            billing.LineIn(description=_named(sold, codes, v.phase, v.cost_code), price=v.price, taxable=taxable, cost_code=v.cost_code)
            for v in values
        ]
        drafts = [(InvoiceSort.SERVICE, f"As quoted in {sold.estimate.number}", lines)]
    out = []
    for sort, memo, lines in drafts:
        draft = billing.make_draft(job=job, lines=lines, sort=sort, date=sold.day, memo=memo, actor=actor, call=call)
        out.append(str(draft.uid))
    return out


def _type(letter: str) -> budget.CostType:
    match letter:
        case "L" | "M" | "E" | "S":
            return letter
        case _:
            return "O"
