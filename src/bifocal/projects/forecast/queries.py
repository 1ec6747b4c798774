"""The budget report of a project, and what stands behind each of its cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal, cast

from django.utils import timezone

from bifocal.core.days import accounting_day
from bifocal.engines.costing import CHANGE_COLUMN, BudgetRow, Entry, Forecast, collect
from bifocal.engines.costing import report as compute
from bifocal.kernel.costs.queries import cost_lines
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.kernel.ledger.queries import rows
from bifocal.lib.errors import Invalid
from bifocal.lib.money import ZERO
from bifocal.projects.budget.models import BudgetMove
from bifocal.projects.changes.models import ChangeLine
from bifocal.projects.commitments import queries as commitments
from bifocal.projects.commitments.models import Billed
from bifocal.projects.events.queries import pending_costs
from bifocal.projects.forecast.models import LineForecast
from bifocal.projects.forecast.rules import LISTED, Method, to_complete

NOT_CODED = "—"
COLUMN = {"original": "a", "transfer": "b", "change": "c"}
PARTS = {  # which columns of transactions stand behind a cell
    "a": "a", "b": "b", "c": "c", "d": "abc", "e": "e", "f": "abce", "i": "i", "j": "j", "k": "k", "l": "kv", "m": "ijk", "n": "n",
    "o": "ijkn", "p": "abceijkn", "q": "ijkvn",
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A line of the report with the names a reader needs."""

    code: str
    cost_type: str
    name: str
    columns: BudgetRow
    approved: BudgetRow
    note: str
    method: str


@dataclass(frozen=True)
class Report:
    """All lines and totals, in both views."""

    rows: list[Row]
    totals: dict[str, Decimal]
    approved_totals: dict[str, Decimal]


def report(job: Job, upto: date | None = None) -> Report:
    """Columns a to q by code and type: budget, change orders, commitments, the ledger's cost, the forecast. Cost foots to the books."""
    plans = {(f.cost_code.code, f.cost_type): f for f in LineForecast.objects.filter(job=job).select_related("cost_code")}
    how = {_key(*k): _forecast(f, upto or accounting_day(timezone.now(), job.branch)) for k, f in plans.items()}
    found = compute(collect(_entries(job, upto), how))
    names = dict(CostCode.objects.filter(code__in={r.code.rpartition(".")[0] for r in found.rows}).values_list("code", "name"))
    out = []
    for full, approved in zip(found.rows, found.approved_rows, strict=True):
        code, _, cost_type = full.code.rpartition(".")
        plan = plans.get((code, cost_type))
        out.append(Row(code, cost_type, names.get(code, ""), full, approved, plan.note if plan else "", plan.method if plan else "auto"))
    return Report(out, found.totals, found.approved_totals)


def _forecast(plan: LineForecast, day: date) -> Forecast:
    """The engine's forecast of a plan: listed parts are an amount as of a day."""
    if plan.method in LISTED:
        return Forecast("manual", to_complete(Method(plan.method), plan.parts, day))
    return Forecast(cast(Literal["auto", "manual", "quantity"], plan.method), plan.value, plan.percent)


def _key(code: str, cost_type: str) -> str:
    return f"{code or NOT_CODED}.{cost_type}"


def _entries(job: Job, upto: date | None) -> list[Entry]:
    out = [Entry(_key(m["code"], m["cost_type"]), COLUMN[m["sort"]], m["amount"]) for m in _budget_of([job.pk])]
    out += [Entry(_key(li.cost_code.code, li.cost_type), "e", li.cost) for li in pending_changes(job)]
    for r in commitments.by_code(job):
        out.append(Entry(_key(r["code"], r["cost_type"]), "i" if r["column"] == "committed" else "j", r["amount"]))
    out += [Entry(_key(li.cost_code.code, li.cost_type), "j", li.money.cost) for li in pending_costs(job)]
    for r in commitments.cost_by_code(job, upto):
        out.append(Entry(_key(r["code"], r["cost_type"]), "invoiced" if r["invoiced"] else "k", r["amount"]))
    for f in LineForecast.objects.filter(job=job).exclude(method="auto").select_related("cost_code"):
        out.append(Entry(_key(f.cost_code.code, f.cost_type), "k", ZERO))  # a forecast alone makes its line
    return out


def approved_estimates(jobs: Sequence[Job], upto: date) -> dict[int, Decimal]:
    """The estimate at completion of many jobs at once, approved only (column o without e and j): four queries, however many jobs.

    The same entries and the same engine as `report`; a job of which nothing is known is not in the answer.
    """
    ids = [j.pk for j in jobs]
    entries: dict[int, list[Entry]] = {}
    for m in _budget_of(ids):
        entries.setdefault(m["job"], []).append(Entry(_key(m["code"], m["cost_type"]), COLUMN[m["sort"]], m["amount"]))
    for r in commitments.by_code_of(ids):
        if r["column"] == "committed":
            job = r["line"].commitment.job_id
            entries.setdefault(job, []).append(Entry(_key(r["code"], r["cost_type"]), "i", r["amount"]))
    for r in commitments.cost_by_code_of(ids, upto):
        column = "invoiced" if r["invoiced"] else "k"
        entries.setdefault(r["job"], []).append(Entry(_key(r["code"], r["cost_type"]), column, r["amount"]))
    how: dict[int, dict[str, Forecast]] = {}
    for f in LineForecast.objects.filter(job__in=ids).select_related("cost_code"):
        key = _key(f.cost_code.code, f.cost_type)
        how.setdefault(f.job_id, {})[key] = _forecast(f, upto)
        if f.method != Method.AUTO:
            entries.setdefault(f.job_id, []).append(Entry(key, "k", ZERO))
    return {job: compute(collect(found, how.get(job))).approved_totals["o"] for job, found in entries.items()}


def _budget_of(jobs: Sequence[int]) -> list[dict[str, Any]]:
    return rows(
        "select b.job_id as job, c.code, b.cost_type, m.sort, sum(m.amount) as amount from budget_budgetmove m"
        " join budget_budgetline b on b.id = m.line_id join jobs_costcode c on c.id = b.cost_code_id where b.job_id = any(%s)"
        " group by 1, 2, 3, 4",
        [list(jobs)],
    )


def pending_changes(job: Job) -> list[ChangeLine]:
    """Lines of change orders whose status counts as pending."""
    pending = [s for s, c in CHANGE_COLUMN.items() if c == "pending"]
    found = ChangeLine.objects.filter(change__document__job=job, change__document__status__in=pending)
    return list(found.select_related("cost_code", "change__document").order_by("id"))


def cell(job: Job, code: str, cost_type: str, column: str) -> list[dict[str, Any]]:
    """The transactions behind one cell: column, day, what, where it opens, amount. Raises Invalid for an unknown column.

    They add up to the cell where it is a plain sum; m, o and q also hold what is committed and not billed, and the forecast.
    """
    if column not in PARTS:
        raise Invalid(f"There is no column {column}.", field="column")
    parts, out = PARTS[column], list[dict[str, Any]]()
    if set(parts) & set("abc"):
        out += _moves(job, code, cost_type, parts)
    if "e" in parts:
        for li in pending_changes(job):
            if (li.cost_code.code, li.cost_type) == (code, cost_type):
                doc = li.change.document
                out.append(_line("e", doc.created_at.date(), f"{doc.number} {li.description}", f"/documents/{doc.uid}", li.cost))
    out += _committed(job, code, cost_type, parts)
    if set(parts) & set("kv"):
        out += _posted(job, code, cost_type, parts)
    if "n" in parts:
        found = next((r for r in report(job).rows if (r.code, r.cost_type) == (code, cost_type)), None)
        if found and found.columns.n:
            how = "automatic: what is left of the projected budget" if found.columns.auto else found.note or "by hand"
            out.append(_line("n", None, how, f"/jobs/{job.uid}?tab=budget", found.columns.n))
    return out


def _line(column: str, day: date | None, what: str, href: str, amount: Decimal) -> dict[str, Any]:
    return {"column": column, "day": day, "what": what, "href": href, "amount": amount}


def _moves(job: Job, code: str, cost_type: str, parts: str) -> list[dict[str, Any]]:
    found = BudgetMove.objects.filter(line__job=job, line__cost_code__code=code, line__cost_type=cost_type).order_by("id")
    return [
        _line(
            COLUMN[m.sort], m.created_at.date(), f"{m.sort} {m.reason}".strip() + f", {m.by}",
            f"/documents/{m.source_uid}" if m.source_uid else f"/jobs/{job.uid}?tab=history", m.amount,
        )
        for m in found if COLUMN[m.sort] in parts
    ]  # fmt: skip


def _committed(job: Job, code: str, cost_type: str, parts: str) -> list[dict[str, Any]]:
    out = []
    for r in commitments.by_code(job):
        column = "i" if r["column"] == "committed" else "j"
        if column in parts and (r["code"], r["cost_type"]) == (code, cost_type):
            c = r["line"].commitment
            what = f"{c.number} {c.vendor.name}: {r['line'].description}"
            out.append(_line(column, c.executed_on, what, f"/commitments/{c.uid}", r["amount"]))
    for li in pending_costs(job) if "j" in parts else []:
        if (li.cost_code.code, li.cost_type) == (code, cost_type):
            doc = li.event.document
            out.append(_line("j", li.event.happened, f"{doc.number} {li.description}", f"/documents/{doc.uid}", li.money.cost))
    return out


def _posted(job: Job, code: str, cost_type: str, parts: str) -> list[dict[str, Any]]:
    """Journal lines of the cell: 'k' those not on a commitment, 'v' those that are."""
    on = Billed.objects.filter(line__commitment__job=job)
    sources = {*on.values_list("bill__uid", flat=True), *on.values_list("receipt__uid", flat=True)}
    out = []
    for r in cost_lines(job):
        if (r["cost_code"] or NOT_CODED, r["cost_type"]) == (code, cost_type):
            column = "v" if r["source_uid"] in sources else "k"
            if column in parts:
                what = " · ".join(str(x) for x in (r["memo"] or r["event"], r["vendor"] or r["person"] or r["item"]) if x)
                out.append(_line(column, r["date"], what, f"/jobs/{job.uid}?tab=costs", r["amount"]))
    return out


def frozen(found: Report) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The report as JSON, for a month-end."""
    kept = [
        {"code": r.code, "cost_type": r.cost_type, "name": r.name, "note": r.note,
         **{k: v if isinstance(v, bool) else str(v) for k, v in asdict(r.columns).items() if k != "code"}}
        for r in found.rows
    ]  # fmt: skip
    return kept, {k: str(v) for k, v in found.totals.items()}
