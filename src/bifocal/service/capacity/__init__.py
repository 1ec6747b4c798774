"""Hours that can still be sold, by day, skill and zone; twelve weeks of both lenses; what online booking may promise."""
