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
