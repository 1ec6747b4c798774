"""Change orders: priced, approved by the owner, effective in one transaction."""
