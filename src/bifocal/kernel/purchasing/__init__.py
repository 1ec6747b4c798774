"""Receipts, vendors' bills and their payment."""
