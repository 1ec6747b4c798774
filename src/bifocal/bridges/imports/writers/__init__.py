"""Which writer brings which kind in: one table."""

from __future__ import annotations

from bifocal.bridges.imports.writers.base import Run, Writer
from bifocal.bridges.imports.writers.money import DepositWriter, PayableWriter, ReceivableWriter, RetainageWriter
from bifocal.bridges.imports.writers.parties import ContactWriter, CustomerWriter, EquipmentWriter, SiteWriter, VendorWriter
from bifocal.bridges.imports.writers.past import PastWorkWriter
from bifocal.bridges.imports.writers.pricebook import ItemWriter
from bifocal.bridges.imports.writers.projects import ProjectWriter
from bifocal.bridges.imports.writers.trial import TrialWriter
from bifocal.bridges.imports.writers.work import AgreementWriter, JobWriter

WRITERS: dict[str, type[Writer]] = {
    "customers": CustomerWriter, "sites": SiteWriter, "contacts": ContactWriter, "equipment": EquipmentWriter, "vendors": VendorWriter,
    "price_book": ItemWriter, "jobs": JobWriter, "receivables": ReceivableWriter, "payables": PayableWriter, "retainage": RetainageWriter,
    "deposits": DepositWriter, "agreements": AgreementWriter, "projects": ProjectWriter, "trial_balance": TrialWriter,
    "history": PastWorkWriter,
}  # fmt: skip

__all__ = ["WRITERS", "Run", "Writer"]
