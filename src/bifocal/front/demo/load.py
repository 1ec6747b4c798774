"""Load the demo company, once. `python -m bifocal.front.demo.load`."""

from __future__ import annotations

import os
import sys
import time
from datetime import datetime
from zoneinfo import ZoneInfo


def main() -> int:
    """Exit status 0 when the company is there."""
    os.environ["BIFOCAL_DB_ROLE"] = "owner"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bifocal.front.settings")
    os.environ["BIFOCAL_POOL"] = "0"
    import django

    django.setup()
    from django.db import connection, transaction

    from bifocal.core.models import Company
    from bifocal.front.demo import COMPANY, base, history

    if Company.objects.filter(name=COMPANY).exists():
        return 0
    started = time.monotonic()
    with transaction.atomic():
        today = datetime.now(ZoneInfo("America/New_York")).date()  # the day it is at the demo company
        made = base.load(today)
        if "--small" not in sys.argv:
            history.load(made, today)
    with connection.cursor() as cur:
        cur.execute("analyze")  # the planner knows nothing of rows that came a moment ago
    print(f"Loaded {COMPANY} in {time.monotonic() - started:.1f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
