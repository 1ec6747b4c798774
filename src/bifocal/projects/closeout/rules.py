"""What a contractor hands over at the end (closeout row of the project reference)."""

from __future__ import annotations

STANDARD = (
    "As-built drawings", "Operation and maintenance manuals", "Manufacturers' warranties", "Test and balance report", "Owner's training",
    "Keys and attic stock", "Permits and final inspection", "Final lien waivers",
)  # fmt: skip
