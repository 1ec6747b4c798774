"""Papers behind the figures: a vendor's bill, and a pay application as a workbook that computes itself."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from bifocal.core.actor import Actor
from bifocal.core.policy import require
from bifocal.front.queries import history
from bifocal.front.views.frame import page
from bifocal.kernel.documents.models import File
from bifocal.kernel.purchasing.models import Bill
from bifocal.projects.payapps import queries as payapps
from bifocal.projects.payapps.models import PayApp

if TYPE_CHECKING:
    from openpyxl import Workbook

HEADS = [
    "Item No.", "Description of work", "Scheduled value", "Previous applications", "This period", "Materials presently stored",
    "Total completed and stored", "Balance to finish", "rate work", "rate stored", "Retainage", "Bifocal: G", "Bifocal: I",
    "difference G", "difference I",
]  # fmt: skip
SUMMARY = {
    "3": "Contract sum to date", "4": "Total completed and stored", "5": "Retainage", "6": "Earned less retainage", "7": "Certified before",
    "8": "Current payment due", "9": "Balance to finish, with retainage",
}  # fmt: skip


@page
def bill(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """A vendor's bill: what it was for, and the paper itself."""
    require(actor, "cost.see")
    row: Bill = Bill.objects.select_related("vendor").find(uid, actor)
    lines = row.lines.select_related("job", "cost_code").order_by("id")
    context = {"bill": row, "lines": lines, "files": File.objects.filter(subject_uid=uid).order_by("id"), "history": history(uid, actor)}
    return render(request, "pages/bill.html", context)


@page
def payapp_workbook(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """The continuation sheet as XLSX: what was entered as figures, everything else as live formulas, ours beside them."""
    row: PayApp = PayApp.objects.select_related("contract__job").find(uid, actor)
    out = io.BytesIO()
    workbook(row).save(out)
    name = f"{row.contract.job.number}-application-{row.number}.xlsx"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return HttpResponse(out.getvalue(), content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def workbook(row: PayApp) -> Workbook:
    """The application's sheet with formulas: G = D + E + F, H = C − G, I by the line's rates, totals, and the summary 3 to 9."""
    from openpyxl import Workbook  # 30 MB that the server does not start with
    from openpyxl.styles import Font

    applied, computed = payapps.application(row), payapps.sheet(row)
    texts = {li.sov.item: li.sov.description for li in row.lines.select_related("sov")}
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Continuation sheet"
    sheet.append(HEADS)
    for n, (li, ours) in enumerate(zip(applied.lines, computed.lines, strict=True), 2):
        work, stored = (
            (applied.work_rate if li.work_rate is None else li.work_rate),
            (applied.stored_rate if li.stored_rate is None else li.stored_rate),
        )
        sheet.append([
            li.item, texts[li.item], li.scheduled, li.previous, li.this_period, li.stored, f"=D{n}+E{n}+F{n}", f"=C{n}-G{n}", work, stored,
            f"=ROUND((D{n}+E{n})*I{n},2)+ROUND(F{n}*J{n},2)", ours.G, ours.I, f"=ROUND(G{n}-L{n},2)", f"=ROUND(K{n}-M{n},2)",
        ])  # fmt: skip
    last = len(applied.lines) + 1
    sheet.append(["", "Total", *(f"=SUM({c}2:{c}{last})" for c in "CDEFGH"), "", "", *(f"=SUM({c}2:{c}{last})" for c in "KLMNO")])
    at = last + 3
    formulas = {"3": f"=C{last + 1}", "4": f"=G{last + 1}", "5": f"=K{last + 1}", "6": f"=C{at + 1}-C{at + 2}",
                "7": applied.previous_certificates, "8": f"=C{at + 3}-C{at + 4}", "9": f"=C{at}-C{at + 3}"}  # fmt: skip
    for n, (key, text) in enumerate(SUMMARY.items(), at):
        for column, value in zip("ABCDE", (key, text, formulas[key], computed.summary[key], f"=ROUND(C{n}-D{n},2)"), strict=True):
            sheet[f"{column}{n}"] = value
    for column, text in zip("CDE", ("by formula", "Bifocal", "difference"), strict=True):
        sheet[f"{column}{at - 1}"] = text
    for cell in (*sheet[1], *sheet[last + 1], *sheet[at - 1]):
        cell.font = Font(bold=True)
    for column, width in (("B", 38), *((c, 15) for c in "CDEFGHKLMNO")):
        sheet.column_dimensions[column].width = width
    return book
