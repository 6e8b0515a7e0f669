"""What a job in a process of its own gives the conversation to show what came of it with."""

from collections.abc import Mapping
from typing import Any, Protocol

from sqlmodel import Session

from crm_store.staff.tables import Staff
from handlers.taps import Keyboard


class Work(Protocol):
    @property
    def arguments(self) -> Mapping[str, Any]: ...

    def asker(self, session: Session) -> Staff | None: ...

    def show(
        self, session: Session, template: str, *, buttons: Keyboard | None = None, **values: Any
    ) -> None: ...
