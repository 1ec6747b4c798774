"""Everything that we tell a general contractor, and that they tell us."""

from bifocal.projects.upward.commands.disputes import (
    accept_charge,
    answer_short,
    dispute_charge,
    note_short,
    receive_charge,
    withdraw_charge,
)
from bifocal.projects.upward.commands.form import keep_form, map_form, send_to_gc
from bifocal.projects.upward.commands.papers import give_waiver, keep_paper, send_paper

__all__ = [
    "accept_charge", "answer_short", "dispute_charge", "give_waiver", "keep_form", "keep_paper", "map_form", "note_short", "receive_charge",
    "send_paper", "send_to_gc", "withdraw_charge",
]  # fmt: skip
