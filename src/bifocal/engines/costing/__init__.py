"""Job costing: WIP cost to cost, the budget report, earned value. See README.md."""

from bifocal.engines.costing.budget import (
    CHANGE_COLUMN,
    COLUMNS,
    COMMITMENT_COLUMN,
    BudgetLine,
    BudgetRow,
    BuyOut,
    Entry,
    Forecast,
    Report,
    collect,
    report,
)
from bifocal.engines.costing.earned_value import Activity, EarnedValue, earned_value
from bifocal.engines.costing.wip import BrokenIdentity, Contract, Earned, Period, Schedule, earn, period, schedule

__all__ = [
    "CHANGE_COLUMN", "COLUMNS", "COMMITMENT_COLUMN", "Activity", "BrokenIdentity", "BudgetLine", "BudgetRow", "BuyOut", "Contract",
    "Earned", "EarnedValue", "Entry", "Forecast", "Period", "Report", "Schedule", "collect", "earn", "earned_value", "period",
    "report", "schedule",
]  # fmt: skip
