"""Invoices, payments, deposits, credits, receivables."""
