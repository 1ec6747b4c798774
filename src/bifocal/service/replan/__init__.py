"""Something happened: three proposals how the day goes on, one accepted in one act, customers told once."""
