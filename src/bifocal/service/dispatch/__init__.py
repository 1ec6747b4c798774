"""The board of the day and who is free."""
