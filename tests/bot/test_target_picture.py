"""The picture after /target: drawn by a process of what was told, sent once to who asked."""

import pytest
from sqlalchemy import select
from sqlmodel import col

from crm_store.engine import transaction
from crm_store.mailbox.tables import Job, Outbox, OutboxFile
from crm_store.staff.roles import Role
from tests.bot.quick_lane import look_twice
from tests.talk import Talk

pytestmark = pytest.mark.usefixtures("warm")


def asked(talk: Talk) -> list[str]:
    with transaction(talk.engine) as session:
        return [one.kind for one in session.scalars(select(Job))]


def test_a_look_at_targets_is_followed_by_their_picture_once(talk: Talk) -> None:
    mia = talk.staff(2, "Mia", Role.MANAGER)
    mia.say("/target sales 200000")
    mia.say("/target 2027-03")
    assert asked(talk) == []
    mia.say("/target")
    assert asked(talk) == ["target_picture"]

    done = look_twice(talk)

    assert done == [True, False]
    with transaction(talk.engine) as session:
        [sent] = session.scalars(select(Outbox).where(col(Outbox.method) == "sendPhoto")).all()
        assert (sent.chat_id, sent.params["caption"]) == (
            mia.id,
            "Bars, one for each target of November 2026: 1; Net received at 0%, behind",
        )
        file = session.get_one(OutboxFile, sent.file_id)
        assert (file.name, file.data[:4]) == ("targets.png", b"\x89PNG")
