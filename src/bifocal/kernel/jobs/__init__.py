"""The cost object: everything is a job."""
