"""Segments of customers, tiers of value, and what the night found out about them."""
