"""What the bot has told Telegram about itself: menus of commands, names, the menu button"""

from dataclasses import dataclass, field
from typing import Any

from bot.demo.chats import Chat, Person

Json = dict[str, Any]


@dataclass(slots=True)
class BotSettings:
    """Texts are kept per language; "" is the language of everybody else."""

    name: str
    names: dict[str, str] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)
    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    menu_button: Json = field(default_factory=lambda: {"type": "commands"})

    def commands_for(self, person: Person) -> list[Json]:
        """The menu this person sees in the private chat: the narrowest scope wins, then their language."""
        language = (person.language_code or "").partition("-")[0]
        for scope in (f"chat:{person.id}", "all_private_chats", "default"):
            for code in (language, ""):
                if (scope, code) in self.commands:
                    return self.commands[scope, code]
        return []


def scope_key(scope: Json | None, chat: Chat | None) -> str:
    """A key for a ``BotCommandScope``; ``chat`` is the one it names."""
    if scope is None:
        return "default"
    key: str = scope["type"]
    if chat is not None:
        key += f":{chat.id}"
    if "user_id" in scope:
        key += f":{scope['user_id']}"
    return key
