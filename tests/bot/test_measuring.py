"""What campaigns did, at work: counted when the window is over, kept for good, told, drawn, written down."""

import asyncio
import csv
import io
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from PIL import Image
from sqlalchemy import Engine, select, update
from sqlmodel import Session, col

from bot import measuring
from bot.jobs import Jobs
from bot.settings import Settings, Store
from bot.writer import Writer
from crm_store.customers.tables import Consent
from crm_store.engine import transaction
from crm_store.mailbox import jobs, outbox
from crm_store.mailbox.jobs import Lane
from crm_store.mailbox.tables import Job, JobState, Outbox, OutboxFile
from crm_store.marketing import addresses
from crm_store.marketing.states import CampaignState
from crm_store.marketing.tables import Campaign
from crm_store.staff.tables import Audit
from handlers.manager.campaigns import report, together
from handlers.voice import Voice
from tests.crm_store.marketing import crowd
from tests.crm_store.marketing.measured import buy, written
from tests.crm_store.marketing.people import boss
from tests.talk import DESK, WORDS

pytestmark = pytest.mark.usefixtures("warm")

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
BEGAN = NOW - timedelta(days=20)


def work_off(engine: Engine) -> None:
    writer, nobody = Writer(engine), None
    settings = Settings(store=Store(url=engine.url.render_as_string(hide_password=False)))
    made = Jobs(
        writer,
        bot=nobody,  # type: ignore[arg-type]
        settings=settings,
        voice=Voice(DESK, WORDS),
        queued=lambda: None,
        now=lambda: NOW,
    )

    async def use() -> None:
        for lane in Lane:
            while await made.step(lane):
                pass

    try:
        asyncio.run(use())
    finally:
        writer.close()


def planted(session: Session, *, bought: int = 60, held: int = 20) -> Campaign:
    """200 who got it, 100 who were held out; it ended six days ago."""
    ids = crowd.gather(session, count=300, now=BEGAN)
    campaign = written(session, ids[:200], held_out=ids[200:], at=BEGAN, cost=500)
    buy(session, ids[:bought], total=20_000, at=BEGAN + timedelta(days=1))
    buy(session, ids[200 : 200 + held], total=20_000, at=BEGAN + timedelta(days=1))
    return campaign


def asks(session: Session, kind: str, campaign: Campaign, **more: Any) -> None:
    by = boss(session)
    jobs.ask(
        session,
        kind=kind,
        arguments={"campaign": campaign.id, **more},
        asked_by=by,
        chat_id=by.chat_id,
        now=BEGAN,
    )


def said(engine: Engine, method: str) -> list[Outbox]:
    with transaction(engine) as session:
        rows = session.scalars(select(Outbox).where(col(Outbox.method) == method).order_by(col(Outbox.id)))
        return list(rows)


def read(engine: Engine, get: Callable[[Session], Any]) -> Any:
    with transaction(engine) as session:
        return get(session)


def data_of(engine: Engine, row: Outbox) -> bytes:
    return read(engine, lambda session: session.get_one(OutboxFile, row.file_id).data)  # type: ignore[no-any-return]


def test_when_the_window_is_over_the_outcome_is_kept_once_and_told(engine: Engine) -> None:
    with transaction(engine) as session:
        boss(session)
        id = planted(session).id

    asked = [read(engine, lambda session: measuring.ask(session, NOW)) for _ in range(2)]
    work_off(engine)
    again = read(engine, lambda session: measuring.ask(session, NOW + timedelta(hours=5)))

    assert (asked, again) == ([1, 0], 0)
    campaign = read(engine, lambda session: session.get_one(Campaign, id))
    assert campaign.state == CampaignState.COMPLETED
    assert campaign.outcome["lift"]["verdict"] == "unproven"
    assert campaign.outcome["margin"] == 60 * 20_000 - 500
    [told] = said(engine, "sendMessage")
    assert told.params["text"].splitlines()[0] == "📣 <b>M1 Autumn: ➖ no significant difference</b>"
    assert read(engine, lambda session: [one.state for one in session.scalars(select(Job))]) == [
        JobState.DONE
    ]


def test_what_could_not_be_counted_is_tried_again_an_hour_later(engine: Engine) -> None:
    with transaction(engine) as session:
        until = planted(session).measured_until
    assert until is not None

    moments = [until, until + timedelta(minutes=59), until + timedelta(hours=1), until - timedelta(seconds=1)]

    assert [read(engine, lambda s, at=at: measuring.ask(s, at)) for at in moments] == [1, 0, 1, 0]  # type: ignore[misc]


def test_a_window_that_goes_on_is_left_alone(sqlite: Engine) -> None:
    with transaction(sqlite) as session:
        campaign = planted(session)
        campaign.measured_until = NOW + timedelta(days=1)

    assert read(sqlite, lambda session: measuring.ask(session, NOW)) == 0


def test_a_report_is_told_with_its_picture(engine: Engine) -> None:
    with transaction(engine) as session:
        campaign = planted(session, bought=120)
        asks(session, report.JOB, campaign)
        [job] = session.scalars(select(Job))
        job.progress_key = "asked"
        params = {"text": "…"}
        outbox.put(session, key="asked", chat_id=job.chat_id, method="sendMessage", params=params, now=BEGAN)

    work_off(engine)

    [text] = said(engine, "sendMessage")
    assert text.params["text"].splitlines()[0] == "📣 <b>M1 Autumn: ✅ more customers bought</b>"
    [photo] = said(engine, "sendPhoto")
    assert photo.params["caption"].startswith("Interval chart, rows: 1, ")
    assert Image.open(io.BytesIO(data_of(engine, photo))).size[0] == 1000


def test_who_may_no_more_is_told_nothing(sqlite: Engine) -> None:
    with transaction(sqlite) as session:
        campaign = planted(session)
        asks(session, report.JOB, campaign)
        asks(session, report.FILE_JOB, campaign, format="csv")
        for job in session.scalars(select(Job)):
            job.asked_by = None

    work_off(sqlite)

    assert [said(sqlite, one) for one in ("sendMessage", "sendPhoto", "sendDocument")] == [[], [], []]


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_every_members_fate_is_a_row_of_the_file(engine: Engine, format: str) -> None:
    with transaction(engine) as session:
        campaign = planted(session, bought=1, held=1)
        asks(session, report.FILE_JOB, campaign, format=format)

    work_off(engine)

    [sent] = said(engine, "sendDocument")
    rows = rows_of(data_of(engine, sent), format)
    assert rows[0] == [
        "Customer", "Name", "Group", "State", "Reason", "Sent", "Clicked", "Replied", "Opted out", "Orders",
        "Net",
    ]  # fmt: skip
    assert (len(rows), rows[1][:4], rows[1][-2]) == (301, ["C1", "Ann 0", "A", "sent"], "1")
    assert (rows[201][2:4], rows[201][-2]) == (["hold-out", "hold-out"], "1")
    assert [sum(float(row[-1]) for row in rows[1:]), rows[2][-2]] == [400.0, "0"]
    trail = read(
        engine, lambda session: session.scalars(select(Audit).where(Audit.action == "exported")).one()
    )
    assert trail.after["rows"] == 300


def rows_of(data: bytes, format: str) -> list[list[str]]:
    if format == "csv":
        return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    shown = [["" if cell is None else cell for cell in row] for row in sheet.iter_rows(values_only=True)]
    return [[str(one) for one in row] for row in shown]


def test_the_bot_itself_never_loads_what_counts_and_draws() -> None:
    """It takes a second, and conversations would wait for it."""
    heavy = ["crm_store.marketing.outcome", "crm_store.analysis.lift", "matplotlib"]
    order = (
        f"import sys, bot.jobs, bot.clock, handlers; print([one for one in {heavy} if one in sys.modules])"
    )

    found = subprocess.run([sys.executable, "-c", order], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "[]"


def test_what_all_campaigns_did_is_told_to_who_asked(sqlite: Engine) -> None:
    window = {
        "start": (BEGAN - timedelta(days=1)).isoformat(),
        "end": (BEGAN + timedelta(days=9)).isoformat(),
    }
    with transaction(sqlite) as session:
        campaign = planted(session)
        session.execute(update(Consent).values(at=BEGAN - timedelta(days=2)))
        addresses.make_key(session)
        by = boss(session)
        jobs.ask(
            session,
            kind=together.JOB,
            arguments={**window, "share": 300},
            asked_by=by,
            chat_id=by.chat_id,
            now=BEGAN,
        )

    work_off(sqlite)

    [told] = said(sqlite, "sendMessage")
    assert told.params["text"].startswith("🧪 <b>All campaigns together: ")
    assert f"📣 Sent in that time: campaigns {campaign.id}, messages 200" in told.params["text"]
