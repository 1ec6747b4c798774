"""OSRM over an extract of our own: its programs (found, or taken out of the wheel `osrm-bindings`), building, serving on loopback."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

from bifocal.kernel.travel.ports import Osrm
from bifocal.lib.errors import Refused

WHEEL = "osrm-bindings==26.10.0"
SHA256 = "840d6f82812eb9f9e17c71eb9083dfa15f3be2bfec4965c32aefa48b00d3a951"  # of the wheel for Linux on x86-64
LARGEST = 5000


def programs(kept: Path) -> Path:
    """The folder of OSRM's programs: BIFOCAL_OSRM_BIN, the PATH, an installed wheel, one unpacked under `kept` before.

    Raises Refused where there are none yet (`fetch` brings them).
    """
    options = [Path(p) for p in (os.environ.get("BIFOCAL_OSRM_BIN"), os.path.dirname(shutil.which("osrm-extract") or "")) if p]
    spec = importlib.util.find_spec("osrm")
    options += [Path(place) / "bin" for place in (spec.submodule_search_locations or [] if spec else [])]
    for folder in [*options, kept / "osrm" / "bin"]:
        if (folder / "osrm-extract").exists():
            return folder
    raise Refused("OSRM's programs are not here. Run `bifocal roads build --fetch`, or set BIFOCAL_OSRM_BIN to their folder.")


def fetch(kept: Path) -> Path:
    """Take OSRM's programs out of its wheel (for any Python: only the programs are used). Raises Refused with pip's reason."""
    kept.mkdir(parents=True, exist_ok=True)
    wanted = ["--no-deps", "--python-version", "3.12", "--only-binary", ":all:", "--abi", "abi3", "--implementation", "cp"]
    command = [sys.executable, "-m", "pip", "download", "-q", *wanted, "--platform", "manylinux_2_28_x86_64", "-d", str(kept), WHEEL]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    wheel = next(kept.glob("osrm_bindings-*.whl"), None)
    if done.returncode or wheel is None:
        raise Refused(f"pip can't bring {WHEEL}: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}")
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != SHA256:
        wheel.unlink()
        raise Refused(f"The wheel of {WHEEL} is not the one that was checked; it was thrown away.")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(kept)
    wheel.unlink()
    for program in (kept / "osrm" / "bin").iterdir():
        program.chmod(0o755)
    return kept / "osrm" / "bin"


def build(extract: Path, folder: Path, binaries: Path) -> Path:
    """Make an extract (.osm.pbf) ready for driving times, with contraction hierarchies; the base name of OSRM's files."""
    if not extract.is_file():
        raise Refused(f"There is no file {extract}.")
    folder.mkdir(parents=True, exist_ok=True)
    base = folder / extract.name.removesuffix(".pbf").removesuffix(".osm")
    profile = next((p for p in (binaries.parent / "share/profiles/car.lua", Path("/usr/share/osrm/profiles/car.lua")) if p.exists()), None)
    if profile is None:
        raise Refused(f"There is no car.lua beside {binaries}.")
    copy = folder / extract.name
    if copy.resolve() != extract.resolve():
        shutil.copyfile(extract, copy)
    _run([str(binaries / "osrm-extract"), "-p", str(profile), str(copy)])
    _run([str(binaries / "osrm-contract"), f"{base}.osrm"])
    return Path(f"{base}.osrm")


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - programs of ours
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:] or ["no reason given"]
        raise Refused(f"{Path(command[0]).name} failed: {last[0]}")


@contextlib.contextmanager
def serving(base: Path, binaries: Path) -> Iterator[Osrm]:
    """OSRM's server on a free port of loopback, as long as the block lasts."""
    if not list(base.parent.glob(f"{base.name}.*")):
        raise Refused(f"There are no roads at {base}. Run `bifocal roads build` first.")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(binaries / "osrm-routed"), "-a", "CH", "-i", "127.0.0.1", "-p", str(port), "--max-table-size", str(LARGEST), str(base)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - a program of ours
    try:
        _await(port, process)
        server = Osrm(f"http://127.0.0.1:{port}")
        server.name = f"osrm {base.name}"
        yield server
    finally:
        process.terminate()
        process.wait(10)


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        if process.poll() is not None:
            raise Refused("OSRM's server stopped at once. Build the roads again with the same version.")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return
        time.sleep(0.05)
    raise Refused("OSRM's server does not answer.")
