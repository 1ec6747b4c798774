"""Who is on call by trade, what an after-hours call costs, and who is asked next when nobody answers."""
