"""What ties activities to the rest of a project: inspections, submittals, the work of change orders."""
