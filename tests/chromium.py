"""Find a Chromium for the browser tests, or install one: the PATH's, else Playwright's own, else Debian's package."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys


def find() -> str | None:
    """The path of a Chromium, or None where Playwright's own is to be used."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    return None


def playwrights_own() -> bool:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as p:
        return os.path.exists(p.chromium.executable_path)


def main() -> int:
    if find() or playwrights_own():
        return 0
    if (
        subprocess.run(
            [sys.executable, "-m", "playwright", "install", "chromium"], check=False, capture_output=True, timeout=600
        ).returncode
        == 0
        and playwrights_own()
    ):
        return 0
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if shutil.which("apt-get"):
        subprocess.run([*root, "apt-get", "update", "-qq"], check=False)
        subprocess.run([*root, "apt-get", "install", "-y", "-qq", "chromium"], check=False, stdout=subprocess.DEVNULL)
    if find():
        return 0
    print("No Chromium was found and none could be installed: apt-get install chromium, or put one on the PATH.", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
