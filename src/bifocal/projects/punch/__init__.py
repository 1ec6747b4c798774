"""Punch items: found by one, verified by another."""
