"""Measure the Gantt in a real browser against a running demo server: open, change one duration, scroll; 2,000 and 5,000 activities.

`python benchmarks/gantt.py [URL] [sizes…]` writes benchmarks/gantt.json. Server, database and browser share the cores; the load of the
machine is written with the figures. A change counts from the request to the painted rows, by the page's own clock.
"""

from __future__ import annotations

import base64
import json
import os
import random
import statistics
import sys
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import sync_playwright

from bifocal.engines.cpm import Activity, Link, Network, Project, minute, weekly
from bifocal.engines.cpm.formats import ScheduleFile, write

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.chromium import find  # noqa: E402

URL = sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8000"
SIZES = [int(n) for n in sys.argv[2:]] or [2000, 5000]
PASSWORD = "harbor-demo-2026"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
SCROLL = """async () => {
  const frames = []; let last = performance.now();
  for (let i = 0; i < 60; i++) {
    chart.gantt.scrollTo(null, (chart.gantt.getScrollState().y ?? 0) + 240);
    await new Promise(requestAnimationFrame);
    const now = performance.now(); frames.push(now - last); last = now;
  }
  return frames;
}"""


def network(n: int) -> Network:
    """A plan of n activities: one to nine days, each behind one of the 30 before it."""
    from datetime import datetime

    rng, hours = random.Random(n), weekly("1")  # noqa: S311 a sample, not a secret
    acts = tuple(Activity(str(i + 1), f"A{i:05d}", "1", d := 480 * rng.randint(1, 9), d, f"Work {i}", project="1") for i in range(n))
    links = tuple(Link(str(max(1, i - rng.randint(0, 29))), str(i + 1), rng.choice(("FS", "FS", "FS", "SS"))) for i in range(1, n))
    return Network((Project("1", minute(datetime(2027, 1, 4, 8)), None, None, "1", name="BENCH"),), (hours,), acts, links)


def job_of(http: httpx.Client, n: int) -> str:
    """A project with n activities, brought in as an XER."""

    def do(command: str, **args: Any) -> dict[str, Any]:
        reply = http.post(f"/commands/{command}", json=args)
        if reply.status_code != 200:
            raise RuntimeError(f"{command}: {reply.text[:300]}")
        return dict(reply.json())

    who = do("customer.add", name=f"Gantt bench {n}", even_if_twin=True)["uid"]
    where = do("site.add", customer=who, address="1 Bench Street")["uid"]
    job: str = do("project.create", customer=who, site=where, title=f"Bench {n}", branch="BAL", business_unit="MEP")["uid"]
    content = base64.b64encode(write(ScheduleFile("xer", network(n), {}), "xer")).decode()
    do("schedule.accept_update", update=do("schedule.upload", job=job, content=content, filename="bench.xer")["uid"])
    return job


def measured(page: Any, job: str, n: int) -> dict[str, Any]:
    """Open, three changes, sixty scrolls."""
    page.goto(f"{URL}/jobs/{job}?tab=schedule")
    page.wait_for_selector("#gantt[data-ready]", timeout=60_000)
    opened = page.evaluate("Math.round(performance.now())")
    took = []
    for days in (11, 12, 13, 14, 15):
        page.evaluate(
            "([code, minutes]) => chart.change([{do: 'resize', activity: [...chart.schedule.rows.values()].find(r => r.code === code).uid, minutes}])",
            [f"A{n // 2:05d}", 480 * days],
        )
        took.append(int(page.evaluate("document.querySelector('#gantt').dataset.took")))
    frames = sorted(page.evaluate(SCROLL))
    return {
        "activities": n, "open_ms": opened, "change_ms": {"best": min(took), "median": statistics.median(took), "worst": max(took)},
        "scroll_frame_ms": {"median": round(statistics.median(frames), 1), "p95": round(frames[int(len(frames) * 0.95)], 1)},
    }  # fmt: skip


def main() -> None:
    """Measure and write."""
    token = httpx.post(f"{URL}/api/v1/sign-in", json={"email": "owner@harbor.example", "password": PASSWORD}).json()["token"]
    http = httpx.Client(base_url=f"{URL}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=120)
    rows = []
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=find(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{URL}/account/login/")
        page.fill("[name=login]", "pm@harbor.example")
        page.fill("[name=password]", PASSWORD)
        page.click("main button")
        page.wait_for_selector("nav.rail")
        for n in SIZES:
            rows.append(measured(page, job_of(http, n), n))
            print(rows[-1])
        browser.close()
    told = {"load_average_1min": round(os.getloadavg()[0], 1), "cores": os.cpu_count(), "rows": rows}
    (Path(__file__).parent / "gantt.json").write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
