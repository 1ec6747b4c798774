"""The only code that may know both lenses."""
