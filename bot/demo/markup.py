"""Keyboards under messages: what Telegram takes, and what it makes of them"""

from typing import Any

from bot.demo.links import clean_url
from bot.demo.refusal import bad_request

Json = dict[str, Any]

MAX_CALLBACK_BYTES = 64
MAX_BUTTONS = 100
_ACTIONS = frozenset(
    {
        "url", "callback_data", "web_app", "login_url", "switch_inline_query",
        "switch_inline_query_current_chat", "switch_inline_query_chosen_chat", "copy_text",
        "callback_game", "pay",
    }
)  # fmt: skip
_REQUESTS = (
    "request_users",
    "request_chat",
    "request_contact",
    "request_location",
    "request_poll",
    "web_app",
)
_STYLES = ("danger", "success", "primary")


def read_inline(markup: Json | None) -> Json | None:
    """A checked inline keyboard as it will stand under the message; an empty one is none."""
    if markup is None:
        return None
    if "inline_keyboard" not in markup:
        return None
    rows = [[_read_button(button) for button in row] for row in markup["inline_keyboard"] if row]
    if sum(map(len, rows)) > MAX_BUTTONS:
        raise bad_request("reply markup is too long")
    return {"inline_keyboard": rows} if rows else None


def _read_button(button: Json) -> Json:
    actions = _ACTIONS & button.keys()
    if not button["text"].strip():
        raise bad_request("can't parse inline keyboard button: Button text must be non-empty")
    if not actions:
        raise bad_request(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    if len(actions) > 1:
        raise bad_request(
            "can't parse inline keyboard button: exactly one of the optional fields must be used, "
            f"found {', '.join(sorted(actions))}"
        )
    if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= MAX_CALLBACK_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    _check_style(button)
    if "url" in button:
        url = clean_url(button["url"])
        if url is None:
            raise bad_request(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
        return button | {"url": url}
    return button


def read_reply_keyboard(markup: Json | None) -> Json | None:
    """A checked reply keyboard, its removal, or a forced reply; None for anything else.

    The page shows it until the next one; it never becomes part of the message itself.
    """
    if markup is None or "inline_keyboard" in markup:
        return None
    if "keyboard" in markup:
        rows = [row for row in markup["keyboard"] if row]
        if not rows:
            raise bad_request("reply keyboard must be non-empty")
        for button in (button for row in rows for button in row):
            if not button["text"]:
                raise bad_request("keyboard button text must be non-empty")
            if sum(name in button for name in _REQUESTS) > 1:
                raise bad_request("can't parse keyboard button: more than one request")
            _check_style(button)
        if sum(map(len, rows)) > 3 * MAX_BUTTONS:
            raise bad_request("reply markup is too long")
    for flag in ("remove_keyboard", "force_reply"):
        if markup.get(flag) is False:
            raise bad_request(f'field "{flag}" must be true')
    if len(markup.get("input_field_placeholder", "")) > 64:
        raise bad_request("input field placeholder is too long")
    return markup


def _check_style(button: Json) -> None:
    if button.get("style", "danger") not in _STYLES:
        raise bad_request(f'wrong button style "{button["style"]}" specified')
