"""Forms: a question to one person that waits for its answer, over restarts."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, select
from sqlmodel import Session, col

from crm_store.mailbox.tables import Form

LIFETIME = timedelta(hours=24)
TYPED = "typed"
_OF_USERS = select(Form).where(col(Form.user_id).in_(bindparam("users", expanding=True)))


def of_users(session: Session, *, user_ids: Collection[int]) -> list[Form]:
    """Every form these people are in, in any chat, expired or not."""
    return list(session.scalars(_OF_USERS, {"users": list(user_ids)}))


def ask(
    session: Session,
    *,
    chat_id: int,
    user_id: int,
    form: str,
    step: str,
    answers: dict[str, Any],
    now: datetime,
    lifetime: timedelta = LIFETIME,
) -> Form:
    """Put this person into a form's step; the form they were in before is left.

    ``answers`` is what is known so far; words the person wrote themselves go under ``TYPED``, and are given
    back should the form expire.
    """
    return session.merge(
        Form(
            chat_id=chat_id,
            user_id=user_id,
            form=form,
            step=step,
            answers=answers,
            expires_at=now + lifetime,
        )
    )


def leave(session: Session, *, chat_id: int, user_id: int) -> bool:
    """Out of any form. False when there was none."""
    form = session.get(Form, (chat_id, user_id))
    if form is None:
        return False
    session.delete(form)
    return True


def expired(session: Session, *, now: datetime, limit: int = 100) -> list[Form]:
    """Forms nobody answered in time, oldest first; each goes to one caller at a time (PostgreSQL)."""
    statement = select(Form).where(col(Form.expires_at) <= now).order_by(col(Form.expires_at)).limit(limit)
    return list(session.scalars(statement.with_for_update(skip_locked=True)))


def typed(form: Form) -> str:
    """What the person has written into a form so far, which would be lost with it."""
    return str(form.answers.get(TYPED, ""))


def drop_of_user(session: Session, *, user_id: int) -> None:
    session.execute(delete(Form).where(col(Form.user_id) == user_id))
