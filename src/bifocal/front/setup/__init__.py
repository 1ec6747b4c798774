"""The set-up of an installation: its first owner, its address and HTTPS, its mail."""
