"""Service agreements and their deferred revenue."""
