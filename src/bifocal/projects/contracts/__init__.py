"""The contract and its schedule of values."""
