"""The project lens: long contracted jobs."""
