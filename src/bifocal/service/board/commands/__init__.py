"""The board: every write. Moves and their undoing, drafts, proposals, pins, zones, crews that are split."""

from bifocal.service.board.commands.crews import pin_visit, set_home, set_turf, split_crew, unpin_visit
from bifocal.service.board.commands.drafts import discard_draft, draft_move, open_draft, publish_draft, undo_draft
from bifocal.service.board.commands.moves import move_on_board, undo_move
from bifocal.service.board.commands.proposals import accept_proposal, ask_proposal, dismiss_proposal

__all__ = [
    "accept_proposal", "ask_proposal", "discard_draft", "dismiss_proposal", "draft_move", "move_on_board", "open_draft", "pin_visit",
    "publish_draft", "set_home", "set_turf", "split_crew", "undo_draft", "undo_move", "unpin_visit",
]  # fmt: skip
