"""Campaigns in a report: the numbers are those of the ledger of what was sent, and all parts add up."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, func, select
from sqlmodel import Session, col

from crm_store.analysis.service_summary import Window
from crm_store.engine import transaction
from crm_store.mailbox.tables import Outbox, OutboxState
from crm_store.marketing import feeding
from crm_store.marketing.states import CampaignState
from crm_store.marketing.tables import CampaignMember
from crm_store.reports import sections
from crm_store.reports.sections import Scope
from crm_store.reports.tables import Section
from tests.crm_store.marketing import crowd, people
from tests.crm_store.marketing.measured import buy, written
from tests.crm_store.marketing.people import NOW, boss, deliver, fan, feed, running
from tests.samples.outcomes import BUSY, LOWERED, QUIET, RAISED

DAY = timedelta(days=1)
TODAY, BEFORE = Window(NOW - DAY / 2, NOW + DAY / 2), Window(NOW - 3 * DAY / 2, NOW - DAY / 2)


def figures(session: Session, window: Window = TODAY, before: Window = BEFORE) -> dict[str, Any]:
    by = people.boss(session, "Reader")
    scope = Scope(by, ZoneInfo("Asia/Shanghai"), "CNY", NOW)
    return sections.figures(session, section=Section.CAMPAIGNS, window=window, before=before, scope=scope)


def test_what_was_sent_is_what_the_ledger_says(engine: Engine) -> None:
    with transaction(engine) as session:
        for at in range(9):
            fan(session, at)
        campaign = running(session, boss(session), promotion="gift")
        feed(session, campaign, room=4)
        deliver(session)
        feed(session, campaign, room=2)
        deliver(session, state=OutboxState.UNKNOWN)
        feeding.settle(session, now=NOW)
        member = session.scalars(select(CampaignMember)).first()
        assert member is not None
        member.replied_at, member.opted_out_at = NOW, NOW - DAY

        found = figures(session)
        ledger = select(func.count()).where(
            col(Outbox.key).like("campaign:%"), col(Outbox.sent_at).is_not(None)
        )
        sent = session.scalar(ledger)

    row = {"sent": 4, "unknown": 2, "clicked": 0, "replied": 1, "opted_out": 0, "attributed": 0}
    assert found["campaigns"] == [{"number": "M1", "name": "Spring", "promotion": "gift", **row}]
    assert found["promotions"] == [{"promotion": "gift", "campaigns": 1, **row}]
    assert (found["total"], sent) == (row, 4)


def test_promotions_add_up_to_campaigns_and_attribution_to_all_sales(engine: Engine) -> None:
    with transaction(engine) as session:
        ids = crowd.gather(session, count=12, now=NOW)
        for at, promotion in enumerate(("gift", None, "gift")):
            written(session, ids[at * 3 : at * 3 + 3], at=NOW - at * DAY / 4, promotion=promotion)
        buy(session, ids, total=1_001, at=NOW + timedelta(hours=1))

        found = figures(session)

    assert [(one["promotion"], one["sent"]) for one in found["promotions"]] == [("gift", 6), (None, 3)]
    for key in ("sent", "attributed"):
        parts = [found["campaigns"], found["promotions"], [found["total"]]]
        assert len({sum(one[key] for one in rows) for rows in parts}) == 1
    for parts in found["attribution"]["models"].values():
        assert sum(amount for _, amount in parts) == found["attribution"]["total"] == 12 * 1_001
        assert ["", 3 * 1_001] in parts


def test_what_ended_and_was_proven_is_said_first(engine: Engine) -> None:
    with transaction(engine) as session:
        ids = crowd.gather(session, count=9, now=NOW)
        for at, outcome in enumerate((RAISED, LOWERED, None)):
            campaign = written(session, ids[at * 3 : at * 3 + 3], at=NOW - 14 * DAY)
            campaign.outcome, campaign.state = outcome, CampaignState.COMPLETED

        found = figures(session)

    assert [(one["number"], one["verdict"]) for one in found["results"]] == [
        ("M1", "raised"),
        ("M2", "lowered"),
    ]
    assert (found["finding"]["number"], found["finding"]["verdict"]) == ("M2", "lowered")


def test_where_nothing_happened_nothing_is_said(engine: Engine) -> None:
    with transaction(engine) as session:
        found = figures(session)

    assert (found["empty"], found["finding"], found["campaigns"], found["before"]) == (True, None, [], None)


def test_its_table_holds_campaigns_promotions_and_every_model() -> None:
    rows = [list(row) for row in sections.table(Section.CAMPAIGNS, BUSY).rows]

    assert rows[0] == [":campaign_rows.campaign", 'M5 Ann <3 & "张"', 900, 1, 9, 8, 7, 123_456]
    assert rows[4][:2] == [":campaign_rows.promotion", ":campaign_rows.no_promotion"]
    assert [row[1] for row in rows[6:10]] == [
        "M5", ":sources.weibo", ":campaign_rows.rest", ":campaign_rows.unknown"
    ]  # fmt: skip
    assert len(rows) == 6 + 4 * 4
    assert len(sections.table(Section.CAMPAIGNS, QUIET).rows) == 4
