"""Locations, moves and moving-average cost."""
