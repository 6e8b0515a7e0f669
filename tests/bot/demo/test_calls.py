import json
import urllib.error
import urllib.request
from urllib.parse import urlencode

import pytest

from bot.demo.api import TABLE, load_api, make_table
from bot.demo.methods import METHODS
from bot.demo.server import DemoServer

FORM = "application/x-www-form-urlencoded"


def form(**params):
    return urlencode(params).encode()


def test_every_method_carried_out_is_one_of_telegrams():
    assert METHODS.keys() - load_api().methods.keys() == set()
    assert load_api().version == "Bot API 10.1"


def test_the_table_has_nothing_undescribed():
    api = load_api()
    known = api.objects.keys() | api.unions.keys() | {"Integer", "String", "Boolean", "Float", "InputFile"}
    fields = [field for spec in (*api.methods.values(), *api.objects.values()) for field in spec.values()]
    kinds = {kind.rsplit("Array of ", 1)[-1] for field in fields for kind in field.types}

    assert kinds - known == set()
    assert len(TABLE.read_bytes()) < 80_000


def test_who_am_i(stand):
    assert stand.ok("getMe") == {
        "id": 7_700_000_001,
        "is_bot": True,
        "first_name": "Zhanggui",
        "username": "zhanggui_demo_bot",
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": True,
    }
    assert stand.ok("GETME")["id"] == 7_700_000_001


@pytest.mark.parametrize(
    ("token", "code", "description"),
    [
        ("123456:another-bots-token-entirely", 401, "Unauthorized"),
        ("nonsense", 404, "Not Found"),
    ],
)
def test_a_wrong_token_opens_nothing(stand, token, code, description):
    assert stand.post("getMe", b"", FORM, token=token) == {
        "ok": False,
        "error_code": code,
        "description": description,
    }


@pytest.mark.parametrize(
    ("method", "params", "code", "description"),
    [
        ("getEverything", {}, 404, "Not Found: method not found"),
        ("getMe", {"x": 1}, 400, 'Bad Request: unknown parameter "x"'),
        ("sendMessage", {"text": "x"}, 400, "Bad Request: chat_id is empty"),
        ("sendMessage", {"chat_id": 7_000_000_000}, 400, "Bad Request: message text is empty"),
        ("sendMessage", {"chat_id": 1, "text": "x"}, 400, "Bad Request: chat not found"),
        ("sendMessage", {"chat_id": "@nobody", "text": "x"}, 400, "Bad Request: chat not found"),
        (
            "sendMessage",
            {"chat_id": 7_000_000_000, "text": 5},
            400,
            'Bad Request: field "text" must be of type String',
        ),
        (
            "sendMessage",
            {"chat_id": 7_000_000_000, "text": "x", "disable_notification": "maybe"},
            400,
            'Bad Request: field "disable_notification" must be of type Boolean',
        ),
        (
            "sendMessage",
            {"chat_id": 7_000_000_000, "text": "x", "reply_markup": "{"},
            400,
            "Bad Request: can't parse reply_markup JSON object",
        ),
        (
            "sendMessage",
            {"chat_id": 7_000_000_000, "text": "x", "reply_markup": {"keys": []}},
            400,
            "Bad Request: object expected as reply markup",
        ),
        (
            "sendMessage",
            {"chat_id": 7_000_000_000, "text": "x", "reply_parameters": {"message": 1}},
            400,
            'Bad Request: unknown field "message" in ReplyParameters',
        ),
        (
            "setMessageReaction",
            {"chat_id": 7_000_000_000, "message_id": 1, "reaction": [{"type": "smile"}]},
            400,
            'Bad Request: can\'t parse "reaction": none of ReactionTypeEmoji, ReactionTypeCustomEmoji, '
            "ReactionTypePaid",
        ),
        (
            "sendLocation",
            {"chat_id": 7_000_000_000, "latitude": float("nan"), "longitude": 0},
            400,
            'Bad Request: field "latitude" must be of type Float',
        ),
        (
            "sendLocation",
            {"chat_id": 7_000_000_000, "latitude": "inf", "longitude": 0},
            400,
            'Bad Request: field "latitude" must be of type Float',
        ),
        (
            "sendMessage",
            {"chat_id": 7_000_000_000, "text": "\udc00"},
            400,
            "Bad Request: strings must be encoded in UTF-8",
        ),
        (
            "sendMessage",
            {"chat_id": 7_000_000_000, "text": "x", "reply_markup": "[" * 100_000},
            400,
            "Bad Request: can't parse reply_markup JSON object",
        ),
        ("getUpdates", {"limit": True}, 400, 'Bad Request: field "limit" must be of type Integer'),
        (
            "sendGame",
            {"chat_id": 1, "game_short_name": "x"},
            501,
            "Not Implemented by this stand-in: sendGame",
        ),
        ("sendGame", {"chat_id": 1}, 400, 'Bad Request: parameter "game_short_name" is required'),
    ],
)
def test_a_wrong_call_is_refused_by_name(stand, ann, method, params, code, description):
    assert stand.call(method, **params) == {"ok": False, "error_code": code, "description": description}


def test_parameters_come_as_json_form_multipart_or_query(stand, ann):
    keyboard = {"inline_keyboard": [[{"text": "a", "callback_data": "b"}]]}
    boundary = b"--x\r\nContent-Disposition: form-data; name="
    parts = (
        boundary
        + b'"chat_id"\r\n\r\n7000000000\r\n'
        + boundary
        + b'"text"\r\n\r\n\xe5\xbc\xa0\r\n'
        + boundary
    )
    parts += b'"reply_markup"\r\n\r\n' + json.dumps(keyboard).encode() + b"\r\n--x--\r\n"
    plain = {"chat_id": ann.id, "text": "张", "reply_markup": json.dumps(keyboard)}

    sent = [
        stand.call("sendMessage", chat_id=str(ann.id), text="张", reply_markup=keyboard),
        stand.post("sendMessage", form(**plain), FORM),
        stand.post("sendMessage", parts, "multipart/form-data; boundary=x"),
        stand.open(f"{stand.server.base_url}{stand.server.token}/sendMessage?{urlencode(plain)}"),
    ]

    assert [(m["result"]["text"], m["result"]["reply_markup"]) for m in sent] == [("张", keyboard)] * 4


@pytest.mark.parametrize(
    ("body", "kind", "description"),
    [
        (b"text=%ff&chat_id=1", FORM, "Bad Request: strings must be encoded in UTF-8"),
        (b"[1]", "application/json", "Bad Request: can't parse the request: object expected"),
        (b"x", "text/plain", "Bad Request: unsupported content type text/plain"),
    ],
)
def test_a_body_that_is_none_is_refused(stand, body, kind, description):
    assert stand.post("sendMessage", body, kind)["description"] == description


def test_broken_json_is_refused(stand):
    answer = stand.post("sendMessage", b"{", "application/json")

    assert answer["description"].startswith("Bad Request: can't parse the request: ")


def test_a_bot_that_logged_out_is_gone(stand):
    assert stand.ok("logOut") is True

    assert stand.refusal("getMe") == "Logged out"


def test_close_is_refused_in_the_first_ten_minutes(stand):
    answer = stand.call("close")

    assert (answer["error_code"], answer["parameters"]) == (429, {"retry_after": 600})


def test_another_site_in_the_browser_cannot_call(stand):
    for headers in ({"Origin": "http://evil.example"}, {"Host": "evil.example"}):
        address = f"{stand.server.base_url}{stand.server.token}/getMe"
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(urllib.request.Request(address, headers=headers))
        with refused.value:
            assert refused.value.code == 403


def test_the_table_is_made_from_the_published_description():
    def field(name, kinds, required=False, told=""):
        return {"name": name, "types": kinds, "required": required, "description": told}

    emoji = field("emoji", ["String"], True, 'one of "👍", "👎"')
    source = {
        "version": "Bot API 0.1",
        "methods": {
            "react": {
                "fields": [field("chat_id", ["Integer", "String"], True), field("to", ["Array of Kind"])]
            },
            "getMe": {},
        },
        "types": {
            "Update": {"fields": [field("update_id", ["Integer"]), field("message", ["Message"])]},
            "Message": {"fields": [field("text", ["String"])]},
            "Kind": {"subtypes": ["ReactionTypeEmoji"]},
            "ReactionTypeEmoji": {
                "fields": [field("type", ["String"], True, 'Type, always "emoji"'), emoji],
            },
        },
    }

    assert make_table(source) == {
        "version": "Bot API 0.1",
        "updates": ["message"],
        "reactions": ["👍", "👎"],
        "methods": {"react": {"chat_id": "Integer|String!", "to": "Array of Kind"}, "getMe": {}},
        "objects": {"ReactionTypeEmoji": {"type": "String!=emoji", "emoji": "String!"}},
        "unions": {"Kind": ["ReactionTypeEmoji"]},
    }


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.0.10", "example.com"])
def test_the_server_listens_on_loopback_only(host):
    with pytest.raises(ValueError, match="loopback only"):
        DemoServer(host=host)
