"""What the server loads before it forks: nothing heavy that only a solver or a report needs."""

from __future__ import annotations

import subprocess
import sys

HEAVY = {"numpy", "typst", "scipy", "pyvrp", "vroom", "ortools", "pandas", "openpyxl", "osrm", "valhalla", "holidays", "playwright"}
LOOK = (
    "import os, sys, warnings; warnings.simplefilter('ignore');"
    "os.environ['DJANGO_SETTINGS_MODULE'] = 'bifocal.front.settings'; import django; django.setup();"
    "from bifocal.front.server import _preload; _preload(); print(*sorted({m.split('.')[0] for m in sys.modules}))"
)


def test_the_server_starts_without_solvers_and_report_writers() -> None:
    """Memory and the time of a restart are promised; such libraries are imported where they are used."""
    done = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True)
    assert not HEAVY & set(done.stdout.split())
