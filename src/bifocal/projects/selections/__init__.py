"""Selections and allowances: what the client chooses by when, what it delays, and one change order that settles it."""
