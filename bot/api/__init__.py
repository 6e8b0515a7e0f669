"""The way in for the shop's other systems: JSON over HTTP under /api/v1, with keys that owners make."""
