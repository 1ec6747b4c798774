"""Pay applications to the cent. See README.md."""

from bifocal.engines.progress_billing.sheet import Application, BrokenIdentity, Line, LineResult, Sheet, compute

__all__ = ["Application", "BrokenIdentity", "Line", "LineResult", "Sheet", "compute"]
