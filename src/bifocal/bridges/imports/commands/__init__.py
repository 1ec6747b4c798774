"""Imports: every write, by what is brought in."""

from bifocal.bridges.imports.commands.batches import (
    discard_import,
    remap_import,
    run_import,
    save_mapping,
    start_import,
    undo_import,
    upload_import,
)
from bifocal.bridges.imports.commands.budget import import_budget
from bifocal.bridges.imports.commands.continuation import read_back
from bifocal.bridges.imports.commands.estimate import import_estimate
from bifocal.bridges.imports.commands.kept import bring_kept
from bifocal.bridges.imports.commands.merging import keep_apart, merge_customers, unmerge_customers
from bifocal.bridges.imports.commands.sov import import_sov

__all__ = [
    "bring_kept", "discard_import", "import_budget", "import_estimate", "import_sov", "keep_apart", "merge_customers", "read_back",
    "remap_import",
    "run_import", "save_mapping", "start_import", "undo_import", "unmerge_customers", "upload_import",
]  # fmt: skip
