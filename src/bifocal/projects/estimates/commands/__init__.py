"""Estimates and proposals: every write."""

from bifocal.projects.estimates.commands.lines import assemble, drop_option, edit, set_option, take_in
from bifocal.projects.estimates.commands.proposal import accept, decline, send, withdraw
from bifocal.projects.estimates.commands.sheet import freeze, set_terms, void, write, write_assembly

__all__ = [
    "accept", "assemble", "decline", "drop_option", "edit", "freeze", "send", "set_option", "set_terms", "take_in", "void", "withdraw",
    "write", "write_assembly",
]  # fmt: skip
