import pytest

MENU = [{"command": "start", "description": "begin"}]
MENU_ZH = [{"command": "start", "description": "开始"}]
MENU_STAFF = [{"command": "queue", "description": "what waits"}]


def test_a_person_sees_the_narrowest_menu_in_their_language(stand, ann):
    bob = stand.do(stand.world.user, 8, "Bob", language_code="de", started=True)
    staff = {"type": "chat", "chat_id": bob.id}
    stand.ok("setMyCommands", commands=MENU)
    stand.ok("setMyCommands", commands=MENU_ZH, language_code="zh", scope={"type": "all_private_chats"})
    stand.ok("setMyCommands", commands=MENU_STAFF, scope=staff)

    def menus():
        return [stand.world.settings.commands_for(person) for person in (ann, bob)]

    assert menus() == [MENU_ZH, MENU_STAFF]
    assert stand.ok("getMyCommands", scope=staff) == MENU_STAFF
    assert stand.ok("getMyCommands", scope=staff, language_code="zh") == []
    stand.ok("deleteMyCommands", scope=staff)
    assert menus() == [MENU_ZH, MENU]


@pytest.mark.parametrize(
    ("params", "refusal"),
    [
        ({"commands": [{"command": "Start", "description": "x"}]}, "BOT_COMMAND_INVALID"),
        ({"commands": [{"command": "开始", "description": "x"}]}, "BOT_COMMAND_INVALID"),
        ({"commands": [{"command": "a" * 33, "description": "x"}]}, "BOT_COMMAND_INVALID"),
        ({"commands": [{"command": "", "description": "x"}]}, "BOT_COMMAND_INVALID"),
        ({"commands": [{"command": "a", "description": ""}]}, "BOT_COMMAND_DESCRIPTION_INVALID"),
        ({"commands": [{"command": "a", "description": "x" * 257}]}, "BOT_COMMAND_DESCRIPTION_INVALID"),
        ({"commands": MENU * 101}, "BOT_COMMANDS_TOO_MUCH"),
        ({"commands": MENU, "language_code": "zh-hans"}, "invalid language code specified"),
        ({"commands": MENU, "scope": {"type": "chat", "chat_id": 999}}, "chat not found"),
        ({"commands": [{"command": "a"}]}, "can't parse BotCommand: Can't find field \"description\""),
    ],
)
def test_a_wrong_menu_is_refused(stand, ann, params, refusal):
    assert stand.refusal("setMyCommands", **params) == f"Bad Request: {refusal}"
    assert stand.world.settings.commands == {}


@pytest.mark.parametrize(
    ("name", "key", "longest"),
    [
        ("Name", "name", 64),
        ("Description", "description", 512),
        ("ShortDescription", "short_description", 120),
    ],
)
def test_names_and_descriptions_are_kept_by_language(stand, name, key, longest):
    usual = {"Name": "Zhanggui"}.get(name, "")
    stand.ok(f"setMy{name}", **{key: "掌柜", "language_code": "zh"})

    assert stand.ok(f"getMy{name}") == {key: usual}
    assert stand.ok(f"getMy{name}", language_code="zh") == {key: "掌柜"}
    assert stand.refusal(f"setMy{name}", **{key: "x" * (longest + 1)}).endswith("is too long")
    stand.ok(f"setMy{name}", language_code="zh")
    assert stand.ok(f"getMy{name}", language_code="zh") == {key: usual}


def test_a_menu_button_is_kept_for_all_or_for_a_chat(stand, ann):
    stand.ok("setChatMenuButton", chat_id=ann.id, menu_button={"type": "default"})

    assert stand.ok("getChatMenuButton") == {"type": "commands"}
    assert stand.ok("getChatMenuButton", chat_id=ann.id) == {"type": "default"}


def test_a_chat_is_known_once_its_person_wrote(stand, ann):
    stand.do(stand.world.user, 8, "Bob")

    known = stand.ok("getChat", chat_id=ann.id)
    assert {key: known[key] for key in ("id", "type", "first_name")} == {
        "id": ann.id,
        "type": "private",
        "first_name": 'Ann <3 & "张"',
    }
    assert stand.refusal("getChat", chat_id=8) == "Bad Request: chat not found"
