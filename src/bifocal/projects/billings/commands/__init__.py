"""The billing of a job by draws, by cost or by quantities: every write."""

from bifocal.projects.billings.commands.bills import bill_cost, bill_draws, bill_units, release
from bifocal.projects.billings.commands.plan import agree, measure, reach, redraw

__all__ = ["agree", "bill_cost", "bill_draws", "bill_units", "measure", "reach", "redraw", "release"]
