"""Settings → Import: upload, what the check found, confirm, progress, undo; and the workbench of customers who may be one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from bifocal.bridges.imports.kinds import KINDS, kind_named
from bifocal.bridges.imports.models import ImportBatch, SavedMapping
from bifocal.bridges.imports.presets import PRESETS
from bifocal.bridges.imports.queries import batches, last_trial, merges, progress, ties_of, twins
from bifocal.bridges.imports.rules import BatchStatus
from bifocal.core.actor import Actor
from bifocal.core.policy import require
from bifocal.front.views.frame import page
from bifocal.kernel.documents.models import File
from bifocal.kernel.ledger.models import Account

ORDER = [
    (_("Who and where"), ["customers", "sites", "contacts", "equipment", "vendors"]), (_("What is sold"), ["price_book"]),
    (_("Work under way"), ["jobs", "agreements", "projects"]), (_("What was done before"), ["history"]),
    (_("Money at the cut-over"), ["receivables", "payables", "retainage", "deposits"]), (_("The proof"), ["trial_balance"]),
]  # fmt: skip
TITLES = {
    "customers": _("Customers"), "sites": _("Sites"), "contacts": _("Contacts"), "equipment": _("Equipment"),
    "vendors": _("Vendors and subcontractors"), "price_book": _("Price book"), "jobs": _("Open jobs"),
    "agreements": _("Service agreements"), "projects": _("Projects with cost and billings"), "receivables": _("Open receivables"),
    "payables": _("Open payables"), "retainage": _("Retainage held"), "deposits": _("Customer deposits"),
    "trial_balance": _("Trial balance"), "history": _("Past work"),
}  # fmt: skip


@page
def imports(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What was brought in, and the form for the next file."""
    require(actor, "import.run")
    rows = batches(actor)
    done = {b.sort for b in rows if b.status == BatchStatus.DONE}
    wanted = request.GET.get("kind", "customers")
    kind = KINDS.get(wanted, KINDS["customers"])
    return render(request, "pages/imports.html", {
        "batches": [(b, TITLES[b.sort]) for b in rows], "kind": kind,
        "groups": [(group, [(k, TITLES[k], k in done) for k in names]) for group, names in ORDER],
        "title": TITLES[kind.name], "may": actor.can(kind.right), "presets": [p for p in PRESETS.values() if p.kind == kind.name],
        "saved": SavedMapping.objects.filter(sort=kind.name).order_by("name"), "trial": last_trial(),
        "histories": File.objects.filter(sort="history").order_by("-id")[:5],
    })  # fmt: skip


@page
def batch(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """One file: what the check found, by line; confirm; how far it is; what came of it; undo."""
    require(actor, "import.run")
    row: ImportBatch = ImportBatch.objects.find(uid, actor)
    kind = kind_named(row.sort)
    told = row.told
    sample = told.get("sample", [])
    columns = [c for c in kind.columns if c.name in told.get("columns", {}) or any(c.name in s for s in sample)]
    found: dict[str, Any] = {
        "batch": row, "kind": kind, "title": TITLES[kind.name], "told": told, "progress": progress(row),
        "running": row.status == BatchStatus.QUEUED,
        "sample_columns": columns, "sample": [[s.get("line"), *(s.get(c.name, "") for c in columns)] for s in sample],
        "fields": [(c, told.get("columns", {}).get(c.name, "")) for c in kind.columns],
        "headers": sorted({*told.get("columns", {}).values(), *told.get("unused", [])}),
        "ties": ties_of(row) if row.trial and row.status == BatchStatus.DONE and actor.can("ledger.read") else [],
        "presets": [p for p in PRESETS.values() if p.kind == kind.name],
    }  # fmt: skip
    found["unknown"] = told.get("unknown", {}).get("account", [])
    found["chart"] = Account.objects.order_by("code") if found["unknown"] else []
    found["off"] = [t for t in found["ties"] if t.difference]
    part = request.headers.get("HX-Request") and request.GET.get("part") == "progress"
    if part and not found["running"]:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "parts/import_progress.html" if part else "pages/import.html", found)


@page
def matching(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Customers who may be one, the surest first; a person decides."""
    require(actor, "customer.merge")
    found = twins(60)
    for pair in found:
        one, other = pair["one"], pair["other"]
        pair["sides"] = [{**one, "other": other["customer"]}, {**other, "other": one["customer"]}]
    return render(request, "pages/matching.html", {"pairs": found, "total": found[0]["total"] if found else 0, "merges": merges(20)})
