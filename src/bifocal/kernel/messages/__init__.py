"""Outbound e-mail and its delivery log."""
