"""What both lenses share."""
