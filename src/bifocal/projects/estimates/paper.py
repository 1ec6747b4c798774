"""What the proposal says, on paper and on the client's page: scope, options with their prices, terms. Never cost."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from bifocal.engines.estimating.pricing import BASE, Section
from bifocal.kernel.jobs.models import CostCode
from bifocal.lib.money import ZERO, dollars
from bifocal.projects.estimates import queries
from bifocal.projects.estimates.models import Proposal
from bifocal.projects.estimates.rules import Becomes, Shows, draws_of


def offer(proposal: Proposal) -> dict[str, Any]:
    """The offer as the client reads it, from the frozen version."""
    content = proposal.estimate_version.content
    found, choice = queries.of_version(proposal.estimate_version)
    terms, by_key = content["terms"], {s.key: s for s in found.sections}
    texts = {o["key"]: o["text"] for o in content["options"]}
    codes = {c.code: c.name for c in CostCode.objects.filter(code__in={li["cost_code"] for li in content["lines"]})}
    options = [
        {"key": o.key, "name": o.name, "group": o.group, "text": texts[o.key], "price": by_key[o.key].price,
         "chosen": o.key in proposal.chosen, "scope": _scope(by_key[o.key], terms, codes)}
        for o in choice
    ]  # fmt: skip
    total = found.sum("price", proposal.chosen)
    return {
        "terms": terms, "base": _scope(by_key[BASE], terms, codes), "base_price": by_key[BASE].price, "options": options,
        "groups": [(g, [o for o in options if o["group"] == g]) for g in dict.fromkeys(o["group"] for o in options if o["group"])],
        "extras": [o for o in options if not o["group"]], "total": total, "draws": _draws(terms, total),
        "allowances": _allowances(content, found.chosen(proposal.chosen)),
    }  # fmt: skip


def _scope(section: Section, terms: dict[str, Any], codes: dict[str, str]) -> list[dict[str, Any]]:
    """What is in a section: a phase each with its work, and as much of the price as the estimate shows."""
    out = []
    for phase in dict.fromkeys(p.line.phase for p in section.lines):
        lines = [p for p in section.lines if p.line.phase == phase]
        work: dict[str, Decimal] = {}
        for p in lines:
            work[p.line.cost_code] = work.get(p.line.cost_code, ZERO) + p.price
        shown = [
            {"text": p.line.description, "quantity": f"{p.line.quantity.normalize():f} {p.line.unit}", "price": p.price} for p in lines
        ]
        price = None if terms["shows"] == Shows.TOTAL else sum((p.price for p in lines), ZERO)
        out.append({
            "name": terms["phases"].get(phase, phase), "price": price,
            "work": [codes.get(c, c) for c in work], "lines": shown if terms["shows"] == Shows.LINES else [],
        })  # fmt: skip
    return out


def _draws(terms: dict[str, Any], total: Decimal) -> list[tuple[str, Decimal]]:
    if terms["becomes"] != Becomes.LONG_JOB or not terms["draws"]:
        return []
    return draws_of(total, [(d["name"], Decimal(d["share"])) for d in terms["draws"]])


def _allowances(content: dict[str, Any], sections: Sequence[Section]) -> list[dict[str, Any]]:
    """What the price holds for things that are chosen later."""
    held = {li["key"] for li in content["lines"] if li["allowance"]}
    return [{"text": p.line.description, "amount": p.cost} for s in sections for p in s.lines if p.line.key in held]


def data(proposal: Proposal) -> dict[str, Any]:
    """The same for the printed proposal: every figure as text."""
    e, o = proposal.estimate, offer(proposal)
    zone = ZoneInfo(e.branch.tz)
    return {
        "number": f"{e.number} v{proposal.estimate_version.number}", "title": o["terms"]["title"], "customer": e.customer.name,
        "site": e.site.one_line, "to": proposal.contact_name, "until": f"{proposal.until:%B %-d, %Y}", "intro": o["terms"]["intro"],
        "inclusions": o["terms"]["inclusions"], "exclusions": o["terms"]["exclusions"], "base": [_printed(p) for p in o["base"]],
        "base_price": dollars(o["base_price"]), "total": dollars(o["total"]), "taxable": o["terms"]["taxable"],
        "options": [
            {"name": x["name"], "group": x["group"], "text": x["text"], "price": dollars(x["price"]), "chosen": x["chosen"]}
            for x in o["options"]
        ],
        "draws": [{"name": n, "amount": dollars(a)} for n, a in o["draws"]],
        "allowances": [{"text": a["text"], "amount": dollars(a["amount"])} for a in o["allowances"]],
        "retainage": f"{Decimal(o['terms']['retainage']) * 100:g}" if Decimal(o["terms"]["retainage"]) else "",
        "days": o["terms"]["days"], "becomes": o["terms"]["becomes"], "signed_name": proposal.signed_name if proposal.signed_at else "",
        "signed_at": f"{proposal.signed_at.astimezone(zone):%b %-d, %Y %-I:%M %p}" if proposal.signed_at else "",
        "signed_address": proposal.signed_address, "sha256": proposal.sent_sha256,
    }  # fmt: skip


def _printed(part: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": part["name"], "work": ", ".join(part["work"]), "price": "" if part["price"] is None else dollars(part["price"]),
        "lines": [{"text": li["text"], "quantity": li["quantity"], "price": dollars(li["price"])} for li in part["lines"]],
    }  # fmt: skip
