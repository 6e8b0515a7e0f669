"""What the bot tells about itself: command menus, names, descriptions, the menu button; and looking around"""

import re

from bot.demo.chats import Chat, Json
from bot.demo.files import MAX_DOWNLOAD_BYTES
from bot.demo.methods.call import Call, find_chat
from bot.demo.refusal import bad_request
from bot.demo.settings import scope_key

MAX_COMMANDS = 100
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_LANGUAGE = re.compile(r"(?:[a-z]{2})?")


def get_me(call: Call) -> Json:
    return call.world.me


def set_my_commands(call: Call) -> bool:
    commands = call.params["commands"]
    if len(commands) > MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        name = command["command"].removeprefix("/")
        if not _COMMAND.fullmatch(name):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(command["description"]) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    key = _key(call)
    told = [each | {"command": each["command"].removeprefix("/")} for each in commands]
    call.world.settings.commands[key] = told
    if not told:
        del call.world.settings.commands[key]
    call.world.tell_commands()
    return True


def get_my_commands(call: Call) -> list[Json]:
    return call.world.settings.commands.get(_key(call), [])


def delete_my_commands(call: Call) -> bool:
    call.world.settings.commands.pop(_key(call), None)
    call.world.tell_commands()
    return True


def _key(call: Call) -> tuple[str, str]:
    scope = call.params.get("scope")
    chat: Chat | None = None
    if scope is not None and "chat_id" in scope:
        chat = find_chat(call.world, scope["chat_id"])
        if scope["type"] == "chat_administrators" and chat.person is not None:
            raise bad_request("chat_administrators scope can't be used in private chats")
        if scope["type"] == "chat_member" and scope["user_id"] not in chat.members:
            raise bad_request("user not found")
    return scope_key(scope, chat), _language(call)


def _language(call: Call) -> str:
    code: str = call.params.get("language_code", "")
    if not _LANGUAGE.fullmatch(code):
        raise bad_request("invalid language code specified")
    return code


_NAMED = {
    "Name": ("name", "names", 64),
    "Description": ("description", "descriptions", 512),
    "ShortDescription": ("short_description", "short_descriptions", 120),
}


def set_my_text(call: Call) -> bool:
    """setMyName, setMyDescription, setMyShortDescription; an empty text takes the language's back."""
    parameter, store, longest = _NAMED[call.method.removeprefix("setMy")]
    text, texts = call.params.get(parameter, ""), getattr(call.world.settings, store)
    if len(text) > longest:
        raise bad_request(f"{parameter.replace('_', ' ')} is too long")
    language = _language(call)
    texts.pop(language, None)
    if text:
        texts[language] = text
    return True


def get_my_text(call: Call) -> Json:
    """Falls back from the asked language to everybody's, and for the name to the one BotFather gave."""
    parameter, store, _ = _NAMED[call.method.removeprefix("getMy")]
    texts = getattr(call.world.settings, store)
    default = call.world.settings.name if parameter == "name" else ""
    return {parameter: texts.get(_language(call)) or texts.get("") or default}


def set_chat_menu_button(call: Call) -> bool:
    button = call.params.get("menu_button", {"type": "default"})
    if "chat_id" not in call.params:
        call.world.settings.menu_button = button
        return True
    chat = call.chat()
    if chat.person is None:
        raise bad_request("menu button can be set only in private chats")
    chat.menu_button = button
    return True


def get_chat_menu_button(call: Call) -> Json:
    if "chat_id" in call.params and (own := call.chat().menu_button) is not None:
        return own
    return call.world.settings.menu_button


def get_file(call: Call) -> Json:
    stored = call.world.files.find(call.params["file_id"])
    if stored is None:
        raise bad_request("invalid file_id")
    if stored.size > MAX_DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    return {
        "file_id": stored.file_id,
        "file_unique_id": stored.unique_id,
        "file_size": stored.size,
        "file_path": stored.path,
    }


def get_chat(call: Call) -> Json:
    """The Bot API's ``ChatFullInfo``, as far as the stand-in knows."""
    chat = call.chat()
    if chat.person is not None and not chat.person.started:
        raise bad_request("chat not found")
    full = chat.brief() | {
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": {
            "unlimited_gifts": False,
            "limited_gifts": False,
            "unique_gifts": False,
            "premium_subscription": False,
            "gifts_from_channels": False,
        },
    }
    if chat.person is None:
        full["permissions"] = {"can_send_messages": True}
    return full
