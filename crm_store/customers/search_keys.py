"""What a customer can be found by, kept in the same commit as every change of it."""

from collections.abc import Collection

from sqlmodel import Session


def refresh(session: Session, *, customer_ids: Collection[int]) -> None:
    """Bring these customers' keys up to date with their rows as they are in this unit of work."""
