"""Everything that speaks for a change event, in one paper: RFIs, logs, photos, tickets, letters, quotes, cost."""
