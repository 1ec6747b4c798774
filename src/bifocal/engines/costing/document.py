"""WIP schedules and budgets as JSON documents: decimal strings only. `bifocal wip compute` and `bifocal budget compute`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

from bifocal.engines.costing.budget import COLUMNS, BudgetLine, BudgetRow, Forecast, Method, Report
from bifocal.engines.costing.wip import BrokenIdentity, Contract, Earned, Schedule
from bifocal.lib.errors import Invalid
from bifocal.lib.money import ZERO, cents
from bifocal.lib.strict import Node

PLACES = Decimal("0.0000000001")


def read_contracts(doc: Node) -> list[Contract]:
    """The contracts of a document. Raises Invalid naming the place."""
    out = []
    for node in doc.nodes("contracts"):
        out.append(
            Contract(
                node.text("id"), node.money("price"), node.money("estimated_total_cost"), node.money("cost_to_date"),
                node.money("billed"), node.money("uninstalled") if node.has("uninstalled") else ZERO,
            )
        )  # fmt: skip
        node.raw("uninstalled", None)
        node.done()
    doc.done()
    return out


def write_schedule(schedule: Schedule) -> dict[str, Any]:
    """By contract and in total; `percent` to 10 places, for show."""
    return {"contracts": [{"id": r.id, **_earned(r)} for r in schedule.contracts], "totals": _earned(schedule.total)}


def _earned(row: Earned) -> dict[str, Any]:
    keys = ("earned", "gross_profit_to_date", "over", "under", "backlog", "loss_provision", "loss_provision_total")
    percent = None if row.percent is None else f"{row.percent.quantize(PLACES) + 0:f}"
    return {"percent": percent, **{k: _money(getattr(row, k)) for k in keys}}


def read_budget(doc: Node) -> list[BudgetLine]:
    """The lines of a budget, under `lines` or `codes`: a list of objects with their `code`, or an object of them by code.

    A derived column (d, f, l) that is given is checked: BrokenIdentity where it doesn't hold.
    """
    key = "codes" if doc.has("codes") and not doc.has("lines") else "lines"
    if isinstance(doc.raw(key), dict):
        by_code = doc.node(key)
        out = [_budget_line(by_code.node(code), code) for code in by_code.value]
    else:
        out = [_budget_line(node, node.text("code")) for node in doc.nodes(key)]
    doc.done()
    return out


def _budget_line(node: Node, code: str) -> BudgetLine:
    a, b, c, e, i, j, k = (node.money(x, "0") for x in "abceijk")
    invoiced = node.money("invoiced") if node.has("invoiced") else node.money("l") - k if node.has("l") else ZERO
    line = BudgetLine(code, a, b, c, e, i, j, k, invoiced, _forecast(node))
    wanted = {"d": a + b + c, "f": a + b + c + e, "l": invoiced + k}
    for column, value in wanted.items():
        if node.has(column) and node.money(column) != value:
            raise BrokenIdentity(f"{code}: column {column} is {node.money(column):,.2f}, from the others {value:,.2f}.", field=code)
    for key in ("code", "invoiced", "d", "f", "l", "description", "forecast"):
        node.raw(key, None)
    node.done()
    return line


def _forecast(node: Node) -> Forecast:
    """auto needs no value. quantity: the value is the share that is done of the projected budget, or an object with
    `percent` and `unit` (cost of the whole), or with `quantity` left and its `rate`."""
    if not node.has("forecast"):
        return Forecast()
    plan = node.node("forecast")
    method = cast(Method, plan.text("method", one_of=("auto", "manual", "quantity")))
    value = plan.raw("value", None)
    if method == "auto":
        found = Forecast()
    elif method == "manual":
        found = Forecast("manual", plan.money("value"))
    elif isinstance(value, dict):
        found = _quantity(plan.node("value"))
    elif plan.has("percent"):
        found = Forecast("quantity", plan.money("value"), plan.rate("percent"))
    else:
        found = Forecast("quantity", None, plan.rate("value"))
    plan.done()
    return found


def _quantity(node: Node) -> Forecast:
    if node.has("quantity"):
        found = Forecast("manual", cents(node.number("quantity") * node.number("rate")))
    elif node.has("percent"):
        found = Forecast("quantity", node.money("unit"), node.rate("percent"))
    else:
        raise Invalid(f"{node.path} needs quantity and rate, or percent and unit.", field=node.path)
    node.done()
    return found


def write_report(report: Report) -> dict[str, Any]:
    """Every column of both views."""
    full = {"lines": [_row(r) for r in report.rows], "totals": {c: _money(v) for c, v in report.totals.items()}}
    approved = {
        "lines": [_row(r) for r in report.approved_rows],
        "totals": {c: _money(v) for c, v in report.approved_totals.items()},
    }
    return {**full, "approved_only": approved}


def _row(row: BudgetRow) -> dict[str, Any]:
    return {"code": row.code, **{c: _money(getattr(row, c)) for c in COLUMNS}, "auto": row.auto}


def _money(amount: Decimal) -> str:
    return str(cents(amount) + 0)
