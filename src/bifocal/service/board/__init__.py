"""What the dispatcher plans with: moves and their undoing, drafts, proposals, and who fits before the drop."""
