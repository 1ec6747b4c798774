"""A point on the map, the same one everywhere."""

from __future__ import annotations

from decimal import Decimal

Point = tuple[float, float]  # latitude, longitude


def point_of(lat: Decimal | float | None, lng: Decimal | float | None) -> Point | None:
    """The point of two columns, degrees; None where one of them is empty."""
    return None if lat is None or lng is None else (float(lat), float(lng))
