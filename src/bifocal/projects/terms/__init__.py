"""How a contract handles change: tiers, markups, who approves, days to give notice, rates of time and materials."""
