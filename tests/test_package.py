"""The package of an application, and its continuation sheet out to a spreadsheet and back."""

from __future__ import annotations

import base64
import io
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from bifocal.lib.errors import Invalid, NotAllowed, Refused
from tests.conftest import run
from tests.test_commitments import executed, project
from tests.test_lists import signed_in
from tests.test_subapps import approved

pytestmark = pytest.mark.django_db
TODAY = date.today()


def started() -> dict[str, Any]:
    made = project()
    return {**made, "app": run("payapp.draft", "pm", contract=made["contract"], period_to=TODAY)["uid"]}


def workbook(app: str) -> Any:
    from openpyxl import load_workbook

    return load_workbook(io.BytesIO(signed_in("pm").get(f"/payapps/{app}.xlsx").content))


def content(book: Any) -> str:
    out = io.BytesIO()
    book.save(out)
    return base64.b64encode(out.getvalue()).decode()


def read_back(app: str, book: Any, **more: Any) -> dict[str, Any]:
    return run("payapp.read_sheet", "pm", payapp=app, filename="sheet.xlsx", content=content(book), **more)


def test_the_sheet_goes_out_and_comes_back() -> None:
    from bifocal.projects.payapps.models import PayApp

    made = started()
    book = workbook(made["app"])
    page = book.active
    page["E2"], page["F2"], page["E3"] = 12500.5, 400, "1,000.25"
    tried = read_back(made["app"], book, dry_run=True)
    assert (tried["lines"], tried["errors"], PayApp.objects.get(uid=made["app"]).line4) == (2, [], D(0))
    read_back(made["app"], book)
    row = PayApp.objects.get(uid=made["app"])
    assert [(li.this_period, li.stored) for li in row.lines.all()] == [(D("12500.50"), D(400)), (D("1000.25"), D(0))]
    again = workbook(made["app"]).active
    assert [again["E2"].value, again["F2"].value, again["E3"].value] == [12500.5, 400, 1000.25]


@pytest.mark.parametrize(
    ("cell", "value", "why"),
    [("C2", 1, r"its scheduled value is 60,000.00, the sheet says 1.00"), ("D2", 5, r"its previous is 0.00, the sheet says 5.00"),
     ("A2", "9", "no item 9"), ("E2", 60000.01, "more than the scheduled value"), ("E2", "lots", "is not an amount")],
)  # fmt: skip
def test_what_may_not_be_changed_in_the_spreadsheet_is_named_by_line(cell: str, value: Any, why: str) -> None:
    made = started()
    book = workbook(made["app"])
    book.active[cell] = value
    with pytest.raises(Invalid, match=why):
        read_back(made["app"], book)


def test_a_submitted_application_is_not_read_over_and_strangers_may_not() -> None:
    made = started()
    book = workbook(made["app"])
    with pytest.raises(NotAllowed):
        run("payapp.read_sheet", "super", payapp=made["app"], filename="s.xlsx", content=content(book))
    run("payapp.fill", "pm", payapp=made["app"], lines=[{"item": "1", "percent": 10}])
    run("payapp.submit", "pm", payapp=made["app"])
    with pytest.raises(Refused, match="carries the correction"):
        read_back(made["app"], book)


def test_the_package_holds_what_was_submitted_the_waivers_of_its_work_and_its_photos() -> None:
    from PIL import Image
    from pypdf import PdfReader

    made = started()
    c = executed(made)
    approved(c, "8000.00")
    run("payapp.roll_up", "pm", payapp=made["app"])
    run("payapp.submit", "pm", payapp=made["app"])
    photo = io.BytesIO()
    Image.new("RGB", (300, 200), "orange").save(photo, "JPEG")
    run("file.attach", "pm", about_kind="payapp", about=made["app"], name="duct.jpg", content=base64.b64encode(photo.getvalue()).decode())
    reply = signed_in("pm").get(f"/payapps/{made['app']}/package.pdf")
    pages = PdfReader(io.BytesIO(reply.content)).pages
    texts = [p.extract_text() for p in pages]
    assert "Application for payment" in texts[0] and "Notary" in texts[0]
    assert any("Waiver of lien" in t and "7,200.00" in t and "Lou Sub" in t for t in texts)
    assert len(pages) == 4 and pages[3].images  # the sheet, its continuation, the waiver, the photo
    assert signed_in("tech").get(f"/payapps/{made['app']}/package.pdf").status_code == 404
