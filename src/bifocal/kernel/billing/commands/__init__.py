"""Billing: every write, by document."""

from bifocal.kernel.billing.commands.invoices import (
    LineIn,
    credit_invoice,
    delete_draft,
    draft_invoice,
    email_invoice,
    make_draft,
    post_draft,
    post_invoice_row,
)  # fmt: skip
from bifocal.kernel.billing.commands.payments import (
    apply_payment,
    bounce_payment,
    deposit_to_bank,
    settle_cards,
    take_payment,
)  # fmt: skip
from bifocal.kernel.billing.commands.settling import apply_credit, release_held

__all__ = [
    "LineIn", "apply_credit", "apply_payment", "bounce_payment", "credit_invoice", "delete_draft", "deposit_to_bank", "draft_invoice",
    "email_invoice", "make_draft", "post_draft", "post_invoice_row", "release_held", "settle_cards", "take_payment",
]  # fmt: skip
