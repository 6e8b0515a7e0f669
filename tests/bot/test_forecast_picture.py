"""The picture of the next weeks: asked for with /forecast, drawn by a process, sent once."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.foretelling import SECTIONS
from bot.pictures import forecast as picture
from bot.pictures.style import Style, Tongue
from crm_store.analysis import forecast, snapshots
from crm_store.analysis.tables import AnalysisKind
from crm_store.engine import transaction
from crm_store.mailbox.tables import Job, Outbox, OutboxFile
from crm_store.staff.roles import Role
from handlers.words import LOCALES
from tests.bot.quick_lane import look_twice
from tests.bot.test_pictures import png, written
from tests.talk import DESK, START, WORDS, Talk

pytestmark = pytest.mark.usefixtures("warm")

BEGIN = date(2026, 11, 16)


def found(weeks: int) -> dict[str, Any]:
    past = np.round(np.random.default_rng(1).normal(3_000_000, 400_000, weeks))
    days = [BEGIN - timedelta(weeks=weeks - at) for at in range(weeks)]
    return forecast.ahead(past) | {
        "from": BEGIN.isoformat(),
        "past": [[day.isoformat(), int(value)] for day, value in zip(days, past, strict=True)],
        "refunded": 0,
    }


def keep(talk: Talk, result: dict[str, Any]) -> None:
    with transaction(talk.engine) as session:
        snapshots.keep(
            session,
            kind=AnalysisKind.FORECAST,
            as_of=START,
            zone=DESK.timezone,
            currency="CNY",
            n=len(result["past"]),
            method="rolling origins 1",
            result=result,
            seconds=1.0,
            now=START,
        )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_says_the_finding_and_what_it_stands_on_with_every_letter(language: str) -> None:
    tongues = {
        one: Tongue(LOCALES[one], {key: WORDS.labels(one, key) for key in SECTIONS}, "¥", "2026")
        for one in {language, "en"}
    }
    look = Style(language, "CNY", tongues)

    drawn = picture.draw(look, found(60))

    assert drawn is not None
    assert png(drawn.figure).size == (1000, 640)
    assert {"zh": "接下来 4 周", "en": "Next 4 weeks"}[look.spoken] in written(drawn.figure)[0]
    assert any(
        {"zh": "根据 60 周", "en": "learnt from 60 weeks"}[look.spoken] in one
        for one in written(drawn.figure)
    )
    assert drawn.alt
    assert picture.draw(look, found(20)) is None


def test_forecast_sends_its_picture_by_the_quick_lane_once(talk: Talk) -> None:
    mia = talk.staff(2, "Mia", Role.MANAGER)
    keep(talk, found(60))
    mia.say("/forecast")

    done = look_twice(talk)

    assert done == [True, False]
    with transaction(talk.engine) as session:
        sent = session.scalars(select(Outbox).where(col(Outbox.method) == "sendPhoto")).all()
        assert [(one.chat_id, one.params["caption"][:36]) for one in sent] == [
            (mia.id, "Line: sales by week so far; the next")
        ]
        file = session.get_one(OutboxFile, sent[0].file_id)
        assert (file.name, file.data[:4]) == ("forecast.png", b"\x89PNG")


def test_who_is_no_manager_any_more_gets_no_picture(talk: Talk) -> None:
    owner, mia = talk.staff(1, "Olga", Role.OWNER), talk.staff(2, "Mia", Role.MANAGER)
    keep(talk, found(60))
    mia.say("/forecast")
    owner.say("/revoke Mia")

    assert look_twice(talk) == [True, False]

    with transaction(talk.engine) as session:
        assert session.scalars(select(Outbox).where(col(Outbox.method) == "sendPhoto")).all() == []


def test_too_little_history_asks_for_no_picture(talk: Talk) -> None:
    keep(talk, found(20))

    talk.staff(2, "Mia", Role.MANAGER).say("/forecast")

    with transaction(talk.engine) as session:
        assert session.scalars(select(Job)).all() == []
