"""Selections: every write."""

from bifocal.projects.selections.commands.choosing import choose, note, reopen, settle
from bifocal.projects.selections.commands.planning import drop, from_estimate, offer, plan, send, set_rule, void

__all__ = ["choose", "drop", "from_estimate", "note", "offer", "plan", "reopen", "send", "set_rule", "settle", "void"]
