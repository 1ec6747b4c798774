"""Facts that this module listens to. Handlers are idempotent."""

from __future__ import annotations

from bifocal.core.actor import system
from bifocal.core.commands import Call, execute
from bifocal.core.models import Fact
from bifocal.lib.errors import DomainError
from bifocal.projects.ties.fragments import note_stuck
from bifocal.projects.ties.models import Fragment, SubmittalTie


def redate_submittals(fact: Fact) -> None:
    """Dates moved: submittals that are tied to activities follow them."""
    if SubmittalTie.objects.filter(document__job__uid=fact.subject_uid).exists():
        execute("submittal.follow", {"job": str(fact.subject_uid)}, actor=system("schedule"), call=Call.new())


def plan_approved_work(fact: Fact) -> None:
    """A change was approved: its work enters the plan. Where it can't, the change's page says why; the approval stands."""
    if not Fragment.objects.filter(entered_at=None).exists():
        return
    try:
        execute("change.enter_fragment", {"change": str(fact.subject_uid)}, actor=system("schedule"), call=Call.new())
    except DomainError as error:
        note_stuck(fact.subject_uid, error)
