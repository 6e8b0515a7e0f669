"""/camp_report, 活动报告: what a campaign did, as it was kept; else a job counts."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from crm_store.engine import transaction
from crm_store.mailbox.tables import Job
from crm_store.marketing import holdout
from crm_store.marketing.rules import Rules
from crm_store.marketing.states import CampaignState
from crm_store.marketing.tables import Campaign, Goal
from crm_store.staff.roles import Role
from tests.crm_store.marketing import crowd
from tests.crm_store.marketing.measured import written
from tests.samples.outcomes import BARE, FULL, LOWERED, RAISED, UNPROVEN
from tests.talk import DESK, Person, Talk


@pytest.fixture
def mary(talk: Talk) -> Person:
    return talk.staff(50, "Mary", Role.MANAGER)


def campaign(talk: Talk, outcome: dict[str, Any] | None = None, **values: Any) -> None:
    with transaction(talk.engine) as session:
        ids = crowd.gather(session, count=4, now=talk.now)
        made = written(session, ids[:3], held_out=ids[3:], at=talk.now - timedelta(days=1), **values)
        made.outcome = outcome
        if outcome is not None:
            made.state = CampaignState.COMPLETED


def asked(talk: Talk) -> list[tuple[str, dict[str, Any], bool]]:
    with transaction(talk.engine) as session:
        return [
            (one.kind, one.arguments, one.progress_key is not None) for one in session.scalars(select(Job))
        ]


def test_one_that_still_counts_is_counted_by_a_job(talk: Talk, mary: Person) -> None:
    campaign(talk)

    [sent] = mary.say("活动报告M1")

    assert sent.text == "⏳ Counting what <b>M1 Autumn</b> did …"
    assert asked(talk) == [("camp_report", {"campaign": 1}, True)]


def test_what_was_kept_is_told_at_once_and_drawn_by_a_job(talk: Talk, mary: Person) -> None:
    campaign(talk, RAISED)

    [sent] = mary.say("/camp_report M1")

    lines = sent.text.splitlines()
    assert lines[0] == "📣 <b>M1 Autumn: ✅ more customers bought</b>"
    assert lines[1] == (
        "+3.2 points against the hold-out (may be +1.1 to +5.3): of 3,600 customers 13.2% bought, "
        "of 400 held out 10.0%."
    )
    assert sent.buttons == ("CSV", "Excel", "❓ Unknown ones", "M1")
    assert asked(talk) == [("camp_report", {"campaign": 1}, False)]


@pytest.mark.parametrize(
    ("outcome", "finding"),
    [
        (FULL | {"unshown": "no_holdout", "versions": []}, "no hold-out: nobody can tell what it changed"),
        (LOWERED, "🔻 fewer customers bought"),
        (UNPROVEN, "➖ no significant difference"),
    ],
)
def test_the_finding_comes_first(talk: Talk, mary: Person, outcome: dict[str, Any], finding: str) -> None:
    campaign(talk, outcome)

    [sent] = mary.say("/camp_report M1")

    assert sent.text.splitlines()[0] == f"📣 <b>M1 Autumn: {finding}</b>"


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "en",
            [
                "That is 115 fewer customers who bought (may be 40 to 191).",
                "💴 -¥7.70 a customer against the hold-out (may be -¥16.70 to +¥1.30; may be chance), in all "
                "-¥27,729.00 (may be -¥60,129.00 to +¥4,671.00); "
                "with the largest orders capped -¥7.70 a customer.",
            ],
        ),
        (
            "zh",
            [
                "相当于少了 115 位下单客户（可能在 40 到 191 之间）。",
                "💴 比对照组平均每位 -¥7.70（可能在 -¥16.70 到 +¥1.30 之间，可能只是偶然），"
                "全部加起来 -¥27,729.00（可能在 -¥60,129.00 到 +¥4,671.00 之间）；"
                "特大的单子封顶以后，平均每位 -¥7.70。",
            ],
        ),
    ],
)
def test_harm_is_told_with_its_range(talk: Talk, language: str, lines: list[str]) -> None:
    ann = talk.staff(52, "Ann", Role.MANAGER, language)
    campaign(talk, LOWERED)

    [sent] = ann.say("/camp_report M1")

    assert sent.text.splitlines()[2:4] == lines


def test_in_chinese_no_difference_is_called_so(talk: Talk) -> None:
    lin = talk.staff(51, "林掌柜", Role.MANAGER, "zh")
    campaign(talk, UNPROVEN)

    [sent] = lin.say("活动报告 M1")

    assert sent.text.splitlines()[0] == "📣 <b>M1 Autumn：➖ 无显著差异</b>"
    assert "这么大的差别，每组还要多 160 位客户才看得清。" in sent.text


def test_one_that_is_for_answers_says_first_how_many_answered(talk: Talk, mary: Person) -> None:
    campaign(talk, FULL | {"unshown": "no_holdout"}, goal=Goal.REPLIES)

    [sent] = mary.say("/camp_report M1")

    assert sent.text.splitlines()[0].startswith("📣 <b>M1 Autumn: 💬 5.7% replied (may be 4.9% to 6.5%). ")


def test_clicks_that_nobody_could_count_are_said_to_be_so(talk: Talk, mary: Person) -> None:
    campaign(talk, BARE)

    [sent] = mary.say("/camp_report M1")

    assert "clicked not tracked (no public address)" in sent.text


def test_without_a_number_it_lists_them_with_what_each_promotion_brought(talk: Talk, mary: Person) -> None:
    with transaction(talk.engine) as session:
        ids = crowd.gather(session, count=9, now=talk.now)
        for at, promotion in enumerate(("discount", None, "discount")):
            made = written(session, ids[at * 3 : at * 3 + 3], at=talk.now, promotion=promotion)
            made.state, made.outcome = CampaignState.COMPLETED, RAISED

    [sent] = mary.say("/camp_report")

    assert sent.text == talk.render(
        "manager/campaign/reports.html.j2",
        campaigns=[{"campaign": _named(at), "verdict": "raised"} for at in (3, 2, 1)],
        promotions=[
            {"promotion": "discount", "campaigns": 2, "sent": 7000, "converted": 948, "net": 9_760_000,
             "margin": 7_700_000, "currency": "CNY"},
            {"promotion": None, "campaigns": 1, "sent": 3500, "converted": 474, "net": 4_880_000,
             "margin": 3_850_000, "currency": "CNY"},
        ],
    )  # fmt: skip
    assert sent.buttons == ("M3", "M2", "M1")


def test_what_all_of_them_did_is_counted_by_a_job_once_a_whole_month_is_over(sqlite: Engine) -> None:
    talk = Talk(sqlite, desk=replace(DESK, campaigns=Rules(holdout=25)))
    mary = talk.staff(50, "Mary", Role.MANAGER)
    campaign(talk)
    before = mary.say("/camp_report")[-1]
    assert before.buttons == ("M1", "🧪 What all of them did")
    assert mary.tap("camp_all")[-1].text.splitlines()[1].startswith("No campaign was sent yet;")
    with transaction(talk.engine) as session:
        holdout.note(session, thousandths=25, now=talk.now - timedelta(days=80))

    [sent] = mary.tap("camp_all")

    assert sent.text == "⏳ Comparing the shop's hold-out (2.5%, no marketing at all) with everybody else …"
    window = {"start": "2026-09-30T16:00:00+00:00", "end": "2026-10-31T16:00:00+00:00"}
    assert asked(talk) == [("camp_together", window | {"share": 25}, True)]


def _named(number: int) -> dict[str, str]:
    return {"number": f"M{number}", "name": "Autumn", "state": "completed"}


def test_a_draft_has_nothing_to_tell(talk: Talk, mary: Person) -> None:
    campaign(talk)
    with transaction(talk.engine) as session:
        made = session.get_one(Campaign, 1)
        made.state, made.started_at = CampaignState.DRAFT, None

    [sent] = mary.say("/camp_report M1")
    gone = mary.tap("camp_repf:1:csv")
    nothing = mary.say("/camp_report M77")

    assert sent.text.startswith("<b>M1</b> was not started yet: there is nothing to tell.")
    assert [one.text for one in gone] == [sent.text]
    assert nothing[0].text == talk.render("refused/no_such_campaign.html.j2", number="M77")


def test_the_file_is_asked_of_a_job(talk: Talk, mary: Person) -> None:
    campaign(talk)

    mary.tap("camp_repf:1:xlsx")
    mary.tap("camp_repf:1:exe")

    assert asked(talk) == [("camp_file", {"campaign": 1, "format": "xlsx"}, False)]
