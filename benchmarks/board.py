"""Measure the board with 50 technicians × 400 visits in real browsers, against a running demo server. Prints a table, writes JSON.

`python benchmarks/board.py [URL]`; figures of issue 4: a move paints in under 50 ms, a published change reaches another browser in
under 1 s. Server, both browsers and this script share the cores; the load of the machine is told with the figures.
"""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))
from run import PASSWORD, client, do, p95
from tests.chromium import find

URL = sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8000"
PEOPLE, A_DAY, MOVES = 50, 8, 12
BRANCH = "BRD"
DAY = (found := date.today() + timedelta(days=90)) + timedelta(days=7 - found.weekday())
ZONE = ZoneInfo("America/New_York")

# from the end of the drag to the frame after the one in which the visit stands elsewhere
WATCH = """() => { window.painted = []; window.addEventListener('pointerup', () => { const t = performance.now();
  requestAnimationFrame(() => { const c = new MessageChannel(); c.port1.onmessage = () => window.painted.push(performance.now() - t); c.port2.postMessage(0); });
}, true); }"""


def company(http: httpx.Client) -> None:
    """A branch of 50 technicians with 400 visits on one day, spread over a town."""
    do(http, "branch.set", code=BRANCH, name="Benchmark", tz="America/New_York")
    mark = uuid4().hex[:6]
    for n in range(PEOPLE):
        who = do(http, "person.hire", name=f"Tech {n:02d} {mark}", branch=BRANCH, trade="hvac", dispatchable=True)["uid"]
        do(http, "person.give_skill", person=who, skill="hvac", expires="2099-12-31")
        customer = do(http, "customer.add", name=f"Street {n:02d} {mark}")["uid"]
        items = []
        for k in range(A_DAY):
            place = {"lat": f"{39.2 + (n * 7 + k * 3) % 20 / 100:.4f}", "lng": f"{-76.7 + (n * 3 + k * 11) % 20 / 100:.4f}"}
            site = do(http, "site.add", customer=customer, address=f"{n}{k} {mark} Street", **place)["uid"]
            start = datetime.combine(DAY, datetime.min.time(), ZONE) + timedelta(hours=6, minutes=90 * k)
            args = {"job_type": "TUNE-UP", "branch": BRANCH, "customer": customer, "site": site, "even_if_open": True, "technician": who}
            call = {"request_id": str(uuid4())}
            items.append({"command": "call.book", "args": {**args, "start": start.isoformat()}, "call": call})
        http.post("/commands", json={"commands": items}).raise_for_status()


def signed_in(browser: Any, key: str) -> Any:
    """A browser of one dispatcher with the board open."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=True).new_page()
    page.goto(f"{URL}/account/login/")
    page.fill("[name=login]", f"{key}@harbor.example")
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_selector("nav.rail", state="attached")
    page.goto(f"{URL}/dispatch?branch={BRANCH}&day={DAY}")
    page.wait_for_timeout(1500)
    return page


def moved(one: Any, two: Any, n: int) -> float:
    """Drag a visit half an hour on; seconds until the other browser shows it there."""
    row = one.locator("[data-row=person]").nth(n)
    band = row.locator("[data-visit]").last
    band.scroll_into_view_if_needed()
    visit, box = band.get_attribute("data-visit"), band.bounding_box()
    was = two.evaluate(f"document.querySelector('#board [data-visit=\"{visit}\"]').style.left")
    step = row.locator(".lane").bounding_box()["width"] / 14 / 4
    one.mouse.move(box["x"] + 8, box["y"] + 20)
    one.mouse.down()
    one.mouse.move(box["x"] + 8 + step, box["y"] + 22, steps=3)
    one.wait_for_timeout(150)
    begun = time.monotonic()
    one.mouse.up()
    two.wait_for_function(f"document.querySelector('#board [data-visit=\"{visit}\"]').style.left !== '{was}'", polling="raf")
    seconds = time.monotonic() - begun
    one.wait_for_timeout(900)
    return seconds


def asked(http: httpx.Client, path: str, count: int, **params: str) -> list[float]:
    """Wall seconds of a read, after one to warm up."""
    times = []
    for _ in range(count + 1):
        begun = time.perf_counter()
        http.get(path, params=params).raise_for_status()
        times.append(time.perf_counter() - begun)
    return times[1:]


def main() -> None:
    """Set up, measure, tell."""
    from playwright.sync_api import sync_playwright

    http = client()
    shown = http.get("/board", params={"branch": BRANCH, "day": str(DAY)})
    if shown.status_code != 200 or sum(len(p["bands"]) for p in shown.json()["people"]) < PEOPLE * A_DAY:
        company(http)
        shown = http.get("/board", params={"branch": BRANCH, "day": str(DAY)})
    visit = shown.json()["people"][0]["bands"][0]["visit"]["uid"]
    start = f"{DAY}T20:00:00-05:00"
    fit = asked(http, f"/visits/{visit}/fit", 20, start=start)
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=find(), args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"])
        one, two = signed_in(browser, "dispatch"), signed_in(browser, "dispatch2")
        one.evaluate(WATCH)
        seen = [moved(one, two, n) for n in range(MOVES)]
        painted = [t / 1000 for t in one.evaluate("window.painted")]
        browser.close()
    told = {
        "technicians": PEOPLE, "visits": PEOPLE * A_DAY, "moves": MOVES, "load": round(os.getloadavg()[0], 1),
        "paint_median_ms": round(sorted(painted)[len(painted) // 2] * 1000, 1), "paint_p95_ms": p95(painted),
        "other_browser_median_ms": round(sorted(seen)[len(seen) // 2] * 1000), "other_browser_p95_ms": p95(seen),
        "fit_median_ms": round(sorted(fit)[len(fit) // 2] * 1000, 1), "fit_p95_ms": p95(fit),
    }  # fmt: skip
    for name, value in told.items():
        print(f"{name:28}{value}")
    (Path(__file__).parent / "board.json").write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
