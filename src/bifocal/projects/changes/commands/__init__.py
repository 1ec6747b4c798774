"""Change orders: drafted and priced, grouped by tiers, sent and approved in sequence, agreed in part."""

from bifocal.projects.changes.commands.approval import (
    approve_change,
    reject_change,
    remind_approver,
    revise_change,
    send_change,
    void_change,
)
from bifocal.projects.changes.commands.effect import take_effect
from bifocal.projects.changes.commands.parts import agree_part
from bifocal.projects.changes.commands.pricing import LineIn, MarkupIn, draft_change, price_change
from bifocal.projects.changes.commands.tiers import group_changes, ungroup_changes

__all__ = [
    "LineIn", "MarkupIn", "agree_part", "approve_change", "draft_change", "group_changes", "price_change", "reject_change",
    "remind_approver", "revise_change", "send_change", "take_effect", "ungroup_changes", "void_change",
]  # fmt: skip
