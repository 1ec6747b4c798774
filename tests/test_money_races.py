"""What may not happen at once to commitments: real threads, committed transactions."""

from __future__ import annotations

from decimal import Decimal as D

from bifocal.lib.errors import DomainError
from tests.conftest import run
from tests.test_commitments import TODAY, executed, project, subcontract
from tests.test_concurrency import at_once


def test_two_bills_at_once_never_take_more_than_the_line(clone: str) -> None:
    from bifocal.projects.commitments.models import Billed

    made = project()
    c = executed(made)

    def bill(n: int) -> object:
        return run(
            "commitment.bill", "pm", commitment=c["uid"], vendor_number=f"R-{n}", date=TODAY, lines=[{"item": "1", "amount": "7000.00"}]
        )

    got = at_once(*(lambda n=n: bill(n) for n in range(6)))
    assert sum(isinstance(g, DomainError) for g in got) == 4
    assert sum(b.amount for b in Billed.objects.filter(line__commitment__uid=c["uid"])) == D(14000)


def test_two_subcontracts_can_not_both_take_the_last_of_the_budget(clone: str) -> None:
    made = project()
    both = [subcontract(made, amount="20000.00") for _ in range(2)]  # 30,000 is left
    for c in both:
        run("commitment.send", "pm", commitment=c["uid"])
    got = at_once(*(lambda c=c: run("commitment.approve", "pm", commitment=c["uid"]) for c in both))
    refused = [g for g in got if isinstance(g, DomainError)]
    assert len(refused) == 1 and "over budget" in str(refused[0])
