"""Daily logs: signed, chained, from then on immutable."""
