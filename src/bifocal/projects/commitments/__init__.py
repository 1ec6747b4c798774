"""Subcontracts and purchase orders: their own schedule of values, changes, bills; what the budget has committed."""
