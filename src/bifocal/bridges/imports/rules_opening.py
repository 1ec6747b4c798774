"""What an opening balance posts (X5 of the posting table): each control account against retained earnings, at the cut-over. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from bifocal.kernel.ledger.rules import Acc, Line
from bifocal.lib.money import ZERO

# Accounts that documents explain: a trial balance is compared with them and never posts to them.
EXPLAINED = {
    Acc.RECEIVABLE: "open receivables and unpaid billings of projects", Acc.RETAINAGE_RECEIVABLE: "retainage held by customers",
    Acc.PAYABLE: "open payables", Acc.RETAINAGE_PAYABLE: "retainage held from subcontractors", Acc.DEPOSITS: "customer deposits",
    Acc.DEFERRED_AGREEMENTS: "agreements with what is still deferred", Acc.WAREHOUSE: "opening stock in warehouses",
    Acc.TRUCK: "opening stock on trucks", Acc.RETAINED_EARNINGS: "what is left: it ties when all others do",
}  # fmt: skip


def opening(account: str, amount: Decimal, **dims: int | None) -> tuple[Line, ...]:
    """An opening amount (debit positive) against retained earnings; zero posts nothing."""
    if amount == 0:
        return ()
    return (Line(account, amount, **dims), Line(Acc.RETAINED_EARNINGS, -amount))  # type: ignore[arg-type]


def history(account: str, amount: Decimal, **dims: int | None) -> tuple[Line, ...]:
    """What a job cost or billed before the cut-over: onto the job and off the account's rest, so that the account does not move.

    The trial balance brings the account's total; this says which job it was. Prior years' part stays in retained earnings.
    """
    if amount == 0:
        return ()
    return (Line(account, amount, **dims), Line(account, -amount, dims={"before": "cut-over"}))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Tie:
    """One account: what the old books say, what ours say, and what explains it."""

    account: str
    name: str
    trial: Decimal
    books: Decimal
    explained_by: str

    @property
    def difference(self) -> Decimal:
        """Ours less theirs; zero when the account ties."""
        return self.books - self.trial


def ties(trial: Mapping[str, Decimal], books: Mapping[str, Decimal], names: Mapping[str, str]) -> list[Tie]:
    """Account by account, in the order of the chart: every account that either side has."""
    every = sorted(a for a in {*trial, *books} if trial.get(a, ZERO) or books.get(a, ZERO))
    return [
        Tie(a, names.get(a, a), trial.get(a, ZERO), books.get(a, ZERO), EXPLAINED.get(Acc(a), "") if a in set(Acc) else "") for a in every
    ]
