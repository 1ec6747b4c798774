"""The service lens: short dispatched jobs."""
