"""The section of segments: the tiers as they stood, and the shop's own segments now."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from bot.pictures import segments as pictured
from crm_store.analysis import snapshots
from crm_store.analysis.service_summary import Window
from crm_store.analysis.tables import AnalysisKind, CustomerScore
from crm_store.customers import filters
from crm_store.engine import transaction
from crm_store.marketing import segments
from crm_store.marketing.segments import Reading
from crm_store.reports.sections import Scope
from crm_store.reports.sections import segments as section
from crm_store.staff.roles import Role
from tests.bot.test_pictures import png, spoken, written
from tests.crm_store.analysis.buying import ZONE, customers
from tests.crm_store.people import NOW, staff
from tests.talk import DESK, WORDS

DAY = timedelta(days=1)
WINDOW, BEFORE = Window(NOW - DAY, NOW), Window(NOW - 2 * DAY, NOW - DAY)


def keep(session: Session, ago: timedelta, champions: int, **result: Any) -> None:
    tiers = [
        {"tier": "champions", "customers": champions, "net": 8_000},
        {"tier": "lost", "customers": 40 - champions, "net": 2_000},
    ]
    snapshots.keep(
        session, kind=AnalysisKind.RFM, as_of=NOW - ago, zone=ZONE, currency="CNY", n=40, method="rfm 1",
        result={"window_days": 365, "tiers": tiers, "moved": {}} | result, seconds=1.0, now=NOW,
    )  # fmt: skip


def figures(session: Session) -> dict[str, Any]:
    scope = Scope(staff(session, "Mia", Role.MANAGER), ZONE, "CNY", NOW)
    return section.figures(session, window=WINDOW, before=BEFORE, scope=scope)


def test_it_says_how_the_tiers_stood_when_the_window_ended(engine: Engine) -> None:
    with transaction(engine) as session:
        keep(session, 3 * DAY / 2, 8)
        keep(session, DAY / 2, 10, moved={"champions": {"champions": 7, "lost": 1}})
        keep(session, -DAY, 20)  # later than the window: it does not exist for it
        found = figures(session)

    assert found["tiers"] == [
        {"tier": "champions", "customers": 10, "net": 8_000, "part": 0.25, "share": 0.8, "before": 8},
        {"tier": "lost", "customers": 30, "net": 2_000, "part": 0.75, "share": 0.2, "before": 32},
    ]
    assert (found["empty"], found["n"], found["quiet"], found["best"]) == (False, {"customers": 40}, 1, 8)
    assert found["finding"] == {"weight": 0.4, "quiet": 1, "best": 8}
    assert section.table(found).rows == [[":rfm.champions", 10, 8_000, 8], [":rfm.lost", 30, 2_000, 32]]
    for language in ("zh", "en"):
        [drawn] = pictured.draw(found, spoken(language))
        assert png(drawn.figure).width == 1000
        assert "80%" in written(drawn.figure)


def test_before_the_first_night_it_is_empty(engine: Engine) -> None:
    with transaction(engine) as session:
        found = figures(session)

    assert (found["empty"], found["tiers"], found["finding"]) == (True, [], None)
    assert list(pictured.draw(found, spoken("en"))) == []


@pytest.mark.parametrize("nights", [[DAY / 2, 3 * DAY / 2], [3 * DAY / 2]], ids=["the same", "none since"])
def test_tiers_that_stand_as_they_stood_are_told_but_are_no_news(
    engine: Engine, nights: list[timedelta]
) -> None:
    """So "skip empty" goes on meaning something once customers were analysed."""
    with transaction(engine) as session:
        for ago in nights:
            keep(session, ago, 10)
        found = figures(session)

    assert (found["empty"], [one["customers"] for one in found["tiers"]]) == (True, [10, 30])
    for language, said in (("zh", "核心客户 10 位"), ("en", "Champions 10")):
        values = {"figures": found, "currency": "CNY", "brief": False, "beside": "before"}
        text = WORDS.render(language, "manager/report/segments.html.j2", desk=DESK, now=NOW, **values)
        assert said in text


def test_the_shops_segments_are_counted_as_the_lists_count_them(engine: Engine) -> None:
    """C13: one filter text gives the same customers in a list, a segment and a report."""
    with transaction(engine) as session:
        mia = staff(session, "Ada", Role.MANAGER)
        for id in customers(session, 3, at=NOW)[:2]:
            session.add(CustomerScore(customer_id=id, as_of=NOW, rfm="new"))
        reading = Reading(ZONE, "CNY", NOW)
        segments.create(session, name="fresh", text="rfm:new", reading=reading, by=mia)
        broken = segments.create(session, name="broken", text="owner:Ada", reading=reading, by=mia)
        broken.filter = "owner:Gone"
        found = figures(session)["now"]["segments"]
        listed = filters.read(session, "rfm:new", zone=ZONE, now=NOW)

        assert found == [{"number": "S1", "name": "fresh", "customers": 2}]
        assert filters.count(session, filtered=listed, by=None) == 2
