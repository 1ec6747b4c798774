"""A service job becomes a project in place."""
