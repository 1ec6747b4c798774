"""The application as a spreadsheet: figures as numbers, in the columns and lines of the paper."""

from __future__ import annotations

import io
from typing import Any

from bifocal.engines.progress_billing import Sheet
from bifocal.projects.payapps.models import PayApp
from bifocal.projects.payapps.queries import sheet

LINES = {
    "1": "Original contract sum", "2": "Net change by change orders", "3": "Contract sum to date", "4": "Completed and stored to date",
    "5a": "Retainage on completed work", "5b": "Retainage on stored material", "5": "Total retainage", "6": "Earned less retainage",
    "7": "Less previous certificates", "8": "Current payment due", "9": "Balance to finish, with retainage",
}  # fmt: skip
HEAD = ["Item No.", "Description of work", "Cost code", "Scheduled value", "Previous applications", "This period",
        "Materials presently stored", "Total completed and stored", "%", "Balance to finish", "Retainage"]  # fmt: skip


def workbook(app: PayApp) -> bytes:
    """An XLSX of two sheets, the application and its continuation; it can be imported again as a continuation sheet."""
    from openpyxl import Workbook  # a writer of reports: not before it is asked for

    found, book, out = sheet(app), Workbook(), io.BytesIO()
    _continuation(book, app, found)
    front = book.create_sheet("Application")
    front.append([f"Application {app.number}", f"period to {app.period_to}", f"{app.contract.job.number} {app.contract.job.title}"])
    for number, text in LINES.items():
        front.append([number, text, found.summary[number]])
    for row in front.iter_rows(min_row=2, min_col=3, max_col=3):
        row[0].number_format = "#,##0.00"
    book.save(out)
    return out.getvalue()


def _continuation(book: Any, app: PayApp, found: Sheet) -> None:
    from openpyxl.styles import Font

    page = book.active
    page.title = "Continuation sheet"
    page.append(HEAD)
    kept = {li.sov.item: li.sov for li in app.lines.select_related("sov__cost_code")}
    for li in found.lines:
        sov = kept[li.item]
        code = sov.cost_code.code if sov.cost_code else ""
        page.append([li.item, sov.description, code, li.C, li.D, li.E, li.F, li.G, li.percent, li.H, li.I])
    t = found.totals
    page.append(["", "TOTAL", "", t["C"], t["D"], t["E"], t["F"], t["G"], t["G"] / t["C"] if t["C"] else None, t["H"], t["I"]])
    for row in page.iter_rows(min_row=2, min_col=4):
        for cell in row:
            cell.number_format = "0.0%" if cell.column == 9 else "#,##0.00"
    for cell in (*page[1], *page[page.max_row]):
        cell.font = Font(bold=True)
    page.freeze_panes = "C2"
