import pytest

KEYS = {"inline_keyboard": [[{"text": "a", "callback_data": "a"}]]}


@pytest.fixture
def sent(stand, ann):
    """A message of the bot with buttons; its chat and id, as an edit names it."""
    message = stand.ok("sendMessage", chat_id=ann.id, text="one", reply_markup=KEYS)
    return {"chat_id": ann.id, "message_id": message["message_id"]}


def test_an_edit_replaces_text_and_keyboard(stand, ann, sent):
    edited = stand.ok("editMessageText", **sent, text="<i>two</i>", parse_mode="HTML")

    assert (edited["text"], edited["entities"]) == (
        "two",
        [{"offset": 0, "length": 3, "type": "italic"}],
    )
    assert "reply_markup" not in edited
    assert stand.world.messages(ann.id)[0]["edited"] is True


def test_an_edit_that_changes_nothing_is_refused(stand, sent):
    told = (
        "Bad Request: message is not modified: specified new message content and reply markup are exactly "
        "the same as a current content and reply markup of the message"
    )

    assert stand.refusal("editMessageText", **sent, text="one", reply_markup=KEYS) == told
    assert (
        stand.refusal("editMessageText", **sent, text="<b></b>one", parse_mode="HTML", reply_markup=KEYS)
        == told
    )
    assert stand.refusal("editMessageReplyMarkup", **sent, reply_markup=KEYS) == told


def test_buttons_alone_change_without_marking_the_message_as_edited(stand, sent):
    edited = stand.ok("editMessageReplyMarkup", **sent)

    assert edited["text"] == "one"
    assert edited.keys() & {"reply_markup", "edit_date"} == set()


def test_what_is_not_there_or_not_ones_own_cannot_be_edited(stand, ann, sent):
    theirs = stand.do(stand.world.send_text, ann, "x").message_id
    keyboard = {"keyboard": [[{"text": "a"}]]}
    with_keyboard = stand.ok("sendMessage", chat_id=ann.id, text="x", reply_markup=keyboard)["message_id"]
    stand.ok("deleteMessage", **sent)

    def refusal(message_id):
        return stand.refusal("editMessageText", chat_id=ann.id, message_id=message_id, text="y")

    assert refusal(sent["message_id"]) == "Bad Request: message to edit not found"
    assert refusal(999) == "Bad Request: message to edit not found"
    assert refusal(theirs) == "Bad Request: message can't be edited"
    assert refusal(with_keyboard) == "Bad Request: message can't be edited"
    assert stand.refusal("editMessageText", text="y") == "Bad Request: chat_id is empty"
    assert stand.refusal("editMessageText", chat_id=ann.id, text="y") == (
        "Bad Request: message identifier is not specified"
    )
    assert stand.refusal("editMessageText", inline_message_id="x", text="y") == (
        "Bad Request: MESSAGE_ID_INVALID"
    )


def test_text_and_caption_are_edited_by_their_own_methods(stand, ann, sent):
    photo = stand.do(stand.world.send_photo, ann).body["photo"][-1]["file_id"]
    picture = stand.ok("sendPhoto", chat_id=ann.id, photo=photo)["message_id"]

    assert stand.refusal("editMessageCaption", **sent, caption="x") == (
        "Bad Request: there is no caption in the message to edit"
    )
    assert stand.refusal("editMessageText", chat_id=ann.id, message_id=picture, text="x") == (
        "Bad Request: there is no text in the message to edit"
    )
    edited = stand.ok("editMessageCaption", chat_id=ann.id, message_id=picture, caption="x")
    assert edited["caption"] == "x"


def test_a_file_gives_way_to_another_with_its_caption(stand, ann, sent):
    first = stand.do(stand.world.send_document, ann, name="one.pdf").body["document"]["file_id"]
    second = stand.do(stand.world.send_photo, ann).body["photo"][-1]["file_id"]
    message = stand.ok("sendDocument", chat_id=ann.id, document=first, caption="one")
    place = {"chat_id": ann.id, "message_id": message["message_id"]}

    edited = stand.ok("editMessageMedia", **place, media={"type": "photo", "media": second, "caption": "two"})

    assert ("document" in edited, edited["photo"][-1]["file_id"], edited["caption"]) == (False, second, "two")
    assert stand.refusal("editMessageMedia", **sent, media={"type": "photo", "media": second}) == (
        "Bad Request: there is no media in the message to edit"
    )


def test_deleted_is_deleted(stand, ann, sent):
    theirs = stand.do(stand.world.send_text, ann, "x").message_id

    assert stand.ok("deleteMessage", **sent) is True
    assert stand.refusal("deleteMessage", **sent) == "Bad Request: message to delete not found"
    assert stand.ok("deleteMessages", chat_id=ann.id, message_ids=[theirs, 999]) is True
    assert stand.world.messages(ann.id) == []


def test_after_two_days_a_message_cannot_be_deleted(stand, sent):
    later = stand.world.clock() + 48 * 3600 + 1
    stand.world.clock = lambda: later

    assert stand.refusal("deleteMessage", **sent) == "Bad Request: message can't be deleted"


def test_a_reaction_is_one_of_telegrams(stand, ann):
    asked = stand.do(stand.world.send_text, ann, "x")
    where = {"chat_id": ann.id, "message_id": asked.message_id}

    assert stand.ok("setMessageReaction", **where, reaction=[{"type": "emoji", "emoji": "👍"}]) is True
    assert stand.world.messages(ann.id)[0]["reactions"] == ["👍"]
    assert stand.refusal("setMessageReaction", **where, reaction=[{"type": "emoji", "emoji": "🦖"}]) == (
        "Bad Request: REACTION_INVALID"
    )
    assert stand.ok("setMessageReaction", **where) is True
    assert stand.world.messages(ann.id)[0]["reactions"] == []


def test_a_tap_is_answered_once_and_in_time(stand, ann, sent):
    tap, late = (stand.do(stand.world.tap, ann, sent["message_id"], "a") for _ in range(2))
    too_old = "Bad Request: query is too old and response timeout expired or query ID is invalid"

    assert stand.ok("answerCallbackQuery", callback_query_id=tap, text="ok") is True
    assert stand.refusal("answerCallbackQuery", callback_query_id=tap) == too_old
    assert stand.refusal("answerCallbackQuery", callback_query_id="1") == too_old
    long = "x" * 201
    assert stand.refusal("answerCallbackQuery", callback_query_id=late, text=long) == (
        "Bad Request: MESSAGE_TOO_LONG"
    )
    after = stand.world.clock() + 61
    stand.world.clock = lambda: after
    assert stand.refusal("answerCallbackQuery", callback_query_id=late) == too_old


def test_an_inline_query_is_answered_once(stand, ann):
    query = stand.do(stand.world.ask_inline, ann, "x")
    content = {"message_text": "x"}
    article = {"type": "article", "id": "1", "title": "x", "input_message_content": content}

    assert stand.refusal("answerInlineQuery", inline_query_id=query, results=[article, article]) == (
        "Bad Request: RESULT_ID_DUPLICATE"
    )
    assert stand.ok("answerInlineQuery", inline_query_id=query, results=[article]) is True
    assert stand.refusal("answerInlineQuery", inline_query_id=query, results=[article]).startswith(
        "Bad Request: query is too old"
    )
