"""Tomorrow's roster by message: calls and crew work of each, a crew's whole day to its foreman."""
