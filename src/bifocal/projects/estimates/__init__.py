"""Estimates: assemblies, lines, options, versions, and the proposal that becomes a project when it is signed."""
