"""Estimating: assemblies, quantities, cost, markup and margin, options, comparison, levelling of bids. Pure."""
