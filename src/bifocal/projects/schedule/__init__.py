"""Activities, links and the critical path."""
