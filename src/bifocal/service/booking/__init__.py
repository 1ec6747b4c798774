"""A call comes in: customer, site, job and visit in one act."""
