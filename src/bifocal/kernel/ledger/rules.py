"""An entry before it is posted: signed lines that sum to zero. Debit is positive."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from bifocal.core.subject import Subject
from bifocal.lib.errors import Refused
from bifocal.lib.money import ZERO, cents


class Acc(StrEnum):
    """The accounts that the postings of this product use, by what they are. Codes: the seed chart."""

    BANK = "1010"
    PROCESSOR = "1050"
    UNDEPOSITED = "1060"
    RECEIVABLE = "1100"
    RETAINAGE_RECEIVABLE = "1120"
    ALLOWANCE = "1190"
    UNDERBILLED = "1250"
    WAREHOUSE = "1300"
    TRUCK = "1310"
    PAYABLE = "2100"
    RETAINAGE_PAYABLE = "2110"
    RECEIVED_NOT_INVOICED = "2150"
    SALES_TAX = "2200"
    USE_TAX = "2210"
    PAYROLL_CLEARING = "2310"
    BURDEN_APPLIED = "2320"
    CREDIT_CARD = "2050"
    DEPOSITS = "2400"
    DEFERRED_AGREEMENTS = "2420"
    OVERBILLED = "2500"
    LOSS_PROVISION = "2510"
    RETAINED_EARNINGS = "3900"
    SERVICE_LABOR = "4110"
    SERVICE_PARTS = "4120"
    CONTRACT_BILLINGS = "4210"
    WIP_ADJUSTMENT = "4290"
    AGREEMENT_REVENUE = "4310"
    DISCOUNTS = "4900"
    LABOR = "5110"
    BURDEN = "5115"
    MATERIALS = "5120"
    PRICE_VARIANCE = "5190"
    SHRINK = "5195"
    EQUIPMENT = "5300"
    SUBCONTRACT = "5400"
    OTHER_COST = "5500"
    CALLBACK = "5610"
    LOSS_EXPENSE = "5900"
    INDIRECT_LABOR = "6100"
    MERCHANT_FEES = "6300"
    BAD_DEBT = "6500"


JOB_COST = ("5110", "5115", "5120", "5300", "5400", "5500", "5600", "5610")
JOB_REVENUE = ("4110", "4120", "4210", "4290", "4310")
# Cost type by account: labor, material, equipment, subcontract, other (the budget's second key).
COST_TYPE = {"5110": "L", "5115": "L", "5120": "M", "5300": "E", "5400": "S", "5500": "O", "5600": "O", "5610": "O"}
COST_ACCOUNT = {"L": Acc.LABOR, "M": Acc.MATERIALS, "E": Acc.EQUIPMENT, "S": Acc.SUBCONTRACT, "O": Acc.OTHER_COST}


@dataclass(frozen=True)
class Line:
    """One signed amount with its dimensions."""

    account: str
    amount: Decimal
    job_id: int | None = None
    phase_id: int | None = None
    cost_code_id: int | None = None
    customer_id: int | None = None
    vendor_id: int | None = None
    person_id: int | None = None
    item_id: int | None = None
    branch_id: int | None = None
    business_unit_id: int | None = None
    tax_jurisdiction_id: int | None = None
    place_kind: str | None = None
    place_id: int | None = None
    quantity: Decimal | None = None
    dims: dict[str, Any] | None = None


@dataclass(frozen=True)
class Entry:
    """One event of one document, ready to post."""

    event: str
    source: Subject
    document_date: date
    lines: tuple[Line, ...]
    memo: str = ""
    revision: int = 1
    dims: dict[str, Any] = field(default_factory=dict)


def debit(account: str, amount: Decimal, **dims: Any) -> Line:
    """A positive line, rounded to the cent."""
    return Line(account, cents(amount), **dims)


def credit(account: str, amount: Decimal, **dims: Any) -> Line:
    """A negative line, rounded to the cent."""
    return Line(account, -cents(amount), **dims)


def balanced(lines: Iterable[Line]) -> tuple[Line, ...]:
    """The lines without the empty ones. Raises Refused unless they sum to zero."""
    kept = tuple(line for line in lines if line.amount != 0)
    total = sum((line.amount for line in kept), ZERO)
    if total != 0:
        raise Refused(f"The entry is out of balance by {total}: debits and credits must be equal.")
    return kept


def reversed_lines(lines: Iterable[Line]) -> tuple[Line, ...]:
    """The same lines with the other sign."""
    return tuple(replace(line, amount=-line.amount, quantity=None if line.quantity is None else -line.quantity) for line in lines)


CHART: list[tuple[str, str, str, str | None]] = [
    ("1010", "Operating bank", "asset", None), ("1015", "Payroll bank", "asset", None),
    ("1050", "Card and ACH processor clearing", "asset", None), ("1060", "Undeposited funds", "asset", None),
    ("1100", "Accounts receivable - trade", "asset", "receivable"),
    ("1120", "Retainage receivable", "asset", "retainage_receivable"),
    ("1180", "Manufacturer warranty claims receivable", "asset", None),
    ("1190", "Allowance for doubtful accounts", "asset", None), ("1240", "Uninstalled materials on projects", "asset", None),
    ("1250", "Costs and earnings in excess of billings", "asset", None),
    ("1300", "Inventory - warehouse", "asset", "warehouse"), ("1310", "Inventory - truck stock", "asset", "truck"),
    ("1410", "Prepaid expenses", "asset", None), ("1500", "Vehicles and equipment", "asset", None),
    ("1590", "Accumulated depreciation", "asset", None), ("2050", "Credit cards payable", "liability", None),
    ("2100", "Accounts payable - trade", "liability", "payable"),
    ("2110", "Retainage payable", "liability", "retainage_payable"),
    ("2150", "Goods received not invoiced", "liability", None), ("2200", "Sales tax payable", "liability", None),
    ("2210", "Use tax payable", "liability", None), ("2310", "Payroll clearing", "liability", None),
    ("2320", "Labor burden applied", "liability", None), ("2330", "Employee withholdings payable", "liability", None),
    ("2340", "Employer taxes and insurance payable", "liability", None), ("2350", "Accrued commissions", "liability", None),
    ("2400", "Customer deposits and unapplied payments", "liability", "deposits"),
    ("2410", "Accrued expenses", "liability", None), ("2420", "Deferred revenue - service agreements", "liability", None),
    ("2500", "Billings in excess of costs and earnings", "liability", None),
    ("2510", "Provision for contract losses", "liability", None), ("2600", "Warranty reserve", "liability", None),
    ("2700", "Loans and equipment debt", "liability", None), ("3000", "Owner equity", "equity", None),
    ("3100", "Owner draws", "equity", None), ("3900", "Retained earnings", "equity", None),
    ("4110", "Service revenue - labor", "income", None), ("4120", "Service revenue - parts", "income", None),
    ("4210", "Contract billings", "income", None), ("4290", "Contract revenue - WIP adjustment", "income", None),
    ("4310", "Agreement revenue", "income", None), ("4900", "Discounts and allowances", "income", None),
    ("5110", "Cost - direct labor", "expense", None), ("5115", "Cost - labor burden", "expense", None),
    ("5116", "Burden over- or under-applied", "expense", None), ("5120", "Cost - materials", "expense", None),
    ("5190", "Purchase price variance", "expense", None), ("5195", "Inventory shrinkage", "expense", None),
    ("5300", "Cost - equipment charged", "expense", None), ("5310", "Equipment operating cost", "expense", None),
    ("5320", "Equipment depreciation", "expense", None), ("5390", "Equipment cost applied to jobs", "expense", None),
    ("5400", "Cost - subcontract", "expense", None), ("5500", "Cost - other direct", "expense", None),
    ("5600", "Warranty expense", "expense", None), ("5610", "Callback and rework cost", "expense", None),
    ("5900", "Provision for contract losses (expense)", "expense", None), ("6010", "Office wages", "expense", None),
    ("6020", "Rent and utilities", "expense", None), ("6030", "Insurance", "expense", None),
    ("6040", "Vehicles and fuel", "expense", None), ("6050", "Software, phone, office", "expense", None),
    ("6100", "Indirect labor", "expense", None), ("6200", "Commissions", "expense", None),
    ("6300", "Merchant processing fees", "expense", None), ("6320", "Consumer-financing dealer fees", "expense", None),
    ("6500", "Bad debt expense", "expense", None),
]  # fmt: skip
