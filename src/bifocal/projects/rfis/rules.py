"""The RFI's states (section 2.1) and whose ball it is in each."""

from __future__ import annotations

from bifocal.projects.register.rules import Ball

NEXT: dict[str, set[str]] = {
    "draft": {"submitted", "open", "void"},
    "submitted": {"open", "closed_draft", "void"},
    "closed_draft": {"draft", "void"},
    "open": {"open", "answered", "void"},
    "answered": {"closed", "open", "void"},
    "closed": {"open"},
    "void": set(),
}
BALL = {
    "draft": Ball.CREATOR,
    "submitted": Ball.MANAGER,
    "closed_draft": Ball.CREATOR,
    "open": Ball.ASSIGNEE,
    "answered": Ball.CREATOR,
    "closed": Ball.NOBODY,
    "void": Ball.NOBODY,
}
DAYS_TO_ANSWER = 5  # working days
