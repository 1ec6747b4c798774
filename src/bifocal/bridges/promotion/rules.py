"""When a service job may become a project, and when the way back is still open (decision 19)."""

from __future__ import annotations

from decimal import Decimal

from bifocal.lib.errors import Refused
from bifocal.lib.money import dollars

PRIOR_ITEM = "000"
PRIOR_NAME = "Work before contract"


def check_promotion(
    *,
    number: str,
    is_project: bool,
    status: str,
    drafts: int,
    open_approvals: int,
    billed: Decimal,
    contract_sum: Decimal,
) -> None:
    """Refuse with the reason. Raises Refused."""
    if is_project:
        raise Refused(f"{number} is a project already.")
    if status in ("closed", "cancelled"):
        raise Refused(f"{number} is {'canceled' if status == 'cancelled' else status}. Reopen it first.")
    if drafts:
        raise Refused(f"{number} has a draft invoice. Post it or throw it away first.")
    if open_approvals:
        raise Refused(f"{number} has a document waiting for approval. Have it answered or withdrawn first.")
    if contract_sum < billed:
        raise Refused(f"{dollars(billed)} is invoiced on {number} already: the contract can't be below that.", field="sum")
