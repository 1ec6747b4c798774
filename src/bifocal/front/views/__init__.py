"""Pages. Each view translates: one call in, one value out. All writes go through `do`."""
