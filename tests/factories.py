"""Whole things for tests, made through the commands."""

from __future__ import annotations

from datetime import date
from typing import Any

from bifocal.lib.ids import uuid7
from tests.conftest import run

SOV = [
    {"item": "1", "description": "Rough-in", "scheduled_value": "60000.00", "cost_code": "23-0000"},
    {"item": "2", "description": "Trim", "scheduled_value": "40000.00", "cost_code": "26-0000"},
]


def customer(**more: Any) -> dict[str, Any]:
    mark = uuid7().hex[-8:]
    return run("customer.add", "owner", name=f"Customer {mark}", email=f"{mark}@example.com", **more)


def site(owner: str, **more: Any) -> str:
    return str(
        run(
            "site.add",
            "owner",
            customer=owner,
            address=f"{uuid7().hex[-6:]} Test Street",
            city="Baltimore",
            state="MD",
            tax_code="MD",
            **more,
        )["uid"]
    )


def call(**more: Any) -> dict[str, Any]:
    mark = uuid7().hex[-8:]
    args = {
        "job_type": "AC-REPAIR",
        "customer_name": f"Caller {mark}",
        "address": f"{mark} Elm Street",
        "tax_code": "MD",
        "branch": "BAL",
        **more,
    }
    return run("call.book", "dispatch", **args)


def project(*, signed: bool = True, retainage: str = "0.10", lines: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """A project with its contract of 100,000.00, an approver and an architect."""
    who = customer(sort="commercial")["uid"]
    where = site(who)
    approver = run("contact.add", "pm", customer=who, name="Jonah Reed", role="approver", email="reed@example.com")["uid"]
    architect = run("contact.add", "pm", customer=who, name="Ada Lindqvist", role="architect")["uid"]
    job = run("project.create", "pm", customer=who, site=where, title="Fit-out", branch="BAL", business_unit="MEP")["uid"]
    wanted = lines or SOV
    total = sum(float(li["scheduled_value"]) for li in wanted)
    contract = run(
        "contract.write",
        "pm",
        job=job,
        number="C-1",
        sum=f"{total:.2f}",
        lines=wanted,
        starts=date.today(),
        days=60,
        retainage_work=retainage,
        retainage_stored=retainage,
    )["uid"]
    if signed:
        run("contract.sign", "pm", contract=contract)
    return {"job": job, "contract": contract, "customer": who, "site": where, "approver": approver, "architect": architect}


def sent_change(made: dict[str, Any], cost: str = "1500.00") -> dict[str, Any]:
    """A priced change order, sent to the owner."""
    uid = run("change.draft", "pm", job=made["job"], title="More work")["uid"]
    run("change.price", "pm", change=uid, days=2, lines=[{"description": "More", "cost_code": "23-0000", "cost_type": "L", "cost": cost}])
    return run("change.send", "pm", change=uid, approver=made["approver"])
