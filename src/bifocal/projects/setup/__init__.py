"""A project set up from a template: phases, milestones, team by role, cost codes."""
