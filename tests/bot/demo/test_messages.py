import pytest

ME = {
    "id": 7_700_000_001,
    "is_bot": True,
    "first_name": "Zhanggui",
    "username": "zhanggui_demo_bot",
}


def test_a_sent_message_comes_back_whole(stand, ann):
    sent = stand.ok("sendMessage", chat_id=ann.id, text="<b>hi</b>", parse_mode="HTML")

    assert sent == {
        "message_id": 1,
        "from": ME,
        "chat": {"id": ann.id, "first_name": 'Ann <3 & "张"', "type": "private"},
        "date": sent["date"],
        "text": "hi",
        "entities": [{"offset": 0, "length": 2, "type": "bold"}],
    }


def test_message_ids_grow_over_all_private_chats_and_apart_in_supergroups(stand, ann):
    bob = stand.do(stand.world.user, 8, "Bob", started=True)
    group = stand.do(stand.world.group, -1001, "Desk", [ann], supergroup=True)

    ids = [
        stand.ok("sendMessage", chat_id=chat, text="x")["message_id"]
        for chat in (ann.id, bob.id, group.id, ann.id, group.id)
    ]

    assert ids == [1, 2, 1, 3, 2]


def test_nobody_is_written_to_before_they_wrote(stand):
    bob = stand.do(stand.world.user, 8, "Bob")
    assert stand.call("sendMessage", chat_id=8, text="x") == {
        "ok": False,
        "error_code": 403,
        "description": "Forbidden: bot can't initiate conversation with a user",
    }

    stand.do(stand.world.start, bob)

    assert stand.ok("sendMessage", chat_id=8, text="x")["message_id"] == 2


def test_who_blocked_the_bot_gets_nothing_until_they_unblock_it(stand, ann):
    stand.do(stand.world.block, ann)
    assert stand.refusal("sendMessage", chat_id=ann.id, text="x") == "Forbidden: bot was blocked by the user"

    stand.do(stand.world.unblock, ann)

    assert stand.ok("sendMessage", chat_id=ann.id, text="x")["message_id"] == 1


@pytest.mark.parametrize(
    ("button", "refusal"),
    [
        ({"text": "x", "callback_data": "d" * 65}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "callback_data": "张" * 22}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "callback_data": ""}, "BUTTON_DATA_INVALID"),
        (
            {"text": "x"},
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (
            {"text": " ", "callback_data": "x"},
            "can't parse inline keyboard button: Button text must be non-empty",
        ),
        (
            {"text": "x", "callback_data": "x", "url": "http://a.cn"},
            "can't parse inline keyboard button: exactly one of the optional fields must be used, "
            "found callback_data, url",
        ),
        (
            {"text": "x", "url": "javascript:alert(1)"},
            "inline keyboard button URL 'javascript:alert(1)' is invalid: Wrong HTTP URL",
        ),
        ({"text": "x", "callback_data": "x", "style": "pink"}, 'wrong button style "pink" specified'),
        ({"callback_data": "x"}, "can't parse InlineKeyboardButton: Can't find field \"text\""),
        (
            {"text": "x", "data": "x"},
            'unknown field "data" in InlineKeyboardButton',
        ),
    ],
)
def test_a_wrong_inline_button_is_refused(stand, ann, button, refusal):
    markup = {"inline_keyboard": [[button]]}

    assert stand.refusal("sendMessage", chat_id=ann.id, text="x", reply_markup=markup) == (
        f"Bad Request: {refusal}"
    )


def test_64_bytes_of_data_are_not_too_many(stand, ann):
    rows = [[{"text": "x", "callback_data": "张" * 21 + "x"}], []]

    sent = stand.ok("sendMessage", chat_id=ann.id, text="x", reply_markup={"inline_keyboard": rows})

    assert sent["reply_markup"] == {"inline_keyboard": rows[:1]}


def test_a_hundred_buttons_are_the_most(stand, ann):
    row = [{"text": "x", "callback_data": "x"}] * 8
    markup = {"inline_keyboard": [row] * 13}

    assert stand.refusal("sendMessage", chat_id=ann.id, text="x", reply_markup=markup) == (
        "Bad Request: reply markup is too long"
    )


@pytest.mark.parametrize(
    "markup",
    [
        {"keyboard": [[{"text": "phone", "request_contact": True}, "plain"]], "resize_keyboard": True},
        {"remove_keyboard": True},
        {"force_reply": True, "input_field_placeholder": "x"},
    ],
)
def test_other_keyboards_are_shown_but_do_not_come_back(stand, ann, markup):
    if "keyboard" in markup:
        refused = stand.refusal("sendMessage", chat_id=ann.id, text="x", reply_markup=markup)
        assert refused == 'Bad Request: field "keyboard" must be of type KeyboardButton'
        markup["keyboard"] = [[markup["keyboard"][0][0], {"text": "plain"}]]

    sent = stand.ok("sendMessage", chat_id=ann.id, text="x", reply_markup=markup)

    assert "reply_markup" not in sent
    assert stand.world.messages(ann.id)[-1]["reply_keyboard"] == markup


@pytest.mark.parametrize(
    ("markup", "refusal"),
    [
        ({"keyboard": []}, "reply keyboard must be non-empty"),
        ({"keyboard": [[{"text": ""}]]}, "keyboard button text must be non-empty"),
        ({"remove_keyboard": False}, 'field "remove_keyboard" must be true'),
        (
            {"keyboard": [[{"text": "x", "request_contact": True, "request_location": True}]]},
            "can't parse keyboard button: more than one request",
        ),
    ],
)
def test_a_wrong_keyboard_is_refused(stand, ann, markup, refusal):
    assert stand.refusal("sendMessage", chat_id=ann.id, text="x", reply_markup=markup) == (
        f"Bad Request: {refusal}"
    )


def test_a_reply_quotes_the_message_it_answers(stand, ann):
    asked = stand.do(stand.world.send_text, ann, "where?", reply_to=None)

    sent = stand.ok(
        "sendMessage", chat_id=ann.id, text="here", reply_parameters={"message_id": asked.message_id}
    )

    assert sent["reply_to_message"] == asked.body


def test_a_reply_to_nothing_is_refused_unless_it_may_go_without(stand, ann):
    gone = stand.ok("sendMessage", chat_id=ann.id, text="x")["message_id"]
    stand.ok("deleteMessage", chat_id=ann.id, message_id=gone)
    for missing in (gone, 999):
        refusal = stand.refusal(
            "sendMessage", chat_id=ann.id, text="x", reply_parameters={"message_id": missing}
        )
        assert refusal == "Bad Request: message to be replied not found"

    alone = {"message_id": 999, "allow_sending_without_reply": True}

    assert "reply_to_message" not in stand.ok("sendMessage", chat_id=ann.id, text="x", reply_parameters=alone)


@pytest.mark.parametrize(
    ("method", "params", "shown"),
    [
        (
            "sendLocation",
            {"latitude": 31.2, "longitude": 121},
            {"location": {"latitude": 31.2, "longitude": 121.0}},
        ),
        (
            "sendVenue",
            {"latitude": 1, "longitude": 2, "title": "Shop", "address": "Road 1"},
            {
                "venue": {
                    "location": {"latitude": 1.0, "longitude": 2.0},
                    "title": "Shop",
                    "address": "Road 1",
                },
                "location": {"latitude": 1.0, "longitude": 2.0},
            },
        ),
        (
            "sendContact",
            {"phone_number": "+86 138 0000", "first_name": "Bob"},
            {"contact": {"phone_number": "+861380000", "first_name": "Bob"}},
        ),
    ],
)
def test_places_and_contacts_are_sent(stand, ann, method, params, shown):
    sent = stand.ok(method, chat_id=ann.id, **params)

    assert {key: sent[key] for key in shown} == shown


def test_a_dice_falls_on_one_of_its_faces(stand, ann):
    values = {stand.ok("sendDice", chat_id=ann.id)["dice"]["value"] for _ in range(60)}

    assert values == {1, 2, 3, 4, 5, 6}
    assert stand.refusal("sendDice", chat_id=ann.id, emoji="🐟") == "Bad Request: DICE_EMOTICON_INVALID"


def test_a_poll_is_checked(stand, ann):
    poll = {"chat_id": ann.id, "question": "?", "options": [{"text": "a"}, {"text": "b"}]}

    sent = stand.ok("sendPoll", **poll)
    assert [option["text"] for option in sent["poll"]["options"]] == ["a", "b"]
    assert stand.refusal("sendPoll", **poll | {"options": []}) == (
        "Bad Request: poll must have from 1 to 12 options"
    )
    assert stand.refusal("sendPoll", **poll | {"type": "quiz"}) == (
        "Bad Request: wrong correct option ID specified"
    )


def test_a_wrong_chat_action_is_refused(stand, ann):
    assert stand.ok("sendChatAction", chat_id=ann.id, action="typing") is True
    assert stand.refusal("sendChatAction", chat_id=ann.id, action="thinking") == (
        "Bad Request: wrong parameter action in request"
    )


def test_a_copy_says_the_same_and_hides_where_it_comes_from(stand, ann):
    bob = stand.do(stand.world.user, 8, "Bob", started=True)
    asked = stand.do(stand.world.send_text, ann, "see telegram.org")

    copy = stand.ok("copyMessage", chat_id=bob.id, from_chat_id=ann.id, message_id=asked.message_id)

    shown = stand.world.message(bob.id, copy["message_id"]).body
    assert copy == {"message_id": 2}
    assert (shown["text"], shown["entities"], shown["from"]) == (asked.text, asked.body["entities"], ME)
    assert "forward_origin" not in shown


def test_a_forward_says_who_wrote_it(stand, ann):
    bob = stand.do(stand.world.user, 8, "Bob", started=True)
    asked = stand.do(stand.world.send_text, ann, "hello")

    sent = stand.ok("forwardMessage", chat_id=bob.id, from_chat_id=ann.id, message_id=asked.message_id)

    assert sent["text"] == "hello"
    assert sent["forward_origin"] == {
        "type": "user",
        "sender_user": ann.user(),
        "date": asked.body["date"],
    }


def test_a_copy_of_nothing_is_refused(stand, ann):
    for method, verb in (("copyMessage", "copy"), ("forwardMessage", "forward")):
        refusal = stand.refusal(method, chat_id=ann.id, from_chat_id=ann.id, message_id=9)
        assert refusal == f"Bad Request: message to {verb} not found"
