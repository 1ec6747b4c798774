"""The application as a JSON document, in and out: decimal strings only. `bifocal payapp compute` reads and prints it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal, cast

from bifocal.engines.progress_billing.sheet import Certificate, Sheet
from bifocal.engines.progress_billing.terms import Application, Cap, Certified, ChangeOrder, Line, Split, Step
from bifocal.lib.errors import Invalid
from bifocal.lib.money import cents
from bifocal.lib.strict import Node

PLACES = Decimal("0.0000000001")


def read(doc: Node) -> Application:
    """The application of a document. Raises Invalid naming the place of what can't be read."""
    terms = doc.node("retainage")
    work = terms.rate("work")
    app = Application(
        original_sum=doc.money("original_contract_sum"),
        lines=tuple(_line(n) for n in doc.nodes("lines")),
        work_rate=work,
        stored_rate=terms.rate("stored") if terms.has("stored") else work,
        previous_certificates=doc.money("previous_certificates") if doc.has("previous_certificates") else None,
        rounding=cast(Literal["line", "total"], doc.text("rounding", "line", one_of=("line", "total"))),
        cap=_cap(terms.node("cap")) if terms.has("cap") else None,
        steps=tuple(_step(n) for n in terms.nodes("steps", [])) if terms.has("steps") else (),
        change_orders=tuple(_change(n) for n in doc.nodes("change_orders", [])) if doc.has("change_orders") else (),
        certified=_certified(doc.node("certified")) if doc.has("certified") else None,
    )
    for key in ("stored", "cap", "steps"):
        terms.raw(key, None)
    for key in ("previous_certificates", "change_orders", "certified"):
        doc.raw(key, None)
    terms.done()
    doc.done()
    stray = next((li for li in app.lines if li.change), None)
    if stray and not app.change_orders:
        raise Invalid(f"Line {stray.item} names change order {stray.change}, which is not under change_orders.", field=stray.item)
    return app


def _cap(node: Node) -> Cap:
    cap = Cap(node.rate("rate"), cast(Literal["original", "current"], node.text("of", one_of=("original", "current"))))
    node.done()
    return cap


def _step(node: Node) -> Step:
    step = Step(node.rate("at_percent"), node.rate("rate"), node.flag("retroactive"))
    node.done()
    return step


def _change(node: Node) -> ChangeOrder:
    month = node.text("month", "prior", one_of=("prior", "this"))
    change = ChangeOrder(node.text("number"), node.money("amount"), month == "this")
    node.done()
    return change


def _line(node: Node) -> Line:
    own = node.node("retainage") if node.has("retainage") else None
    line = Line(
        item=node.text("item"),
        scheduled=node.money("scheduled_value"),
        previous=node.money("previous"),
        this_period=node.money("this_period"),
        stored=node.money("stored", "0"),
        stored_previous=node.money("stored_previous", "0"),
        change=node.text("change_order") if node.has("change_order") else "",
        work_rate=own.rate("work") if own and own.has("work") else None,
        stored_rate=own.rate("stored") if own and own.has("stored") else None,
        retainage_previous=_split(node, "retainage_previous") if node.has("retainage_previous") else None,
        released=_released(node),
    )
    for key in ("description", "change_order", "retainage", "retainage_previous", "released"):
        node.raw(key, None)
    node.done()
    return line


def _split(node: Node, key: str) -> Split:
    part = node.node(key)
    split = Split(part.money("work", "0"), part.money("stored", "0"))
    part.done()
    return split


def _released(node: Node) -> Decimal | Split:
    """One amount, or an amount on work and one on stored material."""
    if not node.has("released"):
        return Decimal("0.00")
    return _split(node, "released") if isinstance(node.raw("released"), dict) else node.money("released")


def _certified(node: Node) -> Certified:
    if node.has("amount") == node.has("lines"):
        raise Invalid(f"{node.path} must have either amount or lines.", field=node.path)
    if node.has("amount"):
        return Certified(amount=node.money("amount"))
    lines = node.node("lines")
    for item, value in lines.value.items():
        if isinstance(value, dict | list):
            raise Invalid(f"{lines.at(item)} must be an amount.", field=lines.at(item))
    return Certified(lines={item: lines.money(item) for item in lines.value})


def write(sheet: Sheet) -> dict[str, Any]:
    """The sheet as a document: columns by letter, the summary by line number, amounts as decimal strings."""
    out: dict[str, Any] = {
        "lines": [
            {
                "item": li.item, **{c: money(getattr(li, c)) for c in "CDEFG"},
                "percent": None if li.percent is None else fraction(li.percent), "H": money(li.H), "I": money(li.I),
            }
            for li in sheet.lines
        ],
        "totals": {c: money(sheet.summary["5"] if c == "I" else sheet.totals[c]) for c in "CDEFGHI"},
        "g702": {k: money(v) for k, v in sheet.summary.items()},
    }  # fmt: skip
    whole = sheet.totals["C"]
    out["totals"]["percent"] = fraction(sheet.totals["G"] / whole) if whole else None
    return out if sheet.certificate is None else out | {"certified": _certificate(sheet.certificate)}


def _certificate(certificate: Certificate) -> dict[str, str]:
    return {
        "amount": money(certificate.amount), "short": money(certificate.short),
        "next_previous_certificates": money(certificate.next_line_7),
    }  # fmt: skip


def money(amount: Decimal) -> str:
    """An amount with two places: '1234.50'."""
    return str(cents(amount) + 0)


def fraction(share: Decimal) -> str:
    """A share to 10 places, only to be shown: it was never rounded before it multiplied."""
    return f"{share.quantize(PLACES) + 0:f}"
