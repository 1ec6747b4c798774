"""When a branch serves its customers, in which windows, and when each of its people works: one setting that everything asks."""
