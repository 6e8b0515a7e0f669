"""/help, 帮助: what this person can do here; and Telegram's command menu from the same lines."""

from crm_store.staff.roles import Role
from handlers.chat import Chat, Person
from handlers.commands import Command, command
from handlers.words import Words

GROUPS = {
    "tickets": "queue mine next todo t claim release assign note resolve close reopen wait prio tag type "
    "merge on off",
    "customers": "find customer timeline new set owner history undo dup call mail visit need pref rec",
    "orders": "order order_new confirm pay ship deliver refund return complete cancel_order receipt products",
    "campaigns": "camp camp_new camp_test camp_go camp_pause camp_resume camp_stop camp_report link play touch",
    "ahead": "forecast demand basket cohort potential funnel",
    "shop": "today brief sales stats report sched alert talks product import import_undo export pairs "
    "unmerge needs stale field team invite revoke apikey",
}
"""The desk's commands by what they are for, most used first; the rest are everybody's."""

Line = tuple[str, tuple[str, ...]]
"""A command's name and its first Chinese word, if it has one."""


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
    found = available(chat.role)
    if chat.staff:
        chat.say("agent/help/help.html.j2", groups=grouped(found))
    else:
        chat.say("customer/help/help.html.j2", lines=[line_of(one) for one in found])


def grouped(found: list[Command]) -> list[tuple[str, list[Line]]]:
    known = {one.name: one for one in found}
    groups = {
        group: [known.pop(name) for name in names.split() if name in known] for group, names in GROUPS.items()
    }
    groups["else"] = list(known.values())
    return [(group, [line_of(one) for one in each]) for group, each in groups.items() if each]


def line_of(one: Command) -> Line:
    return one.name, one.spoken[:1]


HANDLERS = [command("help", "帮助", role=Role.CUSTOMER, run=help_)]
