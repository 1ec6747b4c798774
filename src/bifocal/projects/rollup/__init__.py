"""What subcontractors were approved flows into the owner's application; their checks follow the owner's, and are chased."""
