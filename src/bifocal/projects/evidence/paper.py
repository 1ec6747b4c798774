"""The evidence of a change event on paper: one PDF, for us with cost, for the owner without."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bifocal.core.models import Fact
from bifocal.lib.money import ZERO, dollars
from bifocal.projects.changes.queries import TIER_SORTS
from bifocal.projects.dailylogs.rules import SECTIONS, lines_of
from bifocal.projects.events.queries import of_document
from bifocal.projects.evidence import queries
from bifocal.projects.register.models import Document
from bifocal.projects.register.rules import NAME, Sort
from bifocal.projects.tickets import paper as tickets
from bifocal.projects.tickets.queries import sums


def paper_data(doc: Document, with_cost: bool = True) -> dict[str, Any]:
    """What the paper shows. `with_cost`: our cost, quotes and postings; the owner's copy goes without."""
    zone = ZoneInfo(doc.job.branch.tz)
    row, money = doc.change_event, of_document(doc)
    out: dict[str, Any] = {
        "number": doc.number, "title": doc.title, "body": doc.body, "status": doc.status.replace("_", " "), "with_cost": with_cost,
        "job": f"{doc.job.number} {doc.job.title}", "customer": doc.job.customer.name, "site": doc.job.site.one_line,
        "scope": row.scope.replace("_", " "), "kind": row.kind.replace("_", " "), "happened": _day(row.happened),
        "notice_due": _day(row.notice_due), "notice_given": _day(row.notice_given), "directive": row.directive,
        "not_to_exceed": dollars(row.not_to_exceed) if row.not_to_exceed is not None else "",
        "price": dollars(money["price"]), "cost": dollars(money["cost"]), "spent": dollars(money["spent"]),
        "at_risk": dollars(money["at_risk"]),
        "code": row.code.code if row.code else "",
        "lines": _lines(doc), "papers": [_paper(d, zone) for d in queries.around(doc) if d.sort not in (Sort.TICKET, Sort.LOG)],
        "tickets": [_ticket(t, zone) for t in queries.tickets(doc)], "logs": [_log(log, zone) for log in queries.logs(doc)],
        "letters": [{"to": m.to, "title": m.title, "at": _at(m.created_at, zone), "status": m.status} for m in queries.letters(doc)],
        "facts": [_fact(f, zone) for f in queries.facts(doc)],
        "files": [{"name": f.name, "sha256": f.sha256, "at": _at(f.taken_at, zone)} for f in queries.files(doc)],
        "quotes": [], "postings": [],
    }  # fmt: skip
    if with_cost:
        out |= {"quotes": _quotes(doc, zone), "postings": _postings(doc)}
    return out


def _fact(fact: Fact, zone: ZoneInfo) -> dict[str, str]:
    return {"at": _at(fact.occurred_at, zone), "what": _said(fact.name), "by": fact.actor_name, "more": _more(fact.payload)}


def _day(day: Any) -> str:
    return f"{day:%b %-d, %Y}" if day else ""


def _at(when: datetime | None, zone: ZoneInfo) -> str:
    return f"{when.astimezone(zone):%b %-d, %Y %-I:%M %p}" if when else ""


def _said(name: str) -> str:
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
    return text[:1].upper() + text[1:]


def _more(payload: dict[str, Any]) -> str:
    shown = {k: v for k, v in payload.items() if v not in ("", None, [], {}) and k not in ("number", "sha256", "address", "ball")}
    return ", ".join(f"{k.replace('_', ' ')}: {', '.join(map(str, v)) if isinstance(v, list) else v}" for k, v in shown.items())[:220]


def _lines(doc: Document) -> list[dict[str, str]]:
    found = doc.change_event.lines.select_related("cost_code").order_by("id")
    return [
        {
            "text": li.description,
            "code": f"{li.cost_code.code}.{li.cost_type}",
            "cost": dollars(li.money.cost),
            "price": dollars(li.money.latest_price),
        }
        for li in found
    ]


def _paper(doc: Document, zone: ZoneInfo) -> dict[str, Any]:
    """A paper around the event: what it asked, what was answered, and for a change its price and approval."""
    change = doc.change_order if doc.sort in TIER_SORTS else None
    name = NAME[Sort(doc.sort)]
    return {
        "word": name[:1].upper() + name[1:], "number": doc.number or "Draft", "title": doc.title, "status": doc.status.replace("_", " "),
        "opened": _at(doc.opened_at, zone), "body": doc.body, "price": dollars(change.price) if change else "",
        "days": str(change.days) if change and change.days else "", "dispute": change.dispute if change else "",
        "approved": f"{change.approved_name}, {_at(change.approved_at, zone)}" if change and change.approved_at else "",
        "sha256": (change.approved_sha256 or change.sent_sha256) if change else "",
        "responses": [
            {"by": r.by, "at": _at(r.at, zone), "code": r.code.replace("_", " "), "text": r.text, "official": r.official}
            for r in doc.responses.order_by("id")
        ],
    }  # fmt: skip


def _ticket(row: Any, zone: ZoneInfo) -> dict[str, Any]:
    found = sums(list(row.lines.all()))
    return {
        "number": row.document.number, "title": row.document.title, "day": _day(row.day), "lines": tickets.lines_of(row),
        "price": dollars(found["price"]), "hours": f"{found['hours'].normalize():f}" if found["hours"] else "",
        "ordered_by": row.ordered_by,
        "signed_by": row.signed_by, "signed_for": row.signed_for, "signed_at": _at(row.signed_at, zone), "late": row.late,
        "because": row.refused_because, "witness": row.witness, "sha256": row.sha256, "whole": tickets.whole(row),
    }  # fmt: skip


def _log(log: Any, zone: ZoneInfo) -> dict[str, Any]:
    told = [{"name": s.capitalize(), "lines": lines_of(log.sections.get(s))} for s in SECTIONS]
    return {
        "number": log.document.number, "day": _day(log.day), "signed_by": log.signed_by, "signed_at": _at(log.signed_at, zone),
        "sha256": log.sha256, "sections": [t for t in told if t["lines"]],
    }  # fmt: skip


def _quotes(doc: Document, zone: ZoneInfo) -> list[dict[str, str]]:
    out = []
    for li in doc.change_event.lines.prefetch_related("requests__vendor").order_by("id"):
        for q in li.requests.all():
            amount = "" if q.amount is None else dollars(q.amount)
            out.append({"vendor": q.vendor.name, "for": li.description, "amount": amount, "by": q.answered_by,
                        "at": _at(q.answered_at, zone), "status": q.status.replace("_", " ")})  # fmt: skip
    return out


def _postings(doc: Document) -> list[dict[str, str]]:
    found, total = queries.spent(doc), ZERO
    out = []
    for r in found:
        total += r["amount"]
        what = " · ".join(str(x) for x in (r["memo"] or r["event"], r["vendor"] or r["person"] or r["item"]) if x)
        out.append({"day": _day(r["date"]), "what": what, "amount": dollars(r["amount"])})
    return [*out, {"day": "", "what": "In all", "amount": dollars(total)}] if out else []
