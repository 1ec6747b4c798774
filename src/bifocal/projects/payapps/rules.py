"""The pay application's states, and what its events post: always the difference to what is in the books."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from bifocal.kernel.ledger.rules import Acc, Line, credit, debit


class Status(StrEnum):
    PENCIL = "pencil"
    SUBMITTED = "submitted"
    REVISE = "revise_and_resubmit"
    CERTIFIED = "certified"
    PART_PAID = "partially_paid"
    PAID = "paid"
    VOID = "void"


S = Status
NEXT: dict[str, set[str]] = {
    S.PENCIL: {S.SUBMITTED, S.VOID},
    S.SUBMITTED: {S.CERTIFIED, S.REVISE},
    S.REVISE: {S.SUBMITTED, S.VOID},
    S.CERTIFIED: set(),  # from here its invoice says how far it is paid
    S.VOID: set(),
}
EDITABLE = {S.PENCIL, S.REVISE}


@dataclass(frozen=True)
class Books:
    """Cumulative amounts of a contract: gross billed, retainage held. Net is what was asked for."""

    gross: Decimal
    retainage: Decimal

    @property
    def net(self) -> Decimal:
        return self.gross - self.retainage


def after_submission(line7: Decimal, line8: Decimal, line5: Decimal) -> Books:
    """What the books hold once an application is submitted: net = lines 7 + 8, retainage = line 5."""
    return Books(gross=line7 + line8 + line5, retainage=line5)


def after_certificate(line7: Decimal, certified: Decimal, line5: Decimal) -> Books:
    """The same after a certificate, which may be lower than applied."""
    return Books(gross=line7 + certified + line5, retainage=line5)


def post_difference(before: Books, after: Books, *, dims: dict[str, int | None]) -> tuple[Line, ...]:
    """Postings P1 and P3: receivable, retainage and contract billings move by the difference."""
    return (
        debit(Acc.RECEIVABLE, after.net - before.net, **dims),
        debit(Acc.RETAINAGE_RECEIVABLE, after.retainage - before.retainage, **dims),
        credit(Acc.CONTRACT_BILLINGS, after.gross - before.gross, **dims),
    )
