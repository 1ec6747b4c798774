"""The general contractor's form: kept, mapped once, filled and sent with what goes with it."""

from __future__ import annotations

import base64
from typing import Annotated
from uuid import UUID

from pydantic import Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.documents.commands import keep
from bifocal.kernel.documents.models import File
from bifocal.kernel.messages.commands import send
from bifocal.lib.errors import Invalid, Refused
from bifocal.projects.contracts.models import Contract
from bifocal.projects.payapps import commands as payapps
from bifocal.projects.payapps.models import PayApp
from bifocal.projects.payapps.rules import Status
from bifocal.projects.upward import queries
from bifocal.projects.upward.facts import GcFormKept, SentToGc
from bifocal.projects.upward.models import GcForm
from bifocal.projects.upward.rules import check_map, suggest
from bifocal.projects.upward.workbook import lost, opened, texts


def _form(contract: UUID, right: str, actor: Actor, call: Call) -> GcForm:
    row: Contract = Contract.objects.locked(contract, actor, call)
    require(actor, right)
    if not queries.is_below(row):
        raise Refused(f"Contract {row.number} is with the owner: our own form is used.")
    form: GcForm = GcForm.objects.select_for_update().get_or_create(contract=row)[0]
    return form


@command("gcform.keep")
def keep_form(
    *, contract: UUID, billing_day: Annotated[int, Field(ge=1, le=31)] = 25, to_name: str = "", to_email: str = "", filename: str = "",
    content: str = "", sheet: str = "", actor: Actor, call: Call,
) -> GcForm:  # fmt: skip
    """Keep by which day a general contractor is billed, to whom, and their XLSX form; its own words propose the cells. 31: last day."""
    form = _form(contract, "payapp.edit", actor, call)
    values = {"billing_day": billing_day, "to_name": to_name[:120], "to_email": to_email}
    if content:
        try:
            data = base64.b64decode(content, validate=True)
        except ValueError as bad:
            raise Invalid("The file's content must be base64.", field="content") from bad
        name, rows = texts(opened(data), sheet)
        cells, columns, first = suggest(rows)
        kept = keep(
            data=data, name=filename or "form.xlsx", sort="form", about=form.contract.subject, actor=actor.within("gcform.keep"), call=call
        )
        values |= {
            "file_name": kept.name, "file_sha256": kept.sha256, "sheet": name, "cells": cells, "columns": columns, "first": first,
            "last": first + 39 if first else 0, "warned": lost(data),
        }  # fmt: skip
    form.change(**values)
    told = GcFormKept(billing_day=form.billing_day, file=form.file_name, sheet=form.sheet)
    record(told, about=form.contract, actor=actor, call=call)
    return form


@command("gcform.map")
def map_form(
    *, contract: UUID, columns: dict[str, str], first: int, last: int, cells: dict[str, str] | None = None, sheet: str = "", actor: Actor,
    call: Call,
) -> GcForm:  # fmt: skip
    """Say which cells and columns of their form take what, once: {"E": "F"} writes this period's work into column F."""
    form = _form(contract, "payapp.edit", actor, call)
    if not form.file_sha256:
        raise Refused("Upload their form first.")
    upper = {k: v.strip().upper() for k, v in columns.items() if v.strip()}
    where = {k: v.strip().upper() for k, v in (cells or {}).items() if v.strip()}
    check_map(where, upper, first, last)
    if sheet:
        from bifocal.kernel.documents.models import path_of

        texts(opened(path_of(form.file_sha256).read_bytes()), sheet)
    form.change(columns=upper, cells=where, first=first, last=last, sheet=sheet or form.sheet)
    told = GcFormKept(billing_day=form.billing_day, file=form.file_name, sheet=form.sheet)
    record(told, about=form.contract, actor=actor, call=call)
    return form


@command("payapp.send_up")
def send_to_gc(*, payapp: UUID, to: str = "", note: str = "", actor: Actor, call: Call) -> PayApp:
    """Send a submitted application to the general contractor: their form filled (else our PDF), our waiver, our insurance certificate."""
    contract = payapps.contract_of(payapp, actor)
    app: PayApp = PayApp.objects.locked(payapp, actor, call)
    require(actor, "gc.send")
    if not queries.is_below(contract) or app.status != Status.SUBMITTED:
        raise Refused(f"Application {app.number} is {app.state.replace('_', ' ')}: submit it first, on a contract below another.")
    form = queries.form_of(contract)
    address = to or (form.to_email if form else "")
    if not address:
        raise Invalid("There is no e-mail address of the general contractor. Type one.", field="to")
    inner = actor.within("payapp.send_up")
    files = list(File.objects.filter(subject_uid=app.uid, sort="paper").order_by("-id")[:1])
    if form and form.columns:
        data = queries.filled(app)
        name = f"{contract.number} application {app.number}.xlsx"
        files.append(keep(data=data, name=name, sort="form", about=app.subject, actor=inner, call=call))
    files += File.objects.filter(subject_uid=app.uid, sort="waiver").order_by("-id")[:1]
    insured = queries.paper_now("insurance", accounting_day(call.occurred_at, contract.job.branch))
    files += File.objects.filter(uid=insured.file) if insured else []
    title = f"{contract.job.title}: application {app.number}, period to {app.period_to:%B %-d, %Y}"
    body = f"{note}\n\nAttached: {', '.join(f.name for f in files)}.\n".lstrip()
    send(to=address, title=title, body=body, about=app.subject, files=[f.uid for f in files], actor=inner, call=call)
    record(SentToGc(number=app.number, to=address, files=[f.name for f in files]), about=app, actor=actor, call=call)
    return app
