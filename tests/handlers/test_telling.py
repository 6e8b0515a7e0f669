"""What a report says, from its figures: the finding first, the whole within 900 characters."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crm_store.analysis.service_summary import Window
from crm_store.reports.tables import Period
from handlers import html
from handlers.manager.reports import telling
from handlers.manager.reports.telling import Told
from handlers.voice import Voice
from tests.samples import reports
from tests.talk import DESK, START, WORDS

VOICE = Voice(DESK, WORDS)
SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = Window(START - timedelta(days=1), START)


def told(**figures: dict[str, Any]) -> Told:
    before = Window(DAY.start - timedelta(days=7), DAY.end - timedelta(days=7))
    return Told(Period.DAY, DAY, before, False, SHANGHAI, "CNY", figures)


def text(report: Told, language: str = "en", **about: Any) -> str:
    return telling.text(VOICE, report, language=language, now=START, **about)


def test_the_heaviest_finding_is_the_first_line() -> None:
    team = reports.TEAM[1]

    said = text(told(service=reports.ODD, team=team))

    assert said.splitlines()[:2] == [
        "📊 <b>1,200 new tickets; on such a day usually 520 to 990 (of 8 weeks)</b>",
        "Daily report: Thu 19 Nov 10:00 to Fri 20 Nov 10:00, China Time",
    ]


def test_a_change_names_what_makes_most_of_it_and_what_it_is_beside() -> None:
    assert text(told(service=reports.BUSY)).splitlines()[0] == (
        "📊 <b>1,200 new tickets, a week ago 900; most of it complaint (250 more)</b>"
    )
    assert text(told(service=reports.BUSY), "zh").splitlines()[0] == (
        "📊 <b>新工单 1,200，上周同日 900；差别最大的是投诉（多 250）</b>"
    )


def test_the_whole_of_a_busy_day() -> None:
    assert text(told(service=reports.BUSY, team=reports.TEAM[1]), planned=DAY.end - timedelta(hours=3)) == (
        "📊 <b>1,200 new tickets, a week ago 900; most of it complaint (250 more)</b>\n"
        "⏰ Late: planned for Fri 20 Nov 07:00, sent Fri 20 Nov 10:00.\n"
        "Daily report: Thu 19 Nov 10:00 to Fri 20 Nov 10:00, China Time\n"
        "\n"
        "<b>Service</b> 1,200 new (a week ago: 900), 1,100 answered, 1,000 resolved\n"
        "First answer: median 4 minutes, slowest 9 hours (n = 1,200); a week ago: 4 minutes\n"
        "Rating 4.5 of 5 (n = 300)\n"
        "Open now: 7, waiting for us 5; the oldest, T12, for 3 days\n"
        "\n"
        "<b>Team</b> 3 people: 12 tickets answered, 4 orders taken\n"
        "Mia &lt;&amp;&gt; 张: 10 answered, 8 resolved, 3 orders (¥1,200.00)\n"
        "Bob: 2 answered, 0 resolved\n"
        "Ann Seller…: 1 order (¥0.05)"
    )


@pytest.mark.parametrize(
    ("language", "shown"), [("zh", "回复 10，解决 8"), ("en", "10 answered, 8 resolved")]
)
def test_what_would_be_too_long_says_one_line_a_part(
    monkeypatch: pytest.MonkeyPatch, language: str, shown: str
) -> None:
    report = told(service=reports.BUSY, team=reports.TEAM[1])
    whole = text(report, language)

    monkeypatch.setattr(telling, "LONGEST", len(html.plain(whole)) - 1)

    said = text(report, language)
    assert (shown in whole, shown in said) == (True, False)
    assert len(html.plain(said)) < telling.LONGEST
    assert whole.split("<b>")[2] == said.split("<b>")[2]  # what the service did fits, and is said


def test_figures_come_back_from_json_as_they_were() -> None:
    report = told(service=reports.BUSY, team=reports.TEAM[1])

    assert Told.read(report.kept()) == report


def test_what_is_so_only_now_is_no_difference() -> None:
    later = reports.BUSY | {"now": {"open": 0, "ours": 0, "oldest": None, "pairs": 0}}
    more = reports.BUSY | {"new": reports.BUSY["new"] + 1}

    assert not told(service=reports.BUSY).differs(told(service=later))
    assert told(service=reports.BUSY).differs(told(service=more))


def test_what_an_earlier_version_did_not_tell_is_no_difference() -> None:
    before = {key: value for key, value in reports.BUSY.items() if key != "by_week"}

    assert not told(service=reports.BUSY, team=reports.TEAM[1]).differs(told(service=before))
