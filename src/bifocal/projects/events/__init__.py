"""Change events: one place where cost and revenue of a change meet, from the first notice to the owner's and the vendor's change order."""
