"""Promotion, a cost transfer, one calendar, one customer page."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from bifocal.front.demonstrate.service import after, first_offer
from bifocal.front.demonstrate.story import Stage


def play(stage: Stage, call: dict[str, Any], built: dict[str, Any]) -> None:
    """What needs both lenses on one record."""
    job = _call_that_grows(stage, call)
    _promote(stage, job)
    _move_cost(stage, job, built)
    _one_calendar(stage, job)
    page = stage.people["bookkeeper"].read(f"/customers/{call['customer']}")
    balance = page["balance"]
    stage.expect(f"the customer has one balance: service due {balance['service_due']}, progress due {balance['progress_due']},"
                 f" retainage {balance['retainage']}, unapplied {balance['unapplied']}", Decimal(balance["total"]) >= 0)  # fmt: skip


def _call_that_grows(stage: Stage, call: dict[str, Any]) -> str:
    booked = stage.step("dispatcher", "books a second call for Mrs. Alvarez: the old furnace", "call.book", job_type="HEAT-REPAIR", title="Furnace fails",
                        customer=call["customer"], site=call["site"], branch="BAL")  # fmt: skip
    offer = first_offer(stage, booked["visit"])
    start, visit = offer["start"], booked["visit"]
    stage.step("dispatcher", "schedules it", "visit.schedule", visit=visit, technician=offer["person"], start=start)
    stage.step("technician", "works on it", "visit.start_work", visit=visit, at=after(start, 5))
    stage.step("technician", "leaves with the outcome: diagnosed, a quote is wanted", "visit.finish", visit=visit, outcome="diagnosed_quote_left",
               note="Heat exchanger cracked.", at=after(start, 65))  # fmt: skip
    stage.step("bookkeeper", "approves the time", "time.approve", job=booked["uid"])
    stage.step("technician", "bills the diagnosis", "job.bill", job=booked["uid"], at=after(start, 70))
    uid: str = booked["uid"]
    return uid


def _promote(stage: Stage, job: str) -> None:
    before = stage.people["bookkeeper"].read(f"/jobs/{job}")
    billed = Decimal(before["billed"])
    stage.refuse("manager", "tries to promote it with a contract below what was billed", "job.promote", job=job, number="ALV-1", sum="100.00", starts=stage.today,
                 lines=[])  # fmt: skip
    contract = stage.step("manager", "promotes the job to a project in place: furnace replacement for 14,000.00 more", "job.promote", job=job, number=f"ALV-{job[-6:]}",
                          sum=str(billed + 14000), starts=stage.today, days=30,
                          lines=[{"item": "1", "description": "Furnace replacement", "scheduled_value": "14000.00", "cost_code": "23-0000"}])  # fmt: skip
    now = stage.people["bookkeeper"].read(f"/jobs/{job}")
    stage.expect(
        "same id, same number; its visit, time and invoice stayed",
        now["number"] == before["number"] and len(now["visits"]) == len(before["visits"]),
    )
    sov = stage.people["manager"].read(f"/contracts/{contract['uid']}")["sov"]
    stage.expect(
        f"what was billed is the line 'Work before contract', {billed}",
        sov[0]["before_contract"] and Decimal(sov[0]["scheduled_value"]) == billed,
    )
    app = stage.step(
        "manager",
        "bills the first half of the replacement",
        "payapp.draft",
        contract=contract["uid"],
        period_to=stage.today,
    )["uid"]
    stage.step("manager", "fills it", "payapp.fill", payapp=app, lines=[{"item": "1", "this_period": "7000.00"}])
    sheet = stage.people["manager"].read(f"/payapps/{app}")
    stage.expect("line 7 holds the invoice from before, line 8 asks for 6,300.00",
                 (Decimal(sheet["g702"]["7"]), Decimal(sheet["g702"]["8"])) == (billed, Decimal("6300.00")))  # fmt: skip
    stage.step("manager", "submits it", "payapp.submit", payapp=app)


def _move_cost(stage: Stage, job: str, built: dict[str, Any]) -> None:
    books = stage.people["bookkeeper"]
    mine, theirs = books.read(f"/jobs/{job}/costs"), books.read(f"/jobs/{built['job']}/costs")
    line = next(li for li in theirs["lines"] if li["quantity"] and li["person"])
    moved = stage.step("bookkeeper", f"moves {line['person']}'s {Decimal(line['quantity']):g} hours from the project to Mrs. Alvarez's job, with the reason", "cost.move",
                       from_job=built["job"], to_job=job, lines=[line["id"]], reason="Was at Elm Street that day")  # fmt: skip
    after_mine, after_theirs = books.read(f"/jobs/{job}/costs"), books.read(f"/jobs/{built['job']}/costs")
    gained = Decimal(after_mine["posted_cost"]) - Decimal(mine["posted_cost"])
    lost = Decimal(theirs["posted_cost"]) - Decimal(after_theirs["posted_cost"])
    stage.expect(f"what one job lost the other gained, {gained}, with its burden", gained == lost == Decimal(moved["amount"]))
    stage.refuse(
        "bookkeeper",
        "tries to move the same hours again",
        "cost.move",
        from_job=built["job"],
        to_job=job,
        lines=[line["id"]],
        reason="again",
    )


def _one_calendar(stage: Stage, job: str) -> None:
    plan = stage.people["manager"].read(f"/jobs/{job}/schedule")
    work = next(a for a in plan["activities"] if a["code"] == "A30")
    crews = stage.people["manager"].read("/crews")
    people = {p["name"]: p["uid"] for p in stage.people["owner"].read("/people")}
    crew = next((c for c in crews if c["name"] == "Loaned to projects"), None)
    if crew is None:
        crew = stage.step("owner", "forms a crew with a service technician in it", "crew.form", name="Loaned to projects", foreman=people["Rosa Delgado"],
                          members=[people["Sam Tran"]])  # fmt: skip
    first = _free_day(stage, [people["Sam Tran"], people["Rosa Delgado"]])
    stage.step(
        "manager",
        "books that crew for a day of the replacement",
        "crew.book",
        activity=work["uid"],
        crew=crew["uid"],
        first=first,
        last=first,
    )
    site = stage.people["dispatcher"].read(f"/jobs/{job}")
    booked = stage.step("dispatcher", "books another call at the house", "call.book", job_type="HEAT-REPAIR", title="Noise upstairs", customer=site["customer"],
                        site=site["site"], even_if_open=True, branch="BAL")  # fmt: skip
    said = stage.refuse("dispatcher", "tries to give it to Sam on that day", "visit.schedule", visit=booked["visit"], technician=people["Sam Tran"],
                        start=f"{first}T09:00:00-05:00")  # fmt: skip
    stage.expect("the refusal says who holds him", "Sam Tran is on" in said)


def _free_day(stage: Stage, uids: list[str]) -> str:
    day = stage.today + timedelta(days=60)
    while True:
        day += timedelta(days=1)
        if day.weekday() < 5 and not any(stage.people["manager"].read(f"/people/{u}/day", day=day) for u in uids):
            return str(datetime.combine(day, datetime.min.time()).date())
