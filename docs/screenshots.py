"""Take the documentation's pictures from a running demo: `bifocal demo` and `bifocal demonstrate` first, then `make screenshots`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import httpx
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

URL = sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8000"
OUT = Path(__file__).parent / "images"
PASSWORD = "harbor-demo-2026"


def main() -> None:
    """Sign in as the owner and photograph the pages that the README and the tutorial show."""
    OUT.mkdir(exist_ok=True)
    token = httpx.post(f"{URL}/api/v1/sign-in", json={"email": "owner@harbor.example", "password": PASSWORD}).json()["token"]
    api = httpx.Client(base_url=f"{URL}/api/v1", headers={"Authorization": f"Bearer {token}"})
    projects = api.get("/jobs?profile=project&work_status=in_progress").json()["rows"]
    job = api.get(f"/jobs/{projects[-3]['uid']}").json()  # one with a baseline, a look-ahead and a simulation
    app = api.get(f"/contracts/{job['contract']['uid']}").json()["payapps"][-1]["uid"]
    pages = {"today": "/", "dispatch": "/dispatch", "schedule": f"/jobs/{job['uid']}?tab=schedule", "budget": f"/jobs/{job['uid']}?tab=budget", "payapp": f"/payapps/{app}", "close": "/money/close"}
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-dev-shm-usage"])
        page = browser.new_page(viewport={"width": 1440, "height": 855})
        page.goto(f"{URL}/account/login/")
        page.fill("[name=login]", "owner@harbor.example")
        page.fill("[name=password]", PASSWORD)
        page.click("main button")
        page.wait_for_url(lambda url: "/login" not in url)  # the tour opens for the owner's first sign-in
        for name, path in pages.items():
            page.goto(URL + path)
            page.wait_for_timeout(2500)  # the Gantt and the board draw themselves after the page is there
            page.screenshot(path=OUT / f"{name}.png")
        _phone(browser)
        browser.close()
    for picture in OUT.glob("*.png"):  # flat colors: a palette shows them and takes half the room
        Image.open(picture).convert("RGB").quantize(256).save(picture, optimize=True)


def _phone(browser: Browser) -> None:
    """A technician's day on a phone whose browser asks for Spanish."""
    page = browser.new_context(viewport={"width": 390, "height": 760}, locale="es-US", color_scheme="dark").new_page()
    page.goto(f"{URL}/account/login/")
    page.fill("[name=login]", "tech@harbor.example")
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_url(lambda url: "/login" not in url)  # the tour opens for the owner's first sign-in
    page.locator(".stop").first.click()
    page.wait_for_timeout(2500)  # the Gantt and the board draw themselves after the page is there
    page.screenshot(path=OUT / "phone-es.png")


if __name__ == "__main__":
    main()
