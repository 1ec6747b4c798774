"""Applications of subcontractors: filled from a link without an account, decided by line, paid behind waivers."""
