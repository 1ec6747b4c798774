"""PyVRP behind our own model."""

from bifocal.engines.routing.moves import State


def polish(state, *, spent, seed):
    return state
