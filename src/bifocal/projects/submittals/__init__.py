"""Submittals and their review."""
