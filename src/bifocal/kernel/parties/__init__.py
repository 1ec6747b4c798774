"""Customers, vendors, contacts, sites and the equipment at them."""
