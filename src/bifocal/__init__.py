"""Bifocal: one platform for dispatched service calls and contracted projects."""

__version__ = "0.1.0"
