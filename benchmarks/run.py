"""Measure what the issue gives figures for, against a running demo server on the same machine. Prints a table, writes JSON.

`python benchmarks/run.py [URL]`; client and server share the cores.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

URL = sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8000"
PASSWORD = "harbor-demo-2026"


def client(key: str = "owner") -> httpx.Client:
    """A signed-in client with one kept connection."""
    token = httpx.post(f"{URL}/api/v1/sign-in", json={"email": f"{key}@harbor.example", "password": PASSWORD}).json()["token"]
    return httpx.Client(base_url=f"{URL}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=60)


def do(http: httpx.Client, command: str, at: datetime | None = None, **args: Any) -> dict[str, Any]:
    """One command; raises on any refusal."""
    body = {**args, "call": {"request_id": str(uuid4()), "occurred_at": at.isoformat() if at else None}}
    reply = http.post(f"/commands/{command}", content=json.dumps(body, default=str), headers={"Content-Type": "application/json"})
    if reply.status_code != 200:
        raise RuntimeError(f"{command}: {reply.status_code} {reply.text[:200]}")
    return dict(reply.json())


def cycle(http: httpx.Client, person: str, start: datetime) -> None:
    """Customer and site, job, schedule, complete with a part and an hour of labor, invoice posted, payment allocated."""
    mark = uuid4().hex[:10]
    made = do(
        http,
        "call.book",
        job_type="AC-REPAIR",
        customer_name=f"Bench {mark}",
        address=f"{mark} Bench Street",
        tax_code="MD",
        branch="BAL",
        technician=person,
        start=start,
    )
    visit = made["visit"]
    do(http, "visit.start_work", start, visit=visit, person=person)
    do(http, "visit.use_part", start, visit=visit, item="CAP-45-5", person=person)
    do(http, "visit.finish", start + timedelta(hours=1), visit=visit, outcome="completed", person=person)
    invoice = do(http, "job.bill", start + timedelta(hours=1), job=made["uid"])
    part = [{"invoice": invoice["uid"], "amount": invoice["due_amount"]}]
    do(http, "payment.take", start + timedelta(hours=1), job=made["uid"], amount=invoice["due_amount"], method="cash", parts=part)


def technician(http: httpx.Client) -> str:
    """A new technician with the certificate and a truck of parts."""
    name = f"Bench {uuid4().hex[:8]}"
    person = str(do(http, "person.hire", name=name, branch="BAL", trade="hvac", dispatchable=True, rate="30", burden="10")["uid"])
    do(http, "person.give_skill", person=person, skill="epa608", expires="2099-12-31")
    do(http, "location.add", name=f"Truck of {name}", sort="truck", person=person)
    return person


def p95(times: list[float]) -> float:
    """The 95th percentile in milliseconds."""
    return round(sorted(times)[max(0, int(len(times) * 0.95) - 1)] * 1000, 1)


def timed(act: Any, count: int) -> list[float]:
    """Wall seconds of each call."""
    out = []
    for n in range(count):
        begin = time.perf_counter()
        act(n)
        out.append(time.perf_counter() - begin)
    return out


def main() -> None:
    """Run all measures."""
    http = client()
    people = [technician(http) for _ in range(9)]  # one a client, new in each run: nobody fights for a clock
    base = datetime.fromisoformat(f"{date.today() + timedelta(days=9)}T00:00:00+00:00")
    one = timed(lambda n: cycle(http, people[0], base + timedelta(hours=3 * n)), 40)
    found: dict[str, Any] = {"cycle_1_client_p50_ms": round(statistics.median(one) * 1000, 1), "cycle_1_client_p95_ms": p95(one)}
    errors: list[str] = []

    def worker(n: int) -> int:
        mine, good = client(), 0
        end = time.perf_counter() + 15
        while time.perf_counter() < end:
            try:
                cycle(mine, people[n + 1], base + timedelta(hours=3 * good))
                good += 1
            except RuntimeError as error:
                errors.append(str(error))
        return good

    begin = time.perf_counter()
    with ThreadPoolExecutor(8) as pool:
        good = sum(pool.map(worker, range(8)))
    found |= {
        "cycles_8_clients_per_s": round(good / (time.perf_counter() - begin), 2),
        "errors_8_clients": len(errors),
        "first_error": errors[:1],
    }
    found["jobs_in_database"] = http.get("/jobs").json()["count"]
    found["list_with_count_p95_ms"] = p95(timed(lambda n: http.get("/jobs?size=50"), 100))
    words = ["5550", "elm st", "alvarez", "J-41", "canton", "thor", "ight", "INV-2"]
    found["search_p95_ms"] = p95(timed(lambda n: http.get("/search", params={"q": words[n % len(words)]}), 160))
    Path(__file__).with_name("results.json").write_text(json.dumps(found, indent=1) + "\n")
    for name, value in found.items():
        print(f"{name:<28} {value}")


if __name__ == "__main__":
    main()
