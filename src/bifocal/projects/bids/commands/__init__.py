"""Bid packages: every write."""

from bifocal.projects.bids.commands.award import award, plug
from bifocal.projects.bids.commands.bidding import ask, give, pass_by
from bifocal.projects.bids.commands.package import addendum, invite, remind, remind_due, void, write

__all__ = ["addendum", "ask", "award", "give", "invite", "pass_by", "plug", "remind", "remind_due", "void", "write"]
