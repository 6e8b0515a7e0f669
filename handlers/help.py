"""/help, 帮助: what this person can do here; and Telegram's command menu from the same lines."""

from crm_store.staff.roles import Role
from handlers.chat import Chat, Person
from handlers.commands import Command, command
from handlers.words import Words


def menu(words: Words, *, role: Role, language: str) -> list[tuple[str, str]]:
    """The command menu of a role: names and lines, most used first."""
    return [(one.name, words.label(language, "commands", one.name)) for one in available(role) if one.menu]


def available(role: Role) -> list[Command]:
    """Every command this role may give."""
    from handlers import HANDLERS  # circular: the list holds /help

    return [one for one in HANDLERS if isinstance(one, Command) and one.is_for(role)]


def queue_menu(chat: Chat, person: Person, *, role: Role) -> None:
    """Give one person the menu of their role in their language."""
    commands = [
        {"command": name, "description": line}
        for name, line in menu(chat.words, role=role, language=person.language)
    ]
    scope = {"type": "chat", "chat_id": person.chat_id}
    chat.queue("setMyCommands", {"commands": commands, "scope": scope}, chat_id=person.chat_id)


def help_(chat: Chat) -> None:
    lines = [(one.name, one.spoken[:1], one.role) for one in available(chat.role)]
    who = "agent" if chat.staff else "customer"
    chat.say(f"{who}/help/help.html.j2", lines=lines)


HANDLERS = [command("help", "帮助", role=Role.CUSTOMER, run=help_)]
