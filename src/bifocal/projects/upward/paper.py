"""A waiver of ours on paper: plain words, or, where a statute prescribes them, a data sheet with the state's own form behind it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from bifocal.core.models import Company
from bifocal.engines.liens import form_for
from bifocal.kernel.documents.models import File
from bifocal.kernel.documents.paper import render
from bifocal.lib.money import dollars
from bifocal.projects.billings.paper import bundle
from bifocal.projects.deadlines.queries import blank_form
from bifocal.projects.payapps.models import PayApp
from bifocal.projects.subapps.rules import Waiver


def waiver_pdf(app: PayApp, sort: Waiver, *, amount: Decimal, exceptions: str, signer: str, on: date) -> bytes:
    """The waiver as a PDF through the application's period."""
    job = app.contract.job
    state = job.site.state
    form = form_for(state, sort)
    owner = next((p.customer or p.contact for p in job.parties.filter(role="owner").select_related("customer", "contact")), None)
    data = {
        "sort": sort.replace("_", " "),
        "claimant": Company.get().name,
        "customer": job.customer.name,
        "project": f"{job.number} {job.title}",
        "site": job.site.one_line,
        "owner": owner.name if owner else "",
        "through": f"{app.period_to:%B %-d, %Y}",
        "amount": dollars(amount),
        "exceptions": exceptions or "none",
        "signer": signer,
        "on": f"{on:%B %-d, %Y}",
        "conditional": sort.startswith("conditional"),
        "final": sort.endswith("final"),
        "state": state,
        "statute": form.citation if form else "",
    }
    pdf = render("waiver", data)
    blank = blank_form(state, sort) if form else None
    return bundle(pdf, list(File.objects.filter(uid=blank.file))) if blank else pdf
