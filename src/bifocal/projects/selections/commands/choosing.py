"""The client's choice, and the one change order that settles the allowances."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.engines.estimating.allowances import Settled
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import ZERO, dollars
from bifocal.projects.budget.commands import CostType
from bifocal.projects.changes import commands as changes
from bifocal.projects.register.models import Document
from bifocal.projects.selections import queries
from bifocal.projects.selections.commands.planning import list_of, locked
from bifocal.projects.selections.facts import AllowancesSettled, SelectionChosen, SelectionReopened
from bifocal.projects.selections.models import Decision, Selection, SelectionChoice, SelectionList
from bifocal.projects.selections.rules import Status, check_choosable

Name = Annotated[str, Field(min_length=1, max_length=120)]
Reason = Annotated[str, Field(min_length=1, max_length=300)]


def _decide(
    row: Selection, choice: UUID, by: str, address: str, why: str, *, actor: Actor, call: Call
) -> dict[str, Any]:  # fmt: skip
    """Write the decision with what it changes and delays. The caller holds the list's lock and its own right."""
    check_choosable(row.status, row.title)
    found: SelectionChoice | None = row.choices.filter(uid=choice, active=True).first()
    if found is None:
        raise Invalid("That choice is not on the list any more. Load the page again.", field="choice")
    job, plan = row.list.job, queries.Plan(row.list.job)
    today = accounting_day(call.occurred_at, job.branch)
    last, delay = queries.due(row, plan), queries.delay_of(row, found, today, plan)
    row.change(status=Status.CHOSEN, chosen=found)
    made = queries.settled(row, queries.rule_of(row.list))
    total = made.total if made else ZERO
    Decision.objects.create(
        selection=row, choice=found, by=by, at=call.occurred_at, address=address, total=total, late=bool(last and today > last),
        delay=str(delay or "")[:300], note=why,
    )  # fmt: skip
    told = SelectionChosen(
        title=row.title, choice=found.name, by=by, difference=str(total), delay=str(delay or ""), address=address
    )  # fmt: skip
    record(told, about=job, actor=actor, call=call)
    return {**row.answer(), "total": total, "late": bool(last and today > last), "delay": str(delay or "")}


@command("selection.choose")
def choose(
    *, list: UUID, selection: UUID, choice: UUID, name: Name, address: Annotated[str, Field(max_length=60)] = "", actor: Actor, call: Call
) -> dict[str, Any]:
    """The client chooses from their link; until it is settled they may choose again. A late choice says what it delays."""
    mine: SelectionList = SelectionList.objects.locked(list, actor)
    require(actor, "selection.choose")
    row = Selection.objects.select_for_update(of=("self",)).select_related("list__job__branch").filter(list=mine, uid=selection).first()
    if row is None:
        raise Invalid("That is not on your list.", field="selection")
    return _decide(row, choice, name, address, "", actor=actor, call=call)


@command("selection.note")
def note(
    *, selection: UUID, choice: UUID, by: Name, why: Annotated[str, Field(max_length=300)] = "", actor: Actor, call: Call
) -> dict[str, Any]:
    """Note what the client decided on the phone or in the showroom: who, and how they said it."""
    row = locked(selection, actor, call)
    require(actor, "selection.edit")
    return _decide(row, choice, by, "", why or f"noted by {actor.name}", actor=actor, call=call)


@command("selection.reopen")
def reopen(*, selection: UUID, reason: Reason, actor: Actor, call: Call) -> Selection:
    """Let the client choose again: what was chosen is not to be had, say. The log keeps it."""
    row = locked(selection, actor, call)
    dead = row.settled_by is not None and row.settled_by.status in ("void", "rejected")
    if row.status != Status.CHOSEN and not (row.status == Status.SETTLED and dead):
        raise Refused(f"'{row.title}' is {row.status}: there is no choice to take back.")
    Decision.objects.create(selection=row, choice=None, by=actor.name, at=call.occurred_at, note=reason)
    row.change(status=Status.OPEN, chosen=None, settled_by=None)
    record(SelectionReopened(title=row.title, reason=reason), about=row.list.job, actor=actor, call=call)
    return row


@command("selection.settle")
def settle(
    *, job: UUID, title: Annotated[str, Field(min_length=1, max_length=160)] = "Allowances against selections", days: int = 0, actor: Actor,
    call: Call,
) -> Document:  # fmt: skip
    """Settle what was chosen by ONE change order: each overage and credit a line, priced by the contract's rule, ready to send.

    What was chosen for exactly its allowance is settled without a line.
    """
    row = list_of(job, actor)
    require(actor, "selection.edit")
    rule = queries.rule_of(row)
    chosen = list(row.selections.select_for_update(of=("self",)).filter(status=Status.CHOSEN).select_related("chosen", "cost_code"))
    if not chosen:
        raise Refused("Nothing is chosen that is not settled.")
    found = [(s, m) for s in chosen if (m := queries.settled(s, rule)) is not None]
    moved = [(s, m) for s, m in found if m.total or m.difference]
    if not moved:
        raise Refused("Everything is chosen for exactly its allowance: there is nothing to settle.")
    inner = actor.within("selection.settle")
    words = [f"{s.title}: {s.chosen.name if s.chosen else ''}, allowance {dollars(s.allowance)}" for s, _ in moved]
    doc = changes.draft_change(job=job, title=title, reason="\n".join(words), actor=inner, call=call.inner())
    doc = _priced(doc, moved, days, inner, call)
    row.selections.filter(pk__in=[s.pk for s in chosen]).update(status=Status.SETTLED, settled_by=doc)
    told = AllowancesSettled(
        selections=len(chosen), cost=str(sum((m.difference for _, m in moved), ZERO)), price=str(sum((m.total for _, m in moved), ZERO))
    )
    record(told, about=row.job, actor=actor, call=call)
    return doc


def _priced(doc: Document, moved: list[tuple[Selection, Settled]], days: int, actor: Actor, call: Call) -> Document:
    """Cost by line is the difference; the price by line is the rule's (markup on an overage, none on a credit), not a markup on the net."""
    lines = [
        changes.LineIn(description=f"{s.title}: {s.chosen.name if s.chosen else ''}"[:200], cost_code=s.cost_code.code,
                       cost_type=_type(s.cost_type), cost=m.difference, price=m.total)
        for s, m in moved
    ]  # fmt: skip
    return changes.price_change(change=doc.uid, lines=lines, markups=[], days=days, actor=actor, call=call.inner())


def _type(letter: str) -> CostType:
    match letter:
        case "L" | "M" | "E" | "S":
            return letter
        case _:
            return "O"
