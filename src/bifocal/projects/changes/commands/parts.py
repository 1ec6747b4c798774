"""Some lines of a sent change are agreed, the rest stays disputed as a paper of its own."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.kernel.documents.commands import keep
from bifocal.kernel.documents.paper import render
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import ZERO, cents
from bifocal.projects.changes.commands.approval import answering, check_paper, found_change
from bifocal.projects.changes.commands.effect import take_effect
from bifocal.projects.changes.facts import ChangePartAgreed
from bifocal.projects.changes.models import ChangeLine, ChangeOrder
from bifocal.projects.changes.queries import paper_data
from bifocal.projects.changes.rules import BALL, agreed_part
from bifocal.projects.register import commands as register
from bifocal.projects.register import seats
from bifocal.projects.register.models import Document, DocumentLink
from bifocal.projects.register.rules import Sort, step_now


@command("change.agree_part")
def agree_part(
    *, change: UUID, sha256: str, agreed: list[Annotated[int, Field(ge=1)]], name: str, reason: Annotated[str, Field(min_length=1)],
    days: Annotated[int, Field(ge=0)] | None = None, address: str = "", seat: UUID | None = None, actor: Actor, call: Call,
) -> Document:  # fmt: skip
    """Agree to some lines of what was sent, counted from 1: those take effect now, the rest stays disputed, with the reason.

    `days`: of the contract days asked for, how many are agreed (without it: all). The paper of the agreed part is printed and kept
    beside the one that was read; the disputed lines become a change of their own, linked to this one.
    """
    doc = found_change(change, "approved", actor, call)
    mine = answering(doc, actor, seat, "change.answer")
    own = check_paper(doc, sha256, name, actor)
    if mine:
        seats.answer(mine, call)
    if step_now(register.places(doc)) is not None or doc.members.exists():
        raise Refused("Only the last approver agrees in part, and only to a change that groups no others.")
    row = doc.change_order
    lines = list(row.lines.order_by("id"))
    rest = agreed_part(len(lines), agreed)
    if days is not None and days > max(row.days, 0):
        raise Invalid(f"{row.days} days were asked for, not {days}.", field="days")
    kept = row.days if days is None else days
    inner = actor.within("change.agree_part")
    other = _split(doc, [lines[n - 1] for n in rest], row.days - kept, reason, inner, call)
    ChangeOrder.objects.filter(pk=doc.pk).update(days=kept, **_sums(doc))
    told = _told(agreed, rest, sha256, reason)
    register.respond(doc, text=told, code="agreed in part", official=True, by=name, actor=actor, call=call)
    digest = _paper_of(doc, inner, call)
    doc = take_effect(doc, name=name, sha256=digest, address=address, own=own, actor=inner, call=call)
    fact = ChangePartAgreed(number=doc.number, agreed=_list(sorted(agreed)), disputed=other.title, by=name, reason=reason)
    record(fact, about=doc, actor=actor, call=call)
    return doc


def _list(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))


def _told(agreed: list[int], rest: list[int], sha256: str, reason: str) -> str:
    return f"Agreed: line {_list(sorted(agreed))} of the paper {sha256[:16]}. Disputed: line {_list(rest)}. {reason}"


def _split(doc: Document, lines: list[ChangeLine], days: int, reason: str, actor: Actor, call: Call) -> Document:
    """The disputed lines on a change of their own, priced as they were, with what led to the first."""
    title = f"{doc.title}: what is disputed"[:200]
    rest = register.draft(job=doc.job, sort=Sort(doc.sort), title=title, body=doc.body, actor=actor, call=call)
    ChangeOrder.objects.create(document=rest, rest_of=doc, days=days, dispute=reason[:300])
    ChangeLine.objects.filter(pk__in=[li.pk for li in lines]).update(change_id=rest.pk)
    _share_markups(doc.change_order, rest)
    ChangeOrder.objects.filter(pk=rest.pk).update(**_sums(rest))
    Document.objects.filter(pk=rest.pk).update(creator=doc.creator, creator_key=doc.creator_key)
    rest.refresh_from_db()
    sources = [doc, *Document.objects.filter(links_out__target=doc)]
    DocumentLink.objects.bulk_create(DocumentLink(source=s, target=rest, why="disputed" if s == doc else "led to") for s in sources)
    return register.move(rest, "pricing", BALL["pricing"], actor=actor, call=call, reason=reason[:200])


def _share_markups(row: ChangeOrder, rest: Document) -> None:
    """Each markup's amount goes with the lines it was earned on, in proportion to what they earn; nothing of it is lost."""
    gain, part = row.price - row.cost, _sums(rest)
    share = (part["price"] - part["cost"]) / gain if gain else ZERO
    moved = [cents(Decimal(m.get("amount", "0")) * share) for m in row.markups]
    left = [{**m, "amount": str(Decimal(m.get("amount", "0")) - x)} for m, x in zip(row.markups, moved, strict=True)]
    gone = [{**m, "amount": str(x)} for m, x in zip(row.markups, moved, strict=True)]
    ChangeOrder.objects.filter(pk=row.pk).update(markups=left)
    ChangeOrder.objects.filter(pk=rest.pk).update(markups=gone)


def _sums(doc: Document) -> dict[str, Decimal]:
    rows = list(ChangeLine.objects.filter(change_id=doc.pk))
    return {"cost": sum((r.cost for r in rows), ZERO), "price": sum((r.price for r in rows), ZERO)}


def _paper_of(doc: Document, actor: Actor, call: Call) -> str:
    """The paper of what is agreed: printed now, kept, and what the approval's hash stands for."""
    fresh = Document.objects.select_related("job__customer", "job__site", "job__branch").get(pk=doc.pk)
    pdf = render("change_order", paper_data(fresh))
    digest = hashlib.sha256(pdf).hexdigest()
    ChangeOrder.objects.filter(pk=doc.pk).update(sent_sha256=digest)
    name = f"{doc.number} rev {doc.revision} agreed part.pdf"
    keep(data=pdf, name=name, sort="paper", about=doc.subject, actor=actor, call=call)
    return digest
