"""A campaign on its way: tested, handed in, approved by a second person, started, paused, resumed, ended."""

from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from crm_store.engine import transaction
from crm_store.mailbox.tables import Job, Outbox, OutboxState
from crm_store.marketing import campaigns, feeding, freezing
from crm_store.marketing.states import CampaignState
from crm_store.marketing.tables import CampaignMember
from handlers.customer.subscription import with_way_out
from handlers.manager.campaigns.message import Renderer
from tests.handlers.campaigns.marketing import (
    FIRST,
    URL,
    approval,
    arms,
    boss,
    campaign,
    draft,
    fans,
    shop,
    submitted,
    tap,
)
from tests.handlers.desk import to
from tests.talk import WORDS, Sent, Talk, texts


@pytest.fixture
def talk(engine: Engine) -> Talk:
    return shop(engine, approval_above=2)


def send(talk: Talk, number: int = 1, *, freeze: bool = True, settle: bool = True) -> None:
    """As the machine does: members written down, messages queued and sent, what became of them read."""
    desk = talk.desk
    with transaction(talk.engine) as session:
        one = campaigns.get(session, number=number)
        if freeze:
            _, chunks = freezing.plan(
                session, campaign=one, rules=desk.campaigns, zone=desk.timezone, now=talk.now
            )
            for chunk in chunks:
                assert freezing.write(session, campaign_id=one.id, members=chunk)
            session.refresh(one)
            campaigns.freeze(session, campaign=one, rules=desk.campaigns, now=talk.now)
        feed(talk, session, number)
    talk.deliver()
    if settle:
        with transaction(talk.engine) as session:
            feeding.settle(session, now=talk.now)


def feed(talk: Talk, session: Session, number: int = 1) -> None:
    desk = talk.desk
    feeding.feed(
        session,
        campaign=campaigns.get(session, number=number),
        render=with_way_out(Renderer(desk, WORDS), WORDS),
        rules=desk.campaigns,
        zone=desk.timezone,
        room=50,
        now=talk.now,
    )


def running(talk: Talk, who: Any, **about: Any) -> None:
    """Started; ``about`` is what ``draft`` takes. Needs an audience that its author may approve."""
    sent = submitted(talk, who, **about)
    sent = tap(who, sent, "✅ Approve")
    sent = tap(who, sent, "▶️ Start…")
    tap(who, sent, "▶️ Start sending")


def test_a_test_goes_to_who_asks_alone_and_is_marked(talk: Talk) -> None:
    olga = boss(talk)
    [ann] = fans(talk, 1, city="Leeds")
    draft(talk, olga, text="Dear {{ name }} in {{ city }}")

    header, message, card = olga.say("/camp_test M1")

    assert header.text == (
        f"🧪 A test, to you only: <b>M1</b>, English, with what is known of {ann.number} "
        "Ann &lt;3 &amp; &#34;张&#34;."
    )
    assert message.to == olga.id
    assert message.text == (
        "Dear Ann &lt;3 &amp; &#34;张&#34; in Leeds\n\n"
        'No more of these? Tap "Unsubscribe" below, or reply <b>STOP</b>.'
    )
    assert message.buttons == ("Unsubscribe",)
    assert "📨 Submit" in card.buttons


def test_a_test_with_nobody_to_show_it_by_is_made_up(talk: Talk) -> None:
    olga = boss(talk)
    draft(talk, olga, text="Dear {{ salutation }}, {{ favourite }} since {{ last_order_day }}")

    header, message, _ = olga.say("/camp_test")  # the only draft there is

    assert header.text.endswith("with made-up values.")
    assert message.text.startswith("Dear Ms Ann, Longjing tea since 5 Jan 2026\n")


def test_nothing_is_handed_in_that_nobody_has_seen(talk: Talk) -> None:
    olga = boss(talk)
    draft(talk, olga)

    sent = olga.tap("camp_sub:1")

    assert sent[-1].text.startswith("Nobody has seen the message of <b>M1</b>")
    assert campaign(talk).state == CampaignState.DRAFT


def test_a_changed_message_wants_another_test(talk: Talk) -> None:
    olga = boss(talk)
    draft(talk, olga)
    olga.say("/camp_test M1")
    olga.tap("camp_at:1:message.A.en")
    olga.say("More tea!")

    assert olga.tap("camp_sub:1")[-1].text.startswith("Nobody has seen the message")


def test_many_are_reached_only_with_a_second_person(talk: Talk) -> None:
    olga, bob = boss(talk), boss(talk, 2, "Bob")
    fans(talk, 3)

    sent = submitted(talk, olga)

    [asked] = to(sent, bob)
    assert asked.text.splitlines()[:2] == [
        "📣 <b>M1 Spring</b> · waiting for approval",
        "🙋 Olga asks you to approve it.",
    ]
    assert "Can be sent to <b>3</b> now: 3 get it, 0 are held out." in asked.text
    assert asked.buttons == ("✅ Approve", "↩️ Send back", "👀 See the messages", "🛑 End…")
    assert "✅ Approve" not in [text for one in sent if one.to == olga.id for text in one.buttons]
    own = olga.tap(approval(talk))  # from an older card
    assert own[-1].text.startswith("<b>M1</b> would reach 3 customers; above 2 another manager")
    assert campaign(talk).state == CampaignState.IN_REVIEW

    sent = tap(bob, sent, "✅ Approve")

    assert campaign(talk).state == CampaignState.SCHEDULED
    assert texts(sent, olga) == ["✅ Bob approved <b>M1 Spring</b>. Start it: <code>/camp_go M1</code>"]
    again = bob.tap(approval(talk))
    assert again[-1].text.startswith('<b>M1</b> is "approved": you cannot approve it.')


def test_an_older_card_approves_nothing_that_was_changed_since(talk: Talk) -> None:
    olga, bob = boss(talk), boss(talk, 2, "Bob")
    fans(talk, 3)
    submitted(talk, olga)
    older = approval(talk)
    olga.tap("camp_no:1")
    olga.tap("camp_at:1:message.A.en")
    olga.say("Other words!")
    olga.say("/camp_test M1")
    olga.tap("camp_sub:1")

    shown = bob.tap(older)
    assert campaign(talk).state == CampaignState.IN_REVIEW
    assert "Other words!" in shown[-1].text
    tap(bob, shown, "✅ Approve")

    assert campaign(talk).state == CampaignState.SCHEDULED


def test_an_approval_is_for_as_many_as_its_card_says(talk: Talk) -> None:
    olga, bob = boss(talk), boss(talk, 2, "Bob")
    fans(talk, 3)
    sent = submitted(talk, olga)
    fans(talk, 14)

    shown = tap(bob, sent, "✅ Approve")
    assert campaign(talk).state == CampaignState.IN_REVIEW
    assert "Can be sent to <b>14</b> now" in shown[-1].text
    card = tap(bob, shown, "✅ Approve")

    assert (campaign(talk).state, campaign(talk).approved_for) == (CampaignState.SCHEDULED, 14)
    assert "✅ Approved by Bob, 10:00, for 14 customers" in card[0].text.splitlines()


def test_few_may_be_approved_by_the_author(talk: Talk) -> None:
    olga = boss(talk)
    fans(talk, 2)

    sent = tap(olga, submitted(talk, olga), "✅ Approve")

    assert campaign(talk).state == CampaignState.SCHEDULED
    assert "▶️ Start…" in sent[-1].buttons


def test_it_is_sent_back_with_a_reason(talk: Talk) -> None:
    olga, bob = boss(talk), boss(talk, 2, "Bob")
    fans(talk, 3)
    sent = submitted(talk, olga)

    sent = tap(bob, sent, "↩️ Send back")
    assert sent[-1].text == "Why is <b>M1 Spring</b> sent back? A sentence for its author."
    sent = bob.say("Too <loud>")

    assert texts(sent, olga) == [
        "↩️ Bob sent <b>M1 Spring</b> back. Why: Too &lt;loud&gt;\n"
        "All you wrote is still there: change it and submit it again."
    ]
    assert campaign(talk).state == CampaignState.DRAFT
    assert bob.tap("camp_no0:1")[-1].text.startswith('<b>M1</b> is "draft": you cannot reject it.')


def test_its_author_takes_it_back_without_a_word(talk: Talk) -> None:
    olga = boss(talk)
    fans(talk, 1)

    sent = tap(olga, submitted(talk, olga), "↩️ Take back")

    assert campaign(talk).state == CampaignState.DRAFT
    assert "✏️ Change" in sent[-1].buttons


def test_the_messages_can_be_seen_by_who_approves_them(talk: Talk) -> None:
    olga, bob = boss(talk), boss(talk, 2, "Bob")
    fans(talk, 3)
    sent = submitted(talk, olga)

    seen = tap(bob, to(sent, bob), "👀 See the messages")

    assert [one.to for one in seen] == [bob.id, bob.id]
    assert seen[1].text.startswith("Tea!\n")


def test_the_whole_course(talk: Talk) -> None:
    olga = boss(talk)
    fans(talk, 2)

    sent = submitted(talk, olga)
    sent = tap(olga, sent, "✅ Approve")
    sent = tap(olga, sent, "▶️ Start…")
    assert "▶️ Start now? What was sent cannot be taken back." in sent[-1].text
    assert "Can be sent to <b>2</b> now: 2 get it, 0 are held out." in sent[-1].text
    sent = tap(olga, sent, "▶️ Start sending")
    assert sent[-1].text == "▶️ <b>M1 Spring</b>: writing its members down, then it is sent."
    again = olga.tap("camp_go1:1")
    assert again[-1].text.startswith('<b>M1</b> is "writing its members down": you cannot start it.')
    with transaction(talk.engine) as session:
        assert [one.kind for one in session.scalars(select(Job))] == [campaigns.FREEZE]
    send(talk)

    card = olga.say("/camp M1")[-1]
    assert card.text.splitlines()[-2:] == ["2 in all: sent 2", "Opted out 0 · replied 0"]
    assert card.buttons == ("👀 See the messages", "⏸ Pause", "🔄 Refresh", "📊 Outcome", "🛑 End…")
    sent = olga.say("暂停")
    assert sent[-1].text.startswith("📣 <b>M1 Spring</b> · paused")
    assert olga.say("/camp_pause M1")[-1].text.startswith('<b>M1</b> is "paused": you cannot pause it.')
    sent = olga.say("继续 M1")
    assert sent[-1].text.startswith("📣 <b>M1 Spring</b> · sending")
    sent = olga.say("停止M1")
    assert sent[-1].text == "🛑 End <b>M1 Spring</b>? It cannot go on after that.\n2 sent, 0 still waiting."
    assert campaign(talk).state == CampaignState.RUNNING
    sent = tap(olga, sent, "🛑 Yes, end it")
    assert sent[-1].text.startswith("📣 <b>M1 Spring</b> · ended early")
    assert talk.group.failed == 0


def test_another_one_is_made_like_one_that_ended(talk: Talk) -> None:
    olga, bob = boss(talk), boss(talk, 2, "Bob")
    fans(talk, 2, city="Leeds")
    running(talk, olga, text="Tea in {{ city }}", audience="city:Leeds")
    olga.tap("camp_end1:1")

    card = tap(bob, bob.say("/camp M1"), "📄 Another like it")

    first, second = campaign(talk), campaign(talk, 2)
    assert card[-1].text.startswith("📣 <b>M2 Spring</b> · draft")
    assert (second.state, second.created_by, second.tested_at) == (CampaignState.DRAFT, 2, None)
    assert (second.audience, second.holdout, second.salt != first.salt) == ("city:Leeds", first.holdout, True)
    assert [(one.body, one.weight) for one in arms(talk, 2)] == [({"en": "Tea in {{ city }}"}, 1)]


def test_a_pause_takes_back_what_waits_and_nobody_gets_it_twice(talk: Talk) -> None:
    olga = boss(talk)
    fans(talk, 2)
    running(talk, olga)
    with transaction(talk.engine) as session:
        one = campaigns.get(session, number=1)
        _, chunks = freezing.plan(
            session, campaign=one, rules=talk.desk.campaigns, zone=talk.desk.timezone, now=talk.now
        )
        for chunk in chunks:
            freezing.write(session, campaign_id=1, members=chunk)
        session.refresh(one)
        campaigns.freeze(session, campaign=one, rules=talk.desk.campaigns, now=talk.now)
        feed(talk, session)

    olga.say("/camp_pause M1")
    with transaction(talk.engine) as session:
        assert _keys(session) == []
    olga.say("/camp_resume M1")
    send(talk, freeze=False)
    send(talk, freeze=False)

    with transaction(talk.engine) as session:
        assert len(_keys(session)) == 2


def _keys(session: Session) -> list[str]:
    keys = session.scalars(select(col(Outbox.key)).where(col(Outbox.state) != OutboxState.CANCELLED))
    return [one for one in keys if one.startswith("campaign:")]


def test_commands_without_a_number_ask_which(talk: Talk) -> None:
    olga = boss(talk)
    assert olga.say("/camp_go")[-1].text.startswith("There is no campaign to start now.")
    draft(talk, olga)
    draft(talk, olga)
    none = olga.say("/camp_go")[-1]
    assert none.text.splitlines()[0] == (
        "There is no campaign to start now. Open one to see what it waits for:"
    )
    assert none.buttons == ("M2", "M1")

    sent = olga.say("/camp_test")

    assert sent[-1].text.splitlines()[0] == "Which one do you want to test?"
    assert sent[-1].buttons == ("M2", "M1")


def test_a_sentence_that_begins_like_a_command_does_nothing(talk: Talk) -> None:
    olga = boss(talk)
    fans(talk, 1)
    running(talk, olga)
    send(talk)

    sent = olga.say("暂停 一下再说")

    assert sent[-1].text.startswith("There is no campaign <code>一下再说</code>.")
    assert campaign(talk).state == CampaignState.RUNNING


@pytest.mark.parametrize("word", ["camp", "camp_go", "camp_pause", "camp_resume", "camp_stop", "camp_test"])
def test_a_campaign_that_there_is_not_is_said_so(talk: Talk, word: str) -> None:
    olga = boss(talk)

    assert olga.say(f"/{word} M99")[-1].text.startswith("There is no campaign <code>M99</code>.")


def test_the_list_pages(talk: Talk) -> None:
    olga = boss(talk)
    for _ in range(7):
        olga.say("/camp_new Spring")

    sent = olga.say("活动")
    assert sent[-1].buttons == ("M7", "M6", "M5", "M4", "M3", "M2", "Older ➡️", "➕ New campaign")
    sent = tap(olga, sent, "Older ➡️")
    assert sent[-1].buttons == ("M1", "⬅️ Newer", "➕ New campaign")


def test_the_customer_gets_their_language_their_name_and_a_way_out(talk: Talk) -> None:
    olga = boss(talk)
    fans(talk, 2, city=None)
    olga.say("/camp_new Spring")
    olga.tap("camp_skip:1:goal")
    olga.tap("camp_skip:1:promotion")
    olga.tap("camp_pick:1:audience:all")
    olga.say("{{ 姓名 }}您好，{{ 城市 | default(“您那里”) }}有好茶")
    olga.say("Dear {{ name }}, tea!")
    olga.say(photo=[{"file_id": "tea", "file_unique_id": "t", "width": 9, "height": 9}])
    olga.say(f"看看 / Look | {URL}")
    olga.say("/camp_test M1")
    sent = olga.tap("camp_sub:1")
    sent = tap(olga, sent, "✅ Approve")
    olga.tap("camp_go1:1")
    send(talk)

    english, chinese = (
        next(one for one in talk.outbox() if one.to == FIRST + number and one.method == "sendPhoto")
        for number in (0, 1)
    )
    assert english.row.params["photo"] == "tea"
    assert english.text.startswith("Dear Ann &lt;3 &amp; &#34;张&#34;, tea!\n\nNo more of these?")
    assert chinese.text.startswith("Ann &lt;3 &amp; &#34;张&#34;您好，您那里有好茶\n\n不想再收到")
    assert (english.buttons, chinese.buttons) == (("Look", "Unsubscribe"), ("看看", "退订"))
    talk.customer().tap(english.data[1])
    with transaction(talk.engine) as session:
        out = session.scalars(select(CampaignMember).where(col(CampaignMember.opted_out_at).is_not(None)))
        assert [one.customer_id for one in out] == [1]


def test_who_gets_it_in_another_language_than_theirs_is_shown_the_way_out_in_that_one(sqlite: Engine) -> None:
    talk = shop(sqlite)
    olga = boss(talk)
    fans(talk, 2)
    olga.say("/camp_new Spring")
    olga.tap("camp_at:1:message.A.zh")
    olga.say("新茶到了")
    olga.say("/camp_test M1")
    tap(olga, olga.tap("camp_sub:1"), "✅ Approve")
    olga.tap("camp_go1:1")
    send(talk)

    got = [one for one in talk.outbox() if one.text.startswith("新茶到了") and one.to >= FIRST]
    assert [one.buttons for one in got] == [("退订",), ("退订",)]
    assert all("“退订”" in one.text for one in got)


def test_who_lacks_what_it_says_gets_nothing_and_is_counted(talk: Talk) -> None:
    olga = boss(talk)
    fans(talk, 1, city="Leeds")
    fans(talk, 0)
    nowhere = talk.customer(FIRST + 1)
    nowhere.say("/start")
    nowhere.say("/sub")
    draft(talk, olga, text="Tea in {{ city }}")

    card = olga.say("/camp M1")[-1]

    assert "Can be sent to <b>1</b> now: 1 get it, 0 are held out." in card.text
    assert "• not sent, no city: 1" in card.text
    olga.say("/camp_test M1")
    sent = olga.tap("camp_sub:1")
    tap(olga, sent, "✅ Approve")
    olga.tap("camp_go1:1")
    send(talk)
    with transaction(talk.engine) as session:
        found = session.scalars(select(CampaignMember).order_by(col(CampaignMember.customer_id)))
        assert [(one.state.value, one.reason) for one in found] == [
            ("sent", None),
            ("suppressed", "missing:city"),
        ]


def test_who_lacks_what_one_version_says_may_still_get_the_other(talk: Talk) -> None:
    olga = boss(talk)
    fans(talk, 2, city="")
    draft(talk, olga, text="Tea in {{ city }}")
    olga.tap("camp_at:1:versions")
    olga.tap("camp_pick:1:versions:add")
    olga.say("Tea!")

    card = olga.say("/camp M1")[-1]

    assert "Can be sent to <b>2</b> now" in card.text
    assert "• not sent version A, no city: 2" in card.text


def test_the_card_always_says_what_comes_next(talk: Talk) -> None:
    olga, bob = boss(talk), boss(talk, 2, "Bob")
    fans(talk, 3)
    olga.say("/camp_new Spring")
    olga.tap("camp_leave:1")
    told = [_next(olga.say("/camp M1"))]
    olga.tap("camp_at:1:message.A.en")
    olga.say("Tea!")
    told.append(_next(olga.say("/camp M1")))
    told.append(_next(olga.say("/camp_test M1")))
    olga.tap("camp_sub:1")
    told += [_next(olga.say("/camp M1")), _next(bob.say("/camp M1"))]
    told.append(_next(bob.tap(approval(talk))[:1]))

    labels = WORDS.labels("en", "campaign_next")
    assert told == [labels[one] for one in ("write", "test", "submit", "wait", "approve", "start")]


def test_who_is_alone_is_told_how_it_can_be_approved(talk: Talk) -> None:
    olga = boss(talk)
    fans(talk, 3)
    submitted(talk, olga)

    assert _next(olga.say("/camp M1")).startswith("somebody else must approve it: /invite another manager")


def test_a_time_that_has_passed_meanwhile_is_said_before_it_is_approved(talk: Talk) -> None:
    olga = boss(talk)
    draft(talk, olga)
    olga.tap("camp_at:1:time")
    olga.say("tomorrow 10:00")
    assert "once approved it starts at once" not in olga.say("/camp M1")[-1].text

    talk.later(days=2)

    assert "⚠️ Its time is over: once approved it starts at once." in olga.say("/camp M1")[-1].text


def test_what_happens_by_itself_is_not_offered(talk: Talk) -> None:
    olga = boss(talk)
    submitted(talk, olga)
    olga.tap(approval(talk))
    olga.tap("camp_go1:1")

    refused = olga.tap("camp_go1:1")[-1].text

    assert refused.splitlines()[1:] == ["What you can do now:", "• end it"]


def _next(sent: list[Sent]) -> str:
    [line] = [one for one in sent[-1].text.splitlines() if one.startswith("👉")]
    return line.removeprefix("👉 Next: ").removesuffix(".")
