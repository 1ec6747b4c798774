"""A warranty call at a project's site, linked to the project."""
