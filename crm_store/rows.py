"""Row: what the class of every table is."""

from collections.abc import Callable
from functools import cache
from typing import Any

from sqlmodel import SQLModel


class Row(SQLModel):
    """A row, made from the values of its columns by name; those left out have their defaults.

    SQLModel makes one by telling SQLAlchemy and Pydantic of each value, which takes longer than to write it
    down. A new row has no past that they would have to know.
    """

    def __init__(self, **values: Any) -> None:
        plain, made = _defaults(type(self))
        self.__dict__.update(plain, **{name: make() for name, make in made.items()})
        self.__dict__.update(values)


@cache
def _defaults(kind: type[Row]) -> tuple[dict[str, Any], dict[str, Callable[[], Any]]]:
    """The values that new rows share, and what makes those that each has of its own."""
    fields = {name: one for name, one in kind.model_fields.items() if not one.is_required()}
    made: dict[str, Any] = {name: one.default_factory for name, one in fields.items() if one.default_factory}
    return {name: one.default for name, one in fields.items() if name not in made}, made
