"""Small pure helpers: money, periods, ids and errors. No Django, no clock, no I/O."""
