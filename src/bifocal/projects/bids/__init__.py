"""Bid packages: scope from an estimate, prices from subcontractors by link, levelled, awarded."""
