"""Where we are the subcontractor: the general contractor's form and day, our waivers and certificates, short payments, back-charges."""
