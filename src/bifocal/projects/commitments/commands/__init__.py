"""Commitments: every write."""

from bifocal.projects.commitments.commands.billing import TakenIn, bill_commitment, post_bill, receive_order, release_retainage
from bifocal.projects.commitments.commands.changes import approve_change, propose, propose_change, reject_change
from bifocal.projects.commitments.commands.contract import (
    CommitmentLineIn,
    approve_commitment,
    ask_for_bids,
    finish_commitment,
    send_commitment,
    set_limit,
    show_paper,
    terminate_commitment,
    void_commitment,
    write_commitment,
)

__all__ = [
    "CommitmentLineIn", "TakenIn", "approve_change", "approve_commitment", "ask_for_bids", "bill_commitment", "finish_commitment",
    "post_bill", "propose", "propose_change", "receive_order", "reject_change", "release_retainage", "send_commitment", "set_limit",
    "show_paper", "terminate_commitment", "void_commitment", "write_commitment",
]  # fmt: skip
