"""An estimate as the engine sees it, as the sheet shows it, as a version keeps it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from bifocal.engines.estimating import outcome, pricing
from bifocal.engines.estimating.assemblies import Assembly as Recipe
from bifocal.engines.estimating.assemblies import Part, explode
from bifocal.engines.estimating.pricing import BASE, Line, Option
from bifocal.lib.money import ZERO
from bifocal.projects.estimates.models import Assembly, Estimate, EstimateLine, EstimateVersion
from bifocal.projects.estimates.rules import charges_of, line_of, options_of


def rows_of(estimate: Estimate) -> list[EstimateLine]:
    """Its lines in order, with what stands beside them."""
    return list(estimate.lines.select_related("cost_code", "option", "vendor"))


def engine_line(row: EstimateLine) -> Line:
    """A line for the engine."""
    return Line(
        key=str(row.uid), phase=row.phase, cost_code=row.cost_code.code, cost_type=row.cost_type, quantity=row.quantity,
        unit_cost=row.unit_cost, waste=row.waste, per_hour=row.per_hour, unit=row.unit, option=str(row.option.uid) if row.option else BASE,
        description=row.description,
    )  # fmt: skip


def options(estimate: Estimate) -> list[Option]:
    """Its options in order."""
    return [Option(str(o.uid), o.name, o.group, o.usual) for o in estimate.options.all()]


def priced(estimate: Estimate, rows: Sequence[EstimateLine] | None = None) -> pricing.Estimate:
    """The estimate priced now."""
    lines = [engine_line(r) for r in (rows_of(estimate) if rows is None else rows)]
    return pricing.price(lines, [o.key for o in options(estimate)], charges_of(estimate.charges))


def figures(found: pricing.Estimate, chosen: Sequence[str]) -> dict[str, Any]:
    """Cost, price, hours, markup and margin of the base with these options."""
    cost, price = found.sum("cost", chosen), found.sum("price", chosen)
    markup, margin = pricing.markup_and_margin(cost, price)
    return {"cost": cost, "price": price, "hours": found.sum("hours", chosen), "markup": markup, "margin": margin, "profit": price - cost}


def sheet(estimate: Estimate) -> dict[str, Any]:
    """What the sheet shows: sections with their lines, figures, charges."""
    rows = rows_of(estimate)
    found, known = priced(estimate, rows), {str(r.uid): r for r in rows}
    choice = options(estimate)
    usual = pricing.usual(choice)
    named = {str(o.uid): o for o in estimate.options.all()}
    sections = []
    for s in found.sections:
        lines = [{"row": known[p.line.key], "p": p} for p in s.lines]
        sections.append({"key": s.key, "option": named.get(s.key), "lines": lines, "s": s, "usual": s.key in usual})
    charges = [
        {**c, "amount": sum((s.charges[n] for s in found.chosen(usual)), ZERO), **_both(Decimal(c["rate"]), c["sort"])}
        for n, c in enumerate(estimate.charges)
    ]
    return {"sections": sections, "f": figures(found, usual), "charges": charges, "usual": usual, "count": len(rows)}


def _both(rate: Decimal, sort: str) -> dict[str, Decimal]:
    """A charge said both ways: 25% markup is 20% margin."""
    markup = rate / (1 - rate) if sort == "margin" else rate
    return {"as_markup": markup, "as_margin": markup / (1 + markup) if markup != -1 else ZERO}


def content(estimate: Estimate) -> dict[str, Any]:
    """The estimate whole, as a version keeps it: lines with hours, cost and price, options, charges, terms."""
    rows = rows_of(estimate)
    found = priced(estimate, rows)
    by_key = {p.line.key: p for s in found.sections for p in s.lines}
    lines = [_kept(r, by_key[str(r.uid)]) for r in rows]
    choice = [
        {"key": str(o.uid), "name": o.name, "group": o.group, "text": o.text, "usual": o.usual} for o in estimate.options.all()
    ]  # fmt: skip
    prices = {s.key: str(s.price) for s in found.sections}
    terms = {
        k: getattr(estimate, k)
        for k in ("title", "becomes", "shows", "crew", "days", "draws", "taxable", "intro", "inclusions", "exclusions", "phases")
    }
    return {
        "lines": lines, "options": choice, "charges": estimate.charges, "prices": prices,
        "terms": {**terms, "retainage": str(estimate.retainage)},
    }  # fmt: skip


def _kept(row: EstimateLine, p: pricing.Priced) -> dict[str, Any]:
    plain = {n: str(getattr(p.line, n)) for n in ("key", "phase", "cost_code", "cost_type", "description", "unit", "option")}
    numbers = {
        "quantity": f"{row.quantity.normalize():f}", "unit_cost": f"{row.unit_cost.normalize():f}", "waste": f"{row.waste.normalize():f}",
        "per_hour": f"{row.per_hour.normalize():f}" if row.per_hour else "",
    }  # fmt: skip
    return {
        **plain, **numbers, "vendor": str(row.vendor.uid) if row.vendor else "", "allowance": row.allowance, "hours": str(p.hours),
        "cost": str(p.cost), "price": str(p.price),
    }  # fmt: skip


def digest(kept: Any) -> str:
    """SHA-256 of the canonical JSON."""
    return hashlib.sha256(json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def of_version(version: EstimateVersion) -> tuple[pricing.Estimate, list[Option]]:
    """A frozen version priced, with its options: from what was kept, not from what the estimate is now."""
    kept = version.content
    choice = options_of(kept["options"])
    lines = [line_of(li) for li in kept["lines"]]
    return pricing.price(lines, [o.key for o in choice], charges_of(kept["charges"])), choice


def compared(before: EstimateVersion, after: EstimateVersion | Estimate) -> dict[str, Any]:
    """Two versions, or a version and what the estimate is now, line by line."""
    now = content(after) if isinstance(after, Estimate) else after.content
    rows = outcome.compare(_plain(before.content["lines"]), _plain(now["lines"]))
    return {
        "rows": rows, "cost": sum((r.cost for r in rows), ZERO), "charges_changed": before.content["charges"] != now["charges"],
        "prices": [(before.content["prices"].get(k), v, k) for k, v in now["prices"].items()],
    }  # fmt: skip


def _plain(lines: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [{k: str(v) for k, v in li.items()} for li in lines]


def library() -> dict[str, Recipe]:
    """The assemblies that are in use, for the engine."""
    return {a.code: recipe(a) for a in Assembly.objects.filter(active=True)}


def recipe(row: Assembly) -> Recipe:
    """An assembly for the engine."""
    parts = tuple(
        Part(
            formula=p["formula"], description=p.get("description", ""), unit=p.get("unit", "ea"), cost_code=p.get("cost_code", ""),
            cost_type=p.get("cost_type", "M"), unit_cost=Decimal(p.get("unit_cost") or 0), waste=Decimal(p.get("waste") or 0),
            per_hour=Decimal(p["per_hour"]) if p.get("per_hour") else None, phase=p.get("phase", ""), assembly=p.get("assembly", ""),
            given=p.get("given") or {},
        )
        for p in row.parts
    )  # fmt: skip
    return Recipe(row.code, row.name, row.unit, {k: Decimal(v) for k, v in row.parameters.items()}, parts)


def of_assembly(code: str, recipes: dict[str, Recipe]) -> dict[str, Any]:
    """Cost, hours and the parts of one unit of an assembly at its usual parameters. Raises Invalid as `explode` does."""
    found = explode(code, recipes, Decimal(1), {})
    lines = [
        Line(
            key=str(n), phase="", cost_code=x.part.cost_code, cost_type=x.part.cost_type, quantity=x.quantity, unit_cost=x.part.unit_cost,
            waste=x.part.waste, per_hour=x.part.per_hour, unit=x.part.unit, description=x.part.description,
        )
        for n, x in enumerate(found)
    ]  # fmt: skip
    s = pricing.section(BASE, lines, [])
    return {"cost": s.cost, "hours": s.hours, "parts": [{"p": p, "path": x.path} for p, x in zip(s.lines, found, strict=True)]}
