"""Budget by cost code and cost type."""
