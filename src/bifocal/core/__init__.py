"""The mechanics that every room copies: actors, rights, commands, facts, numbers, links, paging. See docs/explanation."""
