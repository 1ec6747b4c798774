"""Ways to bill other than an application: draws, time and materials, cost plus a fee, unit prices."""
