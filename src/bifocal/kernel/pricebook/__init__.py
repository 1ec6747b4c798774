"""What is sold: items with cost, price and taxability; tax rates by jurisdiction."""
