"""What is on rent: on hire, off hire, and a word before it costs for nothing."""
