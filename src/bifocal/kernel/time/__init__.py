"""One timeline per person-day."""
