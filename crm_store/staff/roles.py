"""Who may do what: each role has all of the one before."""

from enum import StrEnum


class Role(StrEnum):
    CUSTOMER = "customer"
    AGENT = "agent"
    MANAGER = "manager"
    OWNER = "owner"

    def includes(self, other: "Role") -> bool:
        """True when a person of this role may do what ``other`` may do."""
        return _ORDER.index(self) >= _ORDER.index(other)


_ORDER = list(Role)
