"""People, crews, skills and the one calendar."""
