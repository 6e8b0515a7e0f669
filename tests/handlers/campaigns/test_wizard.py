"""/camp_new: a campaign step by step, in both languages; nothing that was typed is lost."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from crm_store.engine import transaction
from crm_store.mailbox.tables import Form
from crm_store.marketing.states import CampaignState
from crm_store.marketing.tables import Goal, Segment
from tests.handlers.campaigns.marketing import URL, arms, asked, boss, campaign, fans, shop, tap
from tests.handlers.desk import photo
from tests.talk import Person, Talk


@pytest.fixture
def talk(engine: Engine) -> Talk:
    return shop(engine)


def test_the_whole_way_in_english(talk: Talk) -> None:
    olga = boss(talk)
    fans(talk, 4, city="Leeds")

    assert asked(olga.say("/camp_new")).startswith("📣 A new campaign.")
    sent = olga.say('Spring <3 & "茶"')
    assert asked(sent) == "🎯 What is <b>M1 Spring &lt;3 &amp; &#34;茶&#34;</b> for?"
    sent = tap(olga, sent, "Win customers back")
    assert asked(sent).startswith("🏷 Which kind of promotion?")
    sent = tap(olga, sent, "Gift")
    assert asked(sent).startswith("👥 Who gets it?")
    counted, *sent = olga.say("city:Leeds")[-2:]
    assert counted.text.splitlines()[0] == "👥 <b>M1</b> can be sent to <b>4</b> customers now."
    assert asked(sent).startswith("✍️ Version A, Chinese")
    sent = tap(olga, sent, "Skip ➡️")
    assert asked(sent).startswith("✍️ Version A, English")
    preview, *sent = olga.say("Dear {{ name }}, tea for {{ city }}!")[-2:]
    assert "Dear Ann &lt;3 &amp; &#34;张&#34;, tea for Leeds!" in preview.text
    assert asked(sent).startswith("🖼 A picture")
    sent = olga.say(photo=photo("tea"))
    assert asked(sent).startswith("🔗 Buttons for version A?")
    sent = olga.say(f"看看 / Look | {URL}")
    assert asked(sent).startswith("🅰️ Another version")
    sent = tap(olga, sent, "➕ Write version B")
    assert asked(sent).startswith("✍️ Version B, Chinese")
    sent = tap(olga, sent, "Skip ➡️")
    sent = olga.say("Tea, {{ salutation | default(name) }}?")
    assert asked(sent).startswith("🅰️ Another version")
    sent = tap(olga, sent, "Skip ➡️")
    assert asked(sent) == "⚖️ In what proportion? For example <code>1:1</code> or <code>70:30</code>."
    sent = olga.say("2:1")
    assert asked(sent).startswith("🧪 How many are held out")
    sent = tap(olga, sent, "20%")
    assert asked(sent).startswith("🕙 When?")
    sent = olga.say("tomorrow 10:00")
    assert "🌙 When must it be quiet?" in sent[-1].text
    sent = olga.say("22:00-8:00")
    assert asked(sent).startswith("🛑 When does it pause by itself?")
    sent = olga.say("1.5% 8%")
    assert asked(sent).startswith("💰 What does it cost")
    sent = olga.say("1200")

    made, (first, second) = campaign(talk), arms(talk)
    assert sent[-1].text == olga.say("/camp M1")[-1].text
    assert sent[-1].buttons == ("✏️ Change", "🧪 Test on myself", "🛑 End…")
    assert (made.goal, made.promotion, made.audience) == (Goal.WIN_BACK, "gift", "city:Leeds")
    assert (made.holdout, made.quiet_from, made.quiet_to) == (200, "22:00", "08:00")
    assert (made.stop_opt_outs, made.stop_failures, made.cost) == (15, 80, 120_000)
    assert made.send_at is not None
    assert talk.desk.local(made.send_at).isoformat() == "2026-11-21T10:00:00+08:00"
    links = [{"text": {"zh": "看看", "en": "Look"}, "url": URL}]
    assert (first.name, first.body, first.weight) == ("A", {"en": "Dear {{ name }}, tea for {{ city }}!"}, 2)
    assert (first.picture, first.buttons) == ("tea", links)
    assert (second.name, second.weight, second.picture, second.buttons) == ("B", 1, "tea", links)
    assert talk.group.failed == 0


def test_the_whole_way_in_chinese(talk: Talk) -> None:
    olga = boss(talk, language="zh")
    fans(talk, 2, city="杭州", salutation="张老师")

    assert asked(olga.say("新活动")).startswith("📣 新活动，先起个名字")
    sent = olga.say("双十一老客回馈")
    sent = olga.say("唤回老客")
    assert asked(sent).startswith("🏷 用什么促销？")
    sent = olga.say("买二送一")
    assert asked(sent).startswith("👥 发给谁？")
    counted, *sent = tap(olga, sent, "所有客户")[-2:]
    assert counted.text.splitlines()[0] == "👥 <b>M1</b> 现在能发给 <b>2</b> 位客户。"
    preview, *sent = olga.say("{{ 称呼 }}您好，{{ 城市 }}的新茶到了")[-2:]
    assert "张老师您好，杭州的新茶到了" in preview.text
    assert "不想再收到" in preview.text
    assert asked(sent).startswith("✍️ 版本 A，英文")
    sent = tap(olga, sent, "跳过 ➡️")
    sent = tap(olga, sent, "跳过 ➡️")
    sent = olga.say(f"立即购买｜{URL}")
    sent = tap(olga, sent, "跳过 ➡️")
    sent = olga.say("10%")
    assert asked(sent).startswith("🕙 什么时候发？")
    sent = olga.say("明天上午10点")
    sent = tap(olga, sent, "按店里的规定")
    sent = tap(olga, sent, "不自动暂停")
    sent = olga.say("500元")

    made, [arm] = campaign(talk), arms(talk)
    assert sent[-1].text.startswith("📣 <b>M1 双十一老客回馈</b> · 草稿")
    assert (made.goal, made.promotion, made.audience) == (Goal.WIN_BACK, "买二送一", "")
    assert (made.stop_opt_outs, made.stop_failures, made.cost, made.holdout) == (None, None, 50_000, 100)
    assert arm.body == {"zh": "{{ 称呼 }}您好，{{ 城市 }}的新茶到了"}
    assert arm.buttons == [{"text": {"zh": "立即购买"}, "url": URL}]
    assert talk.group.failed == 0


def test_every_step_can_be_gone_back_to_and_keeps_what_was_said(talk: Talk) -> None:
    olga = boss(talk)
    olga.say("/camp_new Spring")
    sent = olga.tap("camp_pick:1:goal:news")

    sent = tap(olga, sent, "⬅️ Back")

    assert sent[-1].text == "🎯 What is <b>M1 Spring</b> for?\nNow: <b>News</b>"
    sent = tap(olga, sent, "⬅️ Back")
    assert sent[-1].text.splitlines()[-1] == "Now: <b>Spring</b>"
    olga.say("Summer")
    assert campaign(talk).name == "Summer"


def test_leaving_keeps_the_draft_and_its_card_goes_on(talk: Talk) -> None:
    olga = boss(talk)
    olga.say("/camp_new Spring")

    sent = olga.tap("camp_leave:1")

    assert sent[-1].text.startswith("<b>M1 Spring</b> is kept as a draft")
    sent = tap(olga, sent, "📣 Open M1")
    sent = tap(olga, sent, "✏️ Change")
    sent = tap(olga, sent, "🎯 Goal")
    sent = tap(olga, sent, "Replies")
    assert sent[-1].text.splitlines()[1] == "🎯 Replies"


def test_the_rest_stays_as_it_comes(talk: Talk) -> None:
    olga = boss(talk)
    olga.say("/camp_new Spring")
    olga.tap("camp_skip:1:goal")
    olga.tap("camp_skip:1:promotion")
    olga.tap("camp_pick:1:audience:all")
    olga.tap("camp_skip:1:message.A.zh")
    sent = olga.say("Tea!")

    sent = tap(olga, sent, "Defaults for the rest")

    made = campaign(talk)
    assert (made.holdout, made.send_at, made.stop_opt_outs, made.conversion_days) == (100, None, 20, 14)
    assert "📐 Too few people to see any difference from the hold-out." in sent[-1].text


def test_once_one_language_is_written_the_rest_may_stay(talk: Talk) -> None:
    olga = _at_the_message(talk)
    asked_first = olga.tap("camp_at:1:message.A.zh")
    assert "Defaults for the rest" not in asked_first[-1].buttons
    olga.tap("camp_back:1:message.A.zh")
    olga = _at_the_message(talk, 2)

    sent = olga.say("Tea!")
    card = tap(olga, sent, "Defaults for the rest")

    assert card[-1].text.startswith("📣 <b>M2 Spring</b> · draft")


def test_a_picture_without_words_is_told_what_is_wanting(talk: Talk) -> None:
    olga = _at_the_message(talk)
    olga.tap("camp_skip:1:message.A.zh")
    olga.tap("camp_skip:1:message.A.en")

    sent = olga.say(photo=photo("tea"))

    assert sent[-1].text.startswith("<b>M1</b> has no message yet.")
    assert arms(talk) == []


def test_a_count_of_nobody_says_what_can_be_done(talk: Talk) -> None:
    olga = boss(talk)
    talk.customer().say("/start")
    olga.say("/camp_new Spring")
    olga.tap("camp_skip:1:goal")
    olga.tap("camp_skip:1:promotion")

    asked_all = olga.tap("camp_pick:1:audience:all")[0].text
    olga.tap("camp_at:1:audience")
    nobody = olga.say("city:Nowhere")[0].text

    assert "💡 Who did not agree gets it once they send /sub in the chat." in asked_all
    assert nobody.splitlines()[-1] == "💡 Nobody fits: go back to this step and try another filter."


def test_the_time_is_said_back(talk: Talk) -> None:
    olga = _at_the_message(talk)
    olga.say("Tea!")
    for step in ("message.A.en", "picture.A", "links.A", "versions", "holdout"):
        olga.tap(f"camp_skip:1:{step}")

    sent = olga.say("tomorrow 10:00")

    assert asked(sent) == "🕙 It starts Sat 21 Nov 10:00 (China Time)."


def test_a_photo_with_words_is_the_picture_and_the_text(talk: Talk) -> None:
    olga = _at_the_message(talk)

    olga.say(photo=photo("tea"), caption="Tea!")

    [arm] = arms(talk)
    assert (arm.body, arm.picture) == ({"zh": "Tea!"}, "tea")


def test_telegrams_own_formatting_is_kept_and_its_quotes_in_braces_are_not_escaped(talk: Talk) -> None:
    olga = _at_the_message(talk)

    text = 'Tea <3 for {{ city | default("you") }}'
    olga.say(text, entities=[{"type": "bold", "offset": 0, "length": 3}])

    [arm] = arms(talk)
    assert arm.body == {"zh": '<b>Tea</b> &lt;3 for {{ city | default("you") }}'}


def _at_the_message(talk: Talk, number: int = 1) -> Person:
    olga = boss(talk)
    olga.say("/camp_new Spring")
    olga.tap(f"camp_skip:{number}:goal")
    olga.tap(f"camp_skip:{number}:promotion")
    olga.tap(f"camp_pick:{number}:audience:all")
    return olga


REFUSED = {
    "an unknown variable": ("Dear {{ nmae }}", "there is no such variable: <code>nmae</code>"),
    "bad syntax": ("Dear {{ name", "the braces in this line are not right: <code>Dear {{ name</code>"),
    "a loop": ("{% for x in name %}x{% endfor %}", "something in braces that is not supported"),
    "an attribute": ("{{ name.__class__ }}", "something in braces that is not supported"),
    "arithmetic": ('{{ "a" * 100000000 }}', "something in braces that is not supported"),
    "a call": ("{{ range(9) }}", "something in braces that is not supported"),
    "another filter": ("{{ name | upper }}", "this cannot follow a variable: <code>upper</code>"),
    "an unknown tag": ("<h1>Tea</h1>", "Telegram has no such tag: <code>&lt;h1&gt;</code>"),
    "an open tag": ("<b>Tea", "the tag is never closed: <code>&lt;b&gt;</code>"),
    "a crossed tag": ("<b><i>Tea</b></i>", "this closes a tag that is not open: <code>&lt;/b&gt;</code>"),
    "a lone angle": ("Tea <3", "a lone &lt;: <code>&lt;3</code>"),
    "a tag that is open only for some": (
        "{% if city is defined %}<b>{% endif %}Tea",
        "the tag is never closed: <code>&lt;b&gt;</code>",
    ),
    "a script as a link": ('<a href="javascript:x()">Tea</a>', "address is wrong: <code>&lt;a href"),
    "nothing for some": ("{{ city | default('') }}", "it is empty"),
    "too long": ("x" * 4096, "it is too long, with so many characters: <code>4096</code>"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_message_that_cannot_be_sent_is_refused_naming_what_is_wrong(talk: Talk, what: str) -> None:
    olga = _at_the_message(talk)
    text, told = REFUSED[what]

    sent = olga.say(text)

    assert told in sent[-1].text
    assert "everything else is kept" in sent[-1].text
    assert arms(talk) == []
    olga.say("Tea &lt;3")  # the question goes on waiting
    assert [one.body for one in arms(talk)] == [{"zh": "Tea &lt;3"}]


def test_what_was_refused_is_given_back_when_the_question_is_left(talk: Talk) -> None:
    olga = _at_the_message(talk)
    olga.say("Dear {{ nmae }}, a long letter")

    with transaction(talk.engine) as session:
        form = session.get_one(Form, (olga.id, olga.id))
        assert form.answers["typed"] == "Dear {{ nmae }}, a long letter"


ANSWERS = {
    "goal": ("whatever", "was not understood. Tap one of the goals."),
    "audience": ("nowhere:x", "There is no field <b>nowhere</b> to filter by."),
    "excluding": ("tier:Z", "does not take"),
    "picture.A": ("no picture", "was not understood. Send a photo, or tap Skip."),
    "links.A": ("Shop https://x.example.com", "it is not like Text | https://"),
    "holdout": ("a lot", "was not understood. Write a percentage"),
    "time": ("yesterday 10:00", "was not understood. Write a day and an hour to come"),
    "quiet": ("at night", "was not understood. Write two times"),
    "stop": ("2%", "was not understood. Write two percentages"),
    "cost": ("cheap", "was not understood. Write an amount"),
    "window": ("long", "was not understood. Write a number of days"),
    "weights": ("1:1:1", "was not understood. Write a number for each version"),
    "versions": ("B", "was not understood. Tap one of the buttons."),
}
HIDDEN = {
    "name": ("\u200b", "cannot be the name"),
    "links.A": ("For {{ name }} | https://x.example.com", "variables cannot stand in a button"),
    "stop": ("101% 1%", '"101% 1%" was not understood. Write two percentages from 0.1% to 100%'),
}
WRONG = {
    "name": ("x" * 65, "cannot be the name"),
    "holdout": ("95%", '"95%" was not understood. Write a percentage from 0% to 90%'),
    "quiet": ("25:00-08:00", "was not understood. Write two times"),
    "window": ("0", "Write a number of days from 1 to 365"),
    "links.A": ("Shop | ftp://x.example.com", "its address is wrong"),
    "audience": ("S9", "S9"),
    "promotion": ("x" * 65, "cannot be the kind of promotion"),
}


@pytest.mark.parametrize(
    ("place", "text", "told"), [(k, *v) for d in (ANSWERS, WRONG, HIDDEN) for k, v in d.items()]
)
def test_an_answer_that_makes_no_sense_is_told_what_would(
    talk: Talk, place: str, text: str, told: str
) -> None:
    olga = _at_the_message(talk)
    olga.say("Tea!")
    before = campaign(talk)
    olga.tap(f"camp_at:1:{place}")

    sent = olga.say(text)

    assert told in sent[-1].text
    assert campaign(talk).model_dump() == before.model_dump()
    assert talk.group.failed == 0


def test_a_picture_over_a_long_text_is_refused(talk: Talk) -> None:
    olga = _at_the_message(talk)
    olga.say("x" * 2000)
    olga.tap("camp_at:1:picture.A")

    sent = olga.say(photo=photo("tea"))

    assert "with a picture it is too long" in sent[-1].text
    assert [one.picture for one in arms(talk)] == [None]


def test_an_old_question_is_not_answered_twice(talk: Talk) -> None:
    olga = boss(talk)
    olga.say("/camp_new Spring")
    olga.tap("camp_pick:1:goal:news")

    again = olga.tap("camp_pick:1:goal:replies")

    assert again == []
    assert [one.params["text"] for one in talk.group.asides] == [
        "This button has expired. Please open the ticket or list again"
    ]
    assert campaign(talk).goal == Goal.NEWS


def test_versions_can_be_dropped_but_the_last(talk: Talk) -> None:
    olga = _at_the_message(talk)
    olga.say("Tea!")
    olga.tap("camp_at:1:versions")
    sent = olga.tap("camp_pick:1:versions:add")
    olga.say("More tea!")
    sent = olga.tap("camp_ed:1")
    assert "🗑 Drop version A" in sent[-1].buttons

    olga.tap("camp_drop:1:A")
    olga.tap("camp_drop:1:B")

    assert [(one.name, one.body) for one in arms(talk)] == [("B", {"zh": "More tea!"})]


def test_what_was_handed_in_is_not_changed_any_more(talk: Talk) -> None:
    olga = _at_the_message(talk)
    olga.say("Tea!")
    olga.say("/camp_test M1")
    olga.tap("camp_sub:1")

    sent = olga.tap("camp_at:1:goal")

    assert sent[-1].text.startswith('<b>M1</b> is "waiting for approval": you cannot change it.')
    assert campaign(talk).state == CampaignState.IN_REVIEW


def test_the_smallest_effect_that_can_be_seen_is_said_before_sending(talk: Talk) -> None:
    olga = boss(talk)
    fans(talk, 12)
    olga.say("/camp_new Spring")
    olga.tap("camp_skip:1:goal")
    olga.tap("camp_skip:1:promotion")
    olga.tap("camp_pick:1:audience:all")
    olga.tap("camp_skip:1:message.A.zh")
    olga.say("Tea!")
    olga.tap("camp_at:1:holdout")

    sent = olga.say("50%")

    told = [line for line in sent[-1].text.splitlines() if line.startswith("📐")]
    assert told == [
        "📐 So many people only show a rise from 3.0% (a guess) to at least 69.2% who order "
        "(4 times out of 5)."
    ]


def test_a_segment_is_chosen_by_its_button_or_its_number(talk: Talk) -> None:
    olga = boss(talk)
    fans(talk, 2, city="Leeds")
    with transaction(talk.engine) as session:
        made = Segment(name="Leeds", filter="city:Leeds", created_at=talk.now)
        session.add(made)
    olga.say("/camp_new Spring")
    olga.tap("camp_skip:1:goal")
    sent = olga.tap("camp_skip:1:promotion")

    counted = tap(olga, sent, "S1 Leeds")[0]

    assert counted.text == "👥 <b>M1</b> can be sent to <b>2</b> customers now."
    assert (campaign(talk).segment_id, campaign(talk).audience) == (1, "")
    olga.tap("camp_at:1:audience")
    olga.say("city:York")
    assert (campaign(talk).segment_id, campaign(talk).audience) == (None, "city:York")
    olga.tap("camp_at:1:audience")
    olga.say("s1")
    assert campaign(talk).segment_id == 1
    assert "👥 S1 Leeds" in olga.say("/camp M1")[-1].text


def test_some_are_left_out_and_taken_in_again(talk: Talk) -> None:
    olga = boss(talk)
    fans(talk, 2, city="Leeds")
    olga.say("/camp_new Spring")
    olga.tap("camp_at:1:excluding")

    counted = olga.say("city:Leeds")[0]

    assert counted.text.splitlines() == [
        "👥 <b>M1</b> can be sent to <b>0</b> customers now; 2 more cannot be sent it:",
        "• on the list of those left out: 2",
    ]
    sent = olga.tap("camp_at:1:excluding")
    tap(olga, sent, "Leave nobody out")
    assert campaign(talk).excluding == ""


def test_a_picture_and_buttons_are_taken_away_again(talk: Talk) -> None:
    olga = _at_the_message(talk)
    olga.say(photo=photo("tea"), caption="Tea!")
    olga.tap("camp_at:1:links.A")
    olga.say(f"Look | {URL}")

    for place in ("picture.A", "links.A"):
        tap(olga, olga.tap(f"camp_at:1:{place}"), "🗑 Remove")

    assert [(one.body, one.picture, one.buttons) for one in arms(talk)] == [({"zh": "Tea!"}, None, [])]


def test_a_desk_of_one_language_is_asked_once(sqlite: Engine) -> None:
    talk = shop(sqlite)
    talk = Talk(sqlite, desk=replace(talk.desk, languages=("en",)))
    olga = boss(talk)
    olga.say("/camp_new Spring")
    olga.tap("camp_skip:1:goal")
    olga.tap("camp_skip:1:promotion")

    sent = olga.tap("camp_pick:1:audience:all")

    assert asked(sent) == "✍️ Version A: write the message. Bold, italic and links are fine."
    assert asked(olga.say("Tea!")).startswith("🖼 A picture")


def test_a_colleagues_words_are_not_written_over_unseen(talk: Talk) -> None:
    olga, bob = _at_the_message(talk), boss(talk, 2, "Bob")
    bob.tap("camp_at:1:message.A.zh")
    bob.say("Bob's tea")

    sent = olga.say("Olga's tea")

    assert "⚠️ A colleague has just changed this. Now it is:\n<pre>Bob&#39;s tea</pre>" in sent[-1].text
    assert [one.body for one in arms(talk)] == [{"zh": "Bob's tea"}]
    olga.say("Olga's tea")
    assert [one.body for one in arms(talk)] == [{"zh": "Olga's tea"}]


def test_colleagues_who_write_different_things_do_not_wait_for_each_other(talk: Talk) -> None:
    olga, bob = _at_the_message(talk), boss(talk, 2, "Bob")
    bob.tap("camp_at:1:name")
    bob.say("Summer")

    olga.say("Tea!")

    assert [one.body for one in arms(talk)] == [{"zh": "Tea!"}]
    assert campaign(talk).name == "Summer"


@pytest.mark.parametrize(
    "place",
    ["message", "message.A", "message..zh", "message.Z.zh", "message.AB.zh", "picture", "goal.A", "x"],
)
def test_a_place_that_no_button_leads_to_is_nowhere(talk: Talk, place: str) -> None:
    olga = _at_the_message(talk)

    assert olga.tap(f"camp_at:1:{place}") == []
    assert talk.group.failed == 0


@pytest.mark.parametrize("said", ["所有客户", "全部", "All customers", "everybody"])
def test_everybody_may_be_typed(talk: Talk, said: str) -> None:
    olga = boss(talk)
    fans(talk, 2)
    olga.say("/camp_new Spring")
    olga.tap("camp_at:1:audience")

    assert olga.say(said)[0].text == "👥 <b>M1</b> can be sent to <b>2</b> customers now."


def test_quiet_hours_may_be_hours_only(talk: Talk) -> None:
    olga = _at_the_message(talk)
    olga.tap("camp_at:1:quiet")
    olga.say("21点到9点")

    made = campaign(talk)
    assert (made.quiet_from, made.quiet_to) == ("21:00", "09:00")


def test_a_list_of_the_unknown_from_nowhere_is_empty(talk: Talk) -> None:
    olga = _at_the_message(talk)

    assert "❓" in olga.tap("camp_unk:1:99999999999999999999")[-1].text


def test_the_message_may_begin_with_the_shops_play_and_its_version_is_noted(talk: Talk) -> None:
    olga = boss(talk)
    olga.say("/play champions orders New tea first")
    olga.say("/play champions orders New <tea> first, 10 % off")
    olga.say("/play champions news Not for this goal")
    olga.say("/play lost orders Not for these")
    olga.say("/camp_new Spring")
    olga.tap("camp_pick:1:goal:orders")
    olga.tap("camp_skip:1:promotion")
    sent = olga.say("rfm:champions")
    assert "• Champions · Orders, version 2: New &lt;tea&gt; first, 10 % off" in sent[-1].text
    assert [one for one in sent[-1].buttons if one.startswith("🧭")] == [
        "🧭 By the play: New <tea> first, 10 % off"
    ]

    _, *sent = tap(olga, sent, "🧭 By the play: New <tea> first, 10 % off")

    assert [one.body for one in arms(talk)] == [{"zh": "New &lt;tea&gt; first, 10 % off"}]
    assert campaign(talk).play_id == 2
    assert asked(sent) == "✍️ Version A, Chinese: write the message. Bold, italic and links are fine."
    olga.say("Only for you: new tea first, 10 % off")
    assert (arms(talk)[0].body["zh"], campaign(talk).play_id) == ("Only for you: new tea first, 10 % off", 2)
    assert "🧭 Play: Champions · Orders, version 2" in olga.say("/camp M1")[-1].text.splitlines()
    olga.tap("camp_at:1:goal")
    olga.tap("camp_pick:1:goal:news")
    assert campaign(talk).play_id is None


def test_a_play_beside_words_that_are_there_keeps_them(talk: Talk) -> None:
    olga = boss(talk)
    olga.say("/play champions orders New tea first")
    with transaction(talk.engine) as session:
        session.add(Segment(name="Best", filter="rfm:champions", created_at=talk.now))
    olga.say("/camp_new Spring")
    olga.tap("camp_at:1:audience")
    olga.say("segment:S1")
    olga.tap("camp_at:1:message.A.zh")
    olga.say("My own words")

    tap(olga, olga.tap("camp_at:1:message.A.zh"), "🧭 By the play: New tea first")

    assert ([one.body for one in arms(talk)], campaign(talk).play_id) == ([{"zh": "My own words"}], 1)
    olga.say("/play champions orders Other tea first")
    olga.tap("camp_at:1:message.A.zh")
    olga.tap("camp_pick:1:message.A.zh:play1")
    assert campaign(talk).play_id == 1
    assert talk.group.failed == 0


@pytest.mark.parametrize(
    ("said", "start", "end"),
    [
        ("晚上9点到早上9点", "21:00", "09:00"),
        ("10 pm to 7:30 am", "22:00", "07:30"),
        ("21-9", "21:00", "09:00"),
    ],
)
def test_quiet_hours_are_understood_as_people_say_them(
    sqlite: Engine, said: str, start: str, end: str
) -> None:
    talk = shop(sqlite)
    olga = _at_the_message(talk)
    olga.tap("camp_at:1:quiet")
    olga.say(said)

    assert (campaign(talk).quiet_from, campaign(talk).quiet_to) == (start, end)


def test_what_stands_on_a_button_may_be_typed(talk: Talk) -> None:
    olga = boss(talk, language="zh")
    olga.say("新活动")
    olga.say("春茶")
    assert asked(olga.say("跳过")).startswith("🏷 用什么促销？")
    assert asked(olga.say("上一步")).startswith("🎯")
    olga.say("跳过")
    olga.say("跳过")
    olga.say("所有客户")
    assert asked(olga.say("跳过")).startswith("✍️ 版本 A，英文")
    olga.say("Tea!")
    olga.tap("camp_at:1:stop")
    olga.say("不自动暂停")
    olga.tap("camp_at:1:quiet")
    olga.say("全天可发")

    made, [arm] = campaign(talk), arms(talk)
    assert (arm.body, made.goal, made.audience) == ({"en": "Tea!"}, Goal.ORDERS, "")
    assert (made.stop_opt_outs, made.quiet_from, made.quiet_to) == (None, "00:00", "00:00")
