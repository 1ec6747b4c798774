"""Four signatures at one moment, over committed transactions: one project, and the loser is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bifocal.lib.errors import DomainError
from tests.test_concurrency import at_once
from tests.test_estimates import sent, sign, started


def test_four_signatures_at_once_make_one_project(clone: str) -> None:
    from bifocal.kernel.jobs.models import Job
    from bifocal.projects.contracts.models import Contract

    made = started()
    p = sent(made)

    def go(choice: str) -> Callable[[], Any]:
        return lambda: sign(p, [made["options"][choice]])

    got = at_once(go("Ceramic"), go("Marble"), go("Ceramic"), go("Marble"))
    assert sorted("refused" if isinstance(g, DomainError) else "signed" for g in got) == ["refused", "refused", "signed", "signed"]
    assert Job.objects.filter(estimates__uid=made["uid"]).count() == 1
    assert Contract.objects.filter(job__estimates__uid=made["uid"]).count() == 1
