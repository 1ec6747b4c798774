"""Pay applications: pencil, submitted, certified; then their invoice is paid."""

from bifocal.projects.payapps.commands.application import (
    LineIn,
    contract_of,
    draft_payapp,
    fill_payapp,
    prior_application,
    return_payapp,
    submit_payapp,
    void_payapp,
)
from bifocal.projects.payapps.commands.certificate import certify_payapp
from bifocal.projects.payapps.commands.reversal import reverse_change
from bifocal.projects.payapps.commands.terms import agree_retainage

__all__ = [
    "LineIn", "agree_retainage", "certify_payapp", "contract_of", "draft_payapp", "fill_payapp", "prior_application", "return_payapp",
    "reverse_change", "submit_payapp", "void_payapp",
]  # fmt: skip
