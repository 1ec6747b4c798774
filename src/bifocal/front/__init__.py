"""Settings, pages, sign-in, command line."""
