"""Job cost from the ledger, margin, and audited transfers between jobs."""
