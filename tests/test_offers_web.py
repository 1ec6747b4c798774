"""The pages: a client signs, a bidder bids, a client chooses over plain HTTP; the sheet, the preview of a spreadsheet, who sees cost."""

from __future__ import annotations

import base64
import io
from decimal import Decimal as D

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bifocal.lib.errors import Invalid
from tests.conftest import run
from tests.test_bids import estimate, invited, package
from tests.test_estimates import sent, started
from tests.test_lists import signed_in
from tests.test_selections import link, listed

pytestmark = pytest.mark.django_db


def test_a_client_reads_chooses_and_signs_and_a_get_never_acts() -> None:
    from bifocal.projects.estimates.models import Proposal

    made = started()
    o, p, client = made["options"], sent(made), Client()
    page = client.get(p["link_path"])
    text = page.content.decode()
    assert page.status_code == 200 and "Bath remodel" in text and "5,121.25" in text and "1,632.00" not in text and "4,097" not in text
    assert client.get(f"{p['link_path']}?act=proposal.accept&sha256={p['sha256']}&name=Ida").status_code == 200
    assert Proposal.objects.get(uid=p["uid"]).status == "sent"
    paper = client.get(f"{p['link_path']}/paper")
    assert paper["Content-Type"] == "application/pdf" and paper.content[:5] == b"%PDF-"
    form = {"act": "proposal.accept", "sha256": p["sha256"], "group.0": o["Marble"], "extra": [o["Heated floor"]], "name": "Ida Kern"}
    assert client.post(p["link_path"], {**form, "sha256": "0" * 64}).status_code == 409
    assert client.post(p["link_path"], {**form, "act": "bid.give"}).status_code == 403
    done = client.post(p["link_path"], form)
    assert done.status_code == 200 and "Signed. Thank you" in done.content.decode()
    row = Proposal.objects.get(uid=p["uid"])
    assert (row.status, row.price, row.signed_address) == ("accepted", D("7315.00"), "127.0.0.1")
    assert client.post(p["link_path"], form).status_code == 200  # sent twice by a nervous thumb
    assert client.get(f"{p['link_path']}/paper").content != paper.content  # the signed one


def test_a_bidder_bids_with_commas_and_reads_plans_but_no_budget() -> None:
    from bifocal.projects.bids.models import BidInvitation

    p = package(estimate())
    i, client = invited(p, "Ada"), Client()
    content = base64.b64encode(b"%PDF-1.4 plan").decode()
    file = run("file.attach", "pm", about_kind="bid_package", about=p["uid"], name="A1.pdf", content=content, sort="file")["uid"]
    text = client.get(i["link_path"]).content.decode()
    assert "Sheet metal" in text and "10,000.00" not in text and client.get(f"{i['link_path']}/files/{file}").status_code == 200
    other = invited(package(estimate()), "Bea")
    assert client.get(f"{other['link_path']}/files/{file}").status_code == 404
    form = {
        "act": "bid.give",
        "scope.0": p["scope"][0],
        "amount.0": "$9,500.00",
        "scope.1": p["scope"][1],
        "amount.1": "",
        "name": "Ada",
        "addenda_seen": "0",
    }
    assert client.post(i["link_path"], {**form, "amount.0": "lots"}).status_code == 422
    assert client.post(i["link_path"], form).status_code == 200
    row = BidInvitation.objects.get(uid=i["uid"])
    assert [x.amount for x in row.prices.all()] == [D("9500.00")] and row.address == "127.0.0.1"
    shown = signed_in("pm").get(f"/bids/{p['uid']}").content.decode()
    assert "left out" in shown and "9,500.00" in shown
    assert signed_in("dispatch").get(f"/bids/{p['uid']}").status_code == 403


def test_a_client_chooses_from_a_phone_and_sees_no_cost() -> None:
    made = listed()
    sent_, client = link(made), Client()
    text = client.get(sent_["link_path"]).content.decode()
    assert "+$589.20" in text and "2,350.00" not in text and "2350" not in text
    form = {"act": "selection.choose", "selection": made["tile"], "choice": made["choices"]["Porcelain"], "name": "Ida"}
    assert "your choice is noted" in client.post(sent_["link_path"], form).content.decode()
    page = signed_in("pm").get(f"/jobs/{made['job']}", {"tab": "selections"}).content.decode()
    assert "Settle by one change order" in page and "Decisions" in page
    assert signed_in("dispatch").get(f"/jobs/{made['job']}", {"tab": "selections"}).status_code == 404


def test_the_sheets_pages_are_for_those_who_see_cost_and_a_longer_sheet_asks_no_more_queries() -> None:
    made = started()
    run("estimate.freeze", "pm", estimate=made["uid"], reason="first")
    client = signed_in("pm")
    for path in ("/estimates", f"/estimates/{made['uid']}", f"/estimates/{made['uid']}/compare", f"/estimates/{made['uid']}/import",
                 "/estimates/new", f"/estimates/new?customer={made['customer']}", "/assemblies"):  # fmt: skip
        assert client.get(path).status_code == 200, path
        assert signed_in("dispatch").get(path).status_code == 403, path

    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get(f"/estimates/{made['uid']}")
        return len(seen)

    few = asked()
    lines = [{"description": f"L{n}", "cost_code": "22-0000", "cost_type": "M", "unit_cost": "1"} for n in range(60)]
    run("estimate.edit", "pm", estimate=made["uid"], lines=lines)
    assert asked() <= few + 1
    p = sent(made)
    assert client.get(f"/proposals/{p['uid']}/pdf").content[:5] == b"%PDF-"


SHEET = """Phase,Cost code,Type,Description,Qty,UOM,Unit cost,Waste,Units per hour,Total
10,22-0000,Labor,Rough plumbing,6,ea,68,,0.25,"1,632.00"
10,22-0000,Material,Pipe,100,ft,$1.10,5%,,115.50
,,,A heading,,,,,,
20,26-0000,Sub,Electrician,1,ls,"4,200.00",,,4200
Total,,,Total,,,,,,5947.50
"""


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_a_spreadsheet_is_shown_first_and_then_taken_in_or_refused_by_line() -> None:
    from bifocal.projects.estimates.models import Estimate

    made = started()
    client, row = signed_in("pm"), Estimate.objects.get(uid=made["uid"])
    before = row.lines.count()
    file = io.BytesIO(SHEET.encode())
    file.name = "old.csv"
    shown = client.post(f"/estimates/{made['uid']}/import", {"file": file})
    assert "5,947.50" in shown.content.decode() and row.lines.count() == before
    args = {"filename": "old.csv", "content": encoded(SHEET), "cost_code": ""}
    assert client.post(f"/estimates/{made['uid']}/import", args).status_code == 302
    assert [(li.description, li.quantity, li.waste) for li in row.lines.all()][before:] == [
        ("Rough plumbing", D(6), D(0)), ("Pipe", D(100), D("0.05")), ("Electrician", D(1), D(0)),
    ]  # fmt: skip
    wrong = SHEET.replace("115.50", "999.00").replace("26-0000", "99-9999").replace(",6,ea", ",six,ea")
    told = run("estimate.import", "pm", estimate=made["uid"], filename="x.csv", content=encoded(wrong), dry_run=True)
    assert [(e["line"], e["reason"].split(":")[0][:30]) for e in told["errors"]] == [
        (2, "'six' is not an amount of mone"), (3, "the sheet's own total 999.00 i"), (5, "there is no cost code '99-9999"),
    ]  # fmt: skip
    with pytest.raises(Invalid, match="Nothing was brought in: 3 lines"):
        run("estimate.import", "pm", estimate=made["uid"], filename="x.csv", content=encoded(wrong))
    with pytest.raises(Invalid, match="No column for quantity"):
        run("estimate.import", "pm", estimate=made["uid"], filename="x.csv", content=encoded("a,b,description\n1,2,3\n"), dry_run=True)


def test_an_xlsx_is_read_as_well() -> None:
    from openpyxl import Workbook

    book, out = Workbook(), io.BytesIO()
    assert book.active is not None
    for cells in (["Item", "Quantity", "Unit price"], ["Panel", 2, 1180.5], ["Breaker", 24, 9.4]):
        book.active.append(cells)
    book.save(out)
    content = base64.b64encode(out.getvalue()).decode()
    told = run("estimate.import", "pm", estimate=started()["uid"], filename="a.xlsx", content=content, cost_code="26-0000", dry_run=True)
    assert D(told["cost"]) == D("2586.60") and told["errors"] == [] and [r["cost_type"] for r in told["rows"]] == ["O", "O"]
