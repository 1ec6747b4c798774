"""Substantial completion, warranty clocks, closing a project."""
