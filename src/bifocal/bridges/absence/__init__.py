"""Somebody is sick: the whole day, calls and crew work, is offered again in one act."""
