"""Waivers on paper: plain words, or, where a statute prescribes them, a data sheet with the state's own form behind it; the package."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from bifocal.core.models import Company
from bifocal.engines.liens import form_for
from bifocal.kernel.documents.models import File
from bifocal.kernel.documents.paper import PRINTABLE, render
from bifocal.kernel.jobs.models import Job
from bifocal.lib.money import dollars
from bifocal.projects.billings.paper import bundle
from bifocal.projects.deadlines.queries import blank_form
from bifocal.projects.payapps.models import PayApp
from bifocal.projects.payapps.queries import paper_data
from bifocal.projects.payapps.rules import EDITABLE
from bifocal.projects.rollup.models import RolledUp
from bifocal.projects.subapps.models import LienWaiver
from bifocal.projects.subapps.rules import Waiver

MOST = 60  # files of a package


def waiver_pdf(app: PayApp, sort: Waiver, *, amount: Decimal, exceptions: str, signer: str, on: date) -> bytes:
    """Our own waiver through the application's period."""
    job = app.contract.job
    return _print(
        job, sort, through=app.period_to, on=on, amount=amount, exceptions=exceptions, signer=signer, claimant=Company.get().name,
        customer=job.customer.name,
    )  # fmt: skip


def _print(job: Job, sort: str, *, through: date, on: date | None, amount: Decimal, exceptions: str, **names: str) -> bytes:
    state = job.site.state
    form = form_for(state, sort)
    owner = next((p.customer or p.contact for p in job.parties.filter(role="owner").select_related("customer", "contact")), None)
    data: dict[str, Any] = {
        **names, "sort": sort.replace("_", " "), "project": f"{job.number} {job.title}", "site": job.site.one_line,
        "owner": owner.name if owner else "", "through": f"{through:%B %-d, %Y}", "amount": dollars(amount),
        "exceptions": exceptions or "none", "on": f"{on:%B %-d, %Y}" if on else "", "conditional": sort.startswith("conditional"),
        "final": sort.endswith("final"), "state": state, "statute": form.citation if form else "",
    }  # fmt: skip
    pdf = render("waiver", data)
    blank = blank_form(state, sort) if form else None
    return bundle(pdf, list(File.objects.filter(uid=blank.file))) if blank else pdf


def _of_sub(waiver: LienWaiver) -> bytes:
    """A subcontractor's, or a supplier's of theirs, waiver as it was signed."""
    job = waiver.subapp.commitment.job
    own = waiver.claimant == waiver.subapp.commitment.vendor.name
    customer = Company.get().name if own else waiver.subapp.commitment.vendor.name
    said = {"claimant": waiver.claimant, "customer": customer, "signer": waiver.signer, "exceptions": waiver.exceptions}
    signed = waiver.signed_at.date() if waiver.signed_at else None
    return _print(job, waiver.sort, through=waiver.through, on=signed, amount=waiver.amount, **said)


def package(app: PayApp) -> bytes:
    """The application with everything that goes with it, as one PDF: what was submitted, waivers of subcontractors and ours, photos.

    Subcontractors' waivers are those of the work that was rolled up into it. Photos are those attached to the application.
    """
    files = File.objects.filter(subject_uid=app.uid).order_by("id")
    frozen = None if app.status in EDITABLE else files.filter(sort="paper").last()
    first = frozen.read() if frozen else render("payapp", paper_data(app))
    subs = RolledUp.objects.filter(line__payapp=app).values("sub__subapp_id")
    signed = LienWaiver.objects.filter(subapp_id__in=subs).exclude(signer="").exclude(status="void")
    papers = [
        _of_sub(w) for w in signed.select_related("subapp__commitment__vendor", "subapp__commitment__job__site").order_by("id")[:MOST]
    ]
    ours = list(files.filter(sort="waiver"))
    photos = [f for f in files if f.media_type in PRINTABLE]
    return bundle(first, [*papers, *ours, *photos][:MOST])
