"""The work mix: which lens fits, by a file of past work or by Bifocal's own data."""
