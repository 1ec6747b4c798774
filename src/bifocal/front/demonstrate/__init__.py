"""The buyer's test: a real service order and a real construction project on one platform, through the public API alone."""

from bifocal.front.demonstrate.story import run_story

__all__ = ["run_story"]
