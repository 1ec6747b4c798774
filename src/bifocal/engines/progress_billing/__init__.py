"""Pay applications to the cent. See README.md."""

from bifocal.engines.progress_billing.sheet import Certificate, LineResult, Sheet, compute
from bifocal.engines.progress_billing.terms import (
    Application,
    BrokenIdentity,
    Cap,
    Certified,
    ChangeOrder,
    Line,
    Split,
    Step,
)

__all__ = [
    "Application", "BrokenIdentity", "Cap", "Certificate", "Certified", "ChangeOrder", "Line", "LineResult", "Sheet", "Split", "Step",
    "compute",
]  # fmt: skip
