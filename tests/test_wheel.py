"""The wheel as a shop would have it: no Node, no sources, an empty database; one command, then the first visitor.

It is built once, unpacked, and started from there, with only its folder and the installed packages to be found.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from bifocal.front import postgres
from tests.test_setup import pair

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "--wheel-dir", name, str(ROOT)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stderr
        yield next(Path(name).glob("bifocal-*.whl"))


def test_the_wheel_holds_everything_that_runs_and_nothing_that_does_not(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    tracked = subprocess.run(["git", "ls-files", "src/bifocal"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    there = {t.removeprefix("src/") for t in tracked if (ROOT / t).exists()}
    assert there - names == set()
    dist = "bifocal/front/static/dist/"
    manifest = json.loads(zipfile.ZipFile(wheel).read(f"{dist}.vite/manifest.json"))
    built = {manifest["src/main.ts"]["file"], *manifest["src/main.ts"]["css"]}
    assert {dist + b for b in built} | {f"{dist}icons.svg"} <= names
    assert not [n for n in names if "node_modules" in n or n.endswith((".ts", ".pyc", ".map")) or n.startswith(("tests/", "var/"))]
    said = zipfile.ZipFile(wheel).read(next(n for n in names if n.endswith("METADATA"))).decode()
    assert "License-Expression: Apache-2.0" in said and any(n.endswith("licenses/LICENSE") for n in names)


def free_port() -> int:
    """A port whose next one is free too: the live events take that."""
    while True:
        with socket.socket() as a, socket.socket() as b:
            a.bind(("127.0.0.1", 0))
            try:
                b.bind(("127.0.0.1", a.getsockname()[1] + 1))
            except OSError:
                continue
            return int(a.getsockname()[1])


class Shop:
    """One installation: its folder, its port, and its server where it runs."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, free_port()
        self.url = f"http://localhost:{self.port}"
        (home / "bin").mkdir()
        self.env = {
            "PATH": str(home / "bin"),
            "PYTHONPATH": f"{home / 'app'}:{next(p for p in sys.path if p.endswith('site-packages'))}",
            "BIFOCAL_VAR": str(home / "var"),
            "HOME": str(home),
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Run `bifocal up` until it answers; what it printed."""
        out = self.home / "up.log"
        command = [sys.executable, "-P", "-m", "bifocal.front.cli", "up", "--port", str(self.port)]
        self.process = subprocess.Popen(command, cwd=self.home, env=self.env, stdout=out.open("wb"), stderr=subprocess.STDOUT)
        for _ in range(1200):
            assert self.process.poll() is None, out.read_text()
            try:
                if httpx.get(f"{self.url}/healthz", verify=False).status_code == 200:
                    return out.read_text()
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError(out.read_text())

    def cli(self, *args: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-P", "-m", "bifocal.front.cli", *args]
        return subprocess.run(command, cwd=self.home, env=self.env, capture_output=True, text=True, check=False, timeout=120)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        assert self.process is not None
        self.process.send_signal(how)
        self.process.wait(40)


@pytest.fixture(scope="module")
def shop(wheel: Path) -> Iterator[Shop]:
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        home.chmod(0o755)
        zipfile.ZipFile(wheel).extractall(home / "app")
        made = Shop(home)
        yield made
        if made.process and made.process.poll() is None:
            made.stop()
        postgres.stop(home / "var" / "postgres")


def token_of(page: httpx.Client) -> str:
    return str(page.cookies["csrftoken"])


def serves_the_built_pages_and_leads_the_first_visitor_to_the_set_up(shop: Shop) -> None:
    assert shutil.which("node", path=shop.env["PATH"]) is None
    printed = shop.start()
    link = re.search(r"http://localhost:\d+/welcome\?token=\S+", printed)
    assert link, printed
    with httpx.Client(base_url=shop.url, follow_redirects=True) as page:
        assert page.get("/").url.path == "/welcome"
        html = page.get(link.group()).text
        for asset in re.findall(r'"(/static/dist/assets/[^"]+)"', html):
            assert len(page.get(asset).content) > 10_000, asset
        token = re.search(r"token=(\S+)", link.group())
        assert token
        fields = {"token": token.group(1), "company": "Bay Heating", "name": "Olga", "email": "o@example.com", "password": "a-long-password-1",
                  "again": "a-long-password-1", "branch": "Main office", "tz": "America/Chicago", "address": shop.url, "csrfmiddlewaretoken": token_of(page)}  # fmt: skip
        made = page.post("/welcome", data=fields)
        assert made.url.path == "/workmix" and "Bay Heating" in page.get("/settings").text
        today = page.get("/")
        assert today.status_code == 200 and "since the last backup" in today.text or "since a backup" in today.text
        with ThreadPoolExecutor(8) as crowd:  # over both workers: they would stumble over a connection that they shared
            assert {r.status_code for r in crowd.map(page.get, ["/", "/jobs", "/customers", "/settings"] * 12)} == {200}
    again = shop.cli("createowner", "--email", "second@example.com", "--name", "Sven", "--password", "a-long-password-2")
    assert again.returncode == 0, again.stderr


def killed_with_kill_9_it_starts_again_with_all_it_had(shop: Shop) -> None:
    """The web server and the database, both without warning; nothing of either is left when it starts again."""
    assert shop.process is not None
    database = postgres.running(shop.home / "var/postgres/data")
    children = [int(p) for p in Path(f"/proc/{shop.process.pid}/task/{shop.process.pid}/children").read_text().split()]
    workers = [int(p) for c in children for p in Path(f"/proc/{c}/task/{c}/children").read_text().split()]
    for pid in [shop.process.pid, *children, *workers, database or 0]:
        os.kill(pid, signal.SIGKILL)
    shop.process.wait(10)
    began = time.monotonic()
    printed = shop.start()
    assert time.monotonic() - began < 60 and "/welcome" not in printed
    with httpx.Client(base_url=shop.url, follow_redirects=True) as page:
        page.get("/account/login/")
        fields = {"login": "o@example.com", "password": "a-long-password-1", "csrfmiddlewaretoken": token_of(page)}
        assert page.post("/account/login/", data=fields).url.path == "/"


def a_certificate_of_our_own_is_taken_up_and_given_up_again(shop: Shop) -> None:
    with httpx.Client(base_url=shop.url, follow_redirects=True) as page:
        page.get("/account/login/")
        page.post(
            "/account/login/", data={"login": "o@example.com", "password": "a-long-password-1", "csrfmiddlewaretoken": token_of(page)}
        )
        cert, key = pair("localhost")
        sent = {"certificate": ("c.pem", cert), "key": ("k.pem", key)}
        kept = page.post("/settings/certificate", files=sent, data={"csrfmiddlewaretoken": token_of(page)})
        assert kept.status_code == 200 and "localhost" in kept.text
    told = shop.cli("site", "--https", "certificate", "--json")
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout) == {"address": f"https://localhost:{shop.port}", "https": "certificate"}
    reply = wait_for(f"https://localhost:{shop.port}/account/login/")
    assert reply.headers["Strict-Transport-Security"] and "Secure" in reply.headers["Set-Cookie"]
    back = shop.cli("site", "--https", "off")
    assert back.returncode == 0, back.stderr
    assert wait_for(f"{shop.url}/account/login/").status_code == 200


def wait_for(url: str) -> Any:
    for _ in range(600):
        try:
            return httpx.get(url, verify=False)
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")


def sign_ins_after_a_clean_stop(shop: Shop) -> int:
    shop.stop()
    assert postgres.running(shop.home / "var/postgres/data") is None
    log = (shop.home / "var/postgres/data/server.log").read_text()
    assert "shut down" in log or not (shop.home / "var/postgres/data/postmaster.pid").exists()
    postgres.ensure(shop.home / "var/postgres")
    with psycopg.connect(**postgres.owner_params(shop.home / "var/postgres"), dbname="bifocal") as db:
        found = db.execute("select count(*) from core_user").fetchone()
    assert found
    return int(found[0])


def test_an_installation_from_its_first_visitor_over_a_kill_to_its_own_certificate_and_a_clean_stop(shop: Shop) -> None:
    """One story, since starting is what takes time."""
    serves_the_built_pages_and_leads_the_first_visitor_to_the_set_up(shop)
    killed_with_kill_9_it_starts_again_with_all_it_had(shop)
    a_certificate_of_our_own_is_taken_up_and_given_up_again(shop)
    assert sign_ins_after_a_clean_stop(shop) == 2  # no process, no locked database, and both owners are there
