"""Which lens fits, and what follows from it: every write."""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from bifocal.bridges.workmix.assess import Assessment, assess, told
from bifocal.bridges.workmix.facts import CapabilityTurned, HistoryAssessed, LensChosen, RuleChanged
from bifocal.bridges.workmix.models import CompanyLens, KeptAssessment
from bifocal.bridges.workmix.report import report
from bifocal.bridges.workmix.rules import COMPANY, Capability, Lens, capabilities
from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.core.subject import Subject
from bifocal.engines.workmix import Answers, Length, Rule, Unit, answer
from bifocal.kernel.documents.commands import keep as keep_file
from bifocal.kernel.jobs.models import Job, JobCapability
from bifocal.lib.errors import Invalid

COMPANY_LENS = Subject("company_lens", UUID(int=2))
Percent = Annotated[Decimal, Field(ge=0, le=100)]


def _locked() -> CompanyLens:
    return CompanyLens.objects.select_for_update().get_or_create(id=1)[0]


@command("workmix.assess")
def assess_history(
    *,
    filename: str,
    content: str,
    mapping: dict[str, str | None] | None = None,
    sheet: str = "",
    keep: bool = False,
    actor: Actor,
    call: Call,
) -> dict[str, Any]:
    """Assess a history of past work (base64 CSV or XLSX) by the company's thresholds; `keep` keeps the file for its import."""
    require(actor, "settings.edit")
    try:
        data = base64.b64decode(content, validate=True)
    except ValueError as bad:
        raise Invalid("The file's content must be base64.", field="content") from bad
    found = assess(filename, data, _locked().rule, mapping={k: v for k, v in (mapping or {}).items() if v != ""})
    row = _kept(found, actor)
    if keep:
        keep_file(data=data, name=filename, sort="history", about=row.subject, actor=actor, call=call)
    record(HistoryAssessed(source="file", name=filename, recommendation=row.recommendation), about=row, actor=actor, call=call)
    return row.answer()


def _kept(found: Assessment, actor: Actor) -> KeptAssessment:
    answer_json = json.loads(json.dumps(told(found), default=str))
    answer_json["rejected_count"] = len(answer_json["rejected"])
    answer_json["rejected"] = answer_json["rejected"][:200]
    return KeptAssessment.objects.create(
        source="file", name=found.name[:200], recommendation=str(found.advice.recommendation), answer_json=answer_json,
        report=report(found), by_name=actor.name,
    )  # fmt: skip


@command("workmix.answer")
def answer_questions(
    *, length: Length, unit: Unit, service_percent: Percent | None = None, friction: bool = False, actor: Actor, call: Call
) -> dict[str, Any]:
    """The four questions instead of a history; answered by the company's thresholds."""
    require(actor, "settings.edit")
    share = None if service_percent is None else service_percent / 100
    advice = answer(Answers(length, unit, share, friction), _locked().rule)
    said: dict[str, Any] = {
        "recommendation": str(advice.recommendation),
        "reasons": list(advice.reasons),
        "signs": list(advice.signs),
        "dominant": str(advice.dominant),
    }
    row = KeptAssessment.objects.create(
        source="answers", name="Four questions", recommendation=str(advice.recommendation), answer_json=said, by_name=actor.name
    )
    record(HistoryAssessed(source="answers", name=row.name, recommendation=row.recommendation), about=row, actor=actor, call=call)
    return row.answer()


@command("workmix.rule")
def set_rule(
    *, days: int, visits: int, hours: Decimal, value: Decimal, small_percent: Percent, both_percent: Percent, contractor_percent: Percent,
    general_contractor: bool = False, actor: Actor, call: Call,
) -> dict[str, Any]:  # fmt: skip
    """Set the thresholds of the assessment. Refused where they contradict each other."""
    require(actor, "settings.edit")
    rule = Rule(
        days=days, visits=visits, hours=hours, value=value, small=small_percent / 100, both=both_percent / 100,
        contractor=contractor_percent / 100, general_contractor=general_contractor,
    )  # fmt: skip
    row = _locked()
    names = ("days", "visits", "hours", "value", "small", "both", "contractor", "general_contractor")
    before = {n: str(getattr(row, n)) for n in names}
    for name in names:
        setattr(row, name, getattr(rule, name))
    row.version += 1
    row.save()
    record(RuleChanged(before=before, after={n: str(getattr(row, n)) for n in names}), about=COMPANY_LENS, actor=actor, call=call)
    return {"kind": "company_lens", "version": row.version}


@command("lens.choose")
def choose_lens(*, lens: Lens, actor: Actor, call: Call) -> dict[str, Any]:
    """Choose what the company runs: it decides what is shown. Nothing is deleted, and each job can turn more on."""
    require(actor, "settings.edit")
    row = _locked()
    before, row.lens = row.lens, lens
    row.capabilities = sorted(COMPANY[lens])
    row.version += 1
    row.save()
    record(LensChosen(before=before, after=lens), about=COMPANY_LENS, actor=actor, call=call)
    return {"kind": "company_lens", "lens": lens, "capabilities": row.capabilities, "version": row.version}


@command("job.capability")
def turn_capability(*, job: UUID, capabilities: list[Capability], on: bool = True, actor: Actor, call: Call) -> dict[str, Any]:
    """Turn parts on for one job, or off again: off hides them as long as they are empty, it deletes nothing."""
    row: Job = Job.objects.locked(job, actor)
    require(actor, "job.edit")
    wanted = _checked(row, capabilities)
    if on:
        JobCapability.objects.bulk_create([JobCapability(job=row, capability=c) for c in wanted], ignore_conflicts=True)
    else:
        JobCapability.objects.filter(job=row, capability__in=wanted).delete()
    record(CapabilityTurned(capabilities=[str(c) for c in wanted], on=on), about=row, actor=actor, call=call)
    return {**row.answer(), "capabilities": sorted(row.capabilities.values_list("capability", flat=True))}


def _checked(row: Job, names: list[Capability]) -> list[Capability]:
    found = capabilities(names)
    if Capability.CONTRACT in found and row.lens != "project":
        raise Invalid(f"{row.number} is a service job: a contract makes it a project. Promote it instead.", field="capabilities")
    return found
