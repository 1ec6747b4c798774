"""A warranty call at the project's site: booked, worked, closed, its cost known and its origin named."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bifocal.front.demonstrate.service import after, first_offer
from bifocal.front.demonstrate.story import Stage


def play(stage: Stage, built: dict[str, Any]) -> None:
    """From the tenant's call to the closed job; nothing is billed, nothing is lost."""
    made = stage.step("dispatcher", "books a warranty call at that site: linked to the project, no charge", "warranty.call", project=built["job"],
                      title="Thermostat on 3 does not hold", job_type="HEAT-REPAIR")  # fmt: skip
    stage.expect(
        f"the call names its project {made['origin']} and its warranty: {made['warranty']} until {made['until']}", bool(made["origin"])
    )
    offer = first_offer(stage, made["visit"])
    start, visit, job = offer["start"], made["visit"], made["uid"]
    stage.step(
        "dispatcher",
        f"schedules {offer['name']}, who is free and certified",
        "visit.schedule",
        visit=visit,
        technician=offer["person"],
        start=start,
    )
    stage.step("technician", "works on it", "visit.start_work", visit=visit, at=after(start, 10))
    stage.step("technician", "is done in forty minutes", "visit.finish", visit=visit, outcome="completed", note="Sensor wire was loose.",
               signed_by="Tenant, floor 3", at=after(start, 50))  # fmt: skip
    stage.refuse("technician", "tries to bill it", "job.bill", job=job, at=after(start, 51))
    stage.step("bookkeeper", "approves the time", "time.approve", job=job)
    stage.step("bookkeeper", "closes it: no invoice, its cost is known", "job.close", job=job)
    costs = stage.people["bookkeeper"].read(f"/jobs/{job}/costs")
    stage.expect(f"the warranty cost {costs['cost']} and earned nothing", Decimal(costs["cost"]) > 0 and Decimal(costs["revenue"]) == 0)
    site = stage.people["dispatcher"].read(f"/sites/{built['site']}")
    stage.expect("the site shows the project and the call in one history", {built["job"], job} <= {j["uid"] for j in site["jobs"]})
