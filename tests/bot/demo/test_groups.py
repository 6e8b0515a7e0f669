import pytest

from bot.demo.core import Refused


@pytest.fixture
def group(stand, ann):
    return stand.do(stand.world.group, -4001, "Desk", [ann])


def heard(stand):
    return [update["message"].get("text") for update in stand.ok("getUpdates", timeout=1)]


def test_in_a_group_a_bot_hears_only_what_is_meant_for_it(stand, ann, group):
    own = stand.ok("sendMessage", chat_id=group.id, text="hello")["message_id"]
    for text in (
        "chatter",
        "/start",
        "/start@other_bot",
        "/start@zhanggui_demo_bot",
        "hi @zhanggui_demo_bot",
    ):
        stand.do(stand.world.send_text, ann, text, chat=group)
    stand.do(stand.world.send_text, ann, "a reply", chat=group, reply_to=own)

    assert heard(stand) == ["/start", "/start@zhanggui_demo_bot", "hi @zhanggui_demo_bot", "a reply"]


def test_an_administrator_hears_everything(stand, ann):
    group = stand.do(stand.world.group, -4002, "Desk", [ann], admin=True)

    stand.do(stand.world.send_text, ann, "chatter", chat=group)

    assert heard(stand) == ["chatter"]


def test_a_bot_that_was_put_out_is_told_so(stand, group):
    group.bot_status = "kicked"
    assert stand.refusal("sendMessage", chat_id=group.id, text="x") == (
        "Forbidden: bot was kicked from the group chat"
    )

    group.bot_status = "left"
    assert stand.refusal("sendMessage", chat_id=group.id, text="x") == (
        "Forbidden: bot is not a member of the group chat"
    )


def test_a_migrated_group_says_where_it_went(stand, ann, group):
    heir = stand.do(stand.world.migrate, group)

    assert stand.call("sendMessage", chat_id=group.id, text="x") == {
        "ok": False,
        "error_code": 400,
        "description": "Bad Request: group chat was upgraded to a supergroup chat",
        "parameters": {"migrate_to_chat_id": heir.id},
    }
    assert stand.ok("sendMessage", chat_id=heir.id, text="x")["chat"]["type"] == "supergroup"
    told = [update["message"] for update in stand.ok("getUpdates")]
    assert [message.get("migrate_to_chat_id") for message in told] == [heir.id, None]
    assert [message.get("migrate_from_chat_id") for message in told] == [None, group.id]


def test_a_topic_takes_messages_while_it_is_there(stand, ann):
    forum = stand.do(stand.world.group, -1002, "Desk", [ann], forum=True)
    topic = stand.do(stand.world.topic, forum, "T12")

    sent = stand.ok("sendMessage", chat_id=forum.id, message_thread_id=topic.id, text="x")
    assert (sent["message_thread_id"], sent["is_topic_message"], sent["chat"]["is_forum"]) == (
        topic.id,
        True,
        True,
    )

    del forum.topics[topic.id]
    assert stand.refusal("sendMessage", chat_id=forum.id, message_thread_id=topic.id, text="x") == (
        "Bad Request: message thread not found"
    )


def test_who_is_not_in_the_group_says_nothing_there(stand, group):
    bob = stand.do(stand.world.user, 8, "Bob")

    with pytest.raises(Refused, match="not a member"):
        stand.do(stand.world.send_text, bob, "x", chat=group)
