"""Schedule files: read and written."""
