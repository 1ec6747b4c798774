"""Other people's files: awkward ones, repeated ones, refused ones, taken back."""

from __future__ import annotations

import base64
import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bifocal.bridges.portfolio.queries import close_checks
from bifocal.kernel.parties.models import Customer, Site
from tests.conftest import run, settle

pytestmark = pytest.mark.django_db
CUT = "2026-06-30"


def upload(kind: str, data: str | bytes, name: str = "file.csv", key: str = "owner", **more: Any) -> dict[str, Any]:
    raw = data.encode() if isinstance(data, str) else data
    return run("import.upload", key, kind=kind, filename=name, content=base64.b64encode(raw).decode(), **more)


def bring(kind: str, data: str | bytes, name: str = "file.csv", key: str = "owner", **more: Any) -> dict[str, Any]:
    found = upload(kind, data, name, key, **more)
    assert found["errors"] == [], found["errors"]
    done = run("import.run", key, batch=found["uid"])
    settle()
    return done


def test_customers() -> None:
    got = bring("customers", "Customer ID,Name,Email,Phone,Street,City,State,Zip\n7,Ruiz Heating,A@B.co,410-555-0101,1 Elm,Salem,md,2118\n")
    assert (got["added"], got["status"]) == (1, "done")
    who = Customer.objects.get(name="Ruiz Heating")
    assert (who.email, who.address, who.external_id) == ("a@b.co", "1 Elm\nSalem, MD 02118", "7")
    assert Site.objects.get(customer=who).postcode == "02118"


def xlsx(rows: list[list[Any]], merged: tuple[str, ...] = ()) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    for area in merged:
        sheet.merge_cells(area)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def balance(code: str, **dims: Any) -> Decimal:
    from bifocal.kernel.ledger.queries import balance as of

    return of(code, **dims)


def acme(**more: Any) -> str:
    return str(run("customer.add", "owner", name="Acme Tower LLC", address="9 Dock St", **more)["uid"])


# ---- the money at the cut-over ------------------------------------------------------------------------------------------------


def test_a_company_moves_in_and_its_sub_ledgers_tie_to_the_old_trial_balance() -> None:
    """Worked on paper: AR 1,250.00 − 50.00 credit + 9,000 unpaid billing; retainage 2,000 + 500; AP 800; sub retainage 300;
    deposits 400; deferred 500 of 1,200 after 7 months."""
    before = {c: balance(c) for c in ("1010", "1100", "1120", "2100", "2110", "2400", "2420", "5110", "3900")}
    bring("customers", "Customer ID,Name,Street\n1,Acme Tower LLC,9 Dock St\n2,Dana Ruiz,1 Elm St\n", source="old")
    bring("vendors", "Vendor ID,Vendor,Terms\nV1,Pipe Supply,Net 30\nV2,Steel Sub,Net 45\n", source="old")
    bring(
        "receivables",
        "Customer ID,Invoice,Date,Due date,Amount,Open balance\n1,1001,5/2/2026,6/1/2026,1500,\"1,250.00\"\n2,CM-9,06/20/2026,,,(50.00)\n",
        source="old", cutover=CUT,
    )  # fmt: skip
    bring("payables", "Vendor,Num,Date,Open balance\nPipe Supply,77,2026-06-01,800\n", source="old", cutover=CUT)
    bring("retainage", "Side,Customer,Vendor,Number,Retainage\nAR,Acme Tower LLC,,P-1,500\nAP,,Steel Sub,S-1,300\n", source="old", cutover=CUT)
    bring("deposits", "Customer,Reference,Amount\nDana Ruiz,chk 5,400\n", source="old", cutover=CUT)
    bring(
        "agreements", "Customer,Plan,Price,Start date,Months,Deferred\nDana Ruiz,Gold,1200,2025-12-01,12,500\n", source="old", cutover=CUT,
    )  # fmt: skip
    bring(
        "projects",
        "Project ID,Project,Customer,Contract sum,Billed to date,Retainage held,Unpaid,Cost code,Cost type,Budget,Cost to date\n"
        "P9,Fit-out,Acme Tower LLC,100000,20000,2000,9000,22-0000,Labor,30000,8000\nP9,,,,,,,23-0000,Material,40000,4000\n".replace("P9,,", "P9,Fit-out,"),
        source="old", cutover=CUT,
    )  # fmt: skip
    tb = {
        "1010": "25000", "1100": "10200", "1120": "2500", "2100": "-800", "2110": "-300", "2400": "-400", "2420": "-500",
        "4210": "-20000", "5110": "8000", "5120": "4000", "3900": "-27700",
    }  # fmt: skip
    # what the demo company's own base has in these accounts comes on top of theirs
    trial = {c: Decimal(v) + before.get(c, Decimal(0)) for c, v in tb.items()}
    from bifocal.kernel.ledger.queries import trial_balance

    for row in trial_balance(date.fromisoformat(CUT)):
        if row["code"] not in tb:
            trial[row["code"]] = row["debit"] - row["credit"]
    text = "Account,Debit,Credit\n" + "".join(f"{c},{v if v > 0 else ''},{-v if v < 0 else ''}\n" for c, v in sorted(trial.items()))
    done = bring("trial_balance", text + "Total,1,1\n", cutover=CUT)
    from bifocal.bridges.imports.models import ImportBatch
    from bifocal.bridges.imports.queries import ties_of

    found = ties_of(ImportBatch.objects.get(uid=done["uid"]))
    assert [(t.account, t.difference) for t in found if t.difference] == []
    assert balance("1100") - before["1100"] == Decimal("10200.00")
    assert all(c["ok"] for c in close_checks()), close_checks()
