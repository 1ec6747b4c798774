"""Visits: one trip each, from scheduled to done."""
