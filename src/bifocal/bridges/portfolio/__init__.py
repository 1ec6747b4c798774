"""Both lenses on one page: customer, day, margin, close."""
