"""/help, 帮助: what this person can do here; and Telegram's command menu from the same lines."""

from dataclasses import dataclass

from crm_store.staff.roles import Role
from handlers.chat import Chat, Person
from handlers.commands import Command, command, tap
from handlers.taps import Button, Keyboard, Tap, button
from handlers.words import Words

GROUPS = {
    "tickets": "queue mine next todo t claim release assign note resolve close reopen wait prio tag type "
    "merge on off",
    "customers": "find customer timeline new set owner history undo dup call mail visit need pref rec",
    "orders": "order order_new confirm pay ship deliver refund return complete cancel_order receipt products",
    "segments": "rfm seg seg_new seg_why clv churn",
    "campaigns": "camp camp_new camp_test camp_go camp_pause camp_resume camp_stop camp_report link play "
    "touch",
    "ahead": "forecast demand basket cohort potential funnel",
    "books": "today brief sales target stats report daily weekly monthly sched alert talks",
    "shop": "product import import_undo export pairs unmerge needs stale field team invite revoke apikey",
}
"""The desk's commands by what they are for, most used first; the rest are everybody's."""

ALL, ELSE = "all", "else"
"""Instead of a group: all of them, and what is in none."""

A_ROW = 3

Line = tuple[str, tuple[str, ...]]
"""A command's name and its first Chinese word, if it has one."""


@dataclass(frozen=True)
class ShowHelp(Tap, verb="help"):
    """What the commands of a group do, by its key; or the groups."""

    group: str


def menu(words: Words, *, role: Role, language: str) -> list[tuple[str, str]]:
    """The command menu of a role: names and lines, most used first."""
    return [(one.name, words.label(language, "commands", one.name)) for one in available(role) if one.menu]


def available(role: Role) -> list[Command]:
    """Every command this role may give."""
    from handlers.registry import HANDLERS  # circular: the list holds /help

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
    if not chat.staff:
        chat.say("customer/help/help.html.j2", lines=[line_of(one) for one in available(chat.role)])
        return
    _show(chat, _meant(chat, chat.arguments.strip().removeprefix("/").casefold()))


def shown(chat: Chat, tapped: ShowHelp) -> None:
    _show(chat, tapped.group)


def _show(chat: Chat, wanted: str) -> None:
    """Every command by its name, or what those of one group do: either fits one message."""
    groups = grouped(available(chat.role))
    rows: Keyboard = [[]]
    for group in [*([ALL] if wanted != ALL else []), *(one for one, _ in groups if one != wanted)]:
        if len(rows[-1]) == A_ROW:
            rows.append([])
        rows[-1].append(_button(chat, group))
    for group, lines in groups:
        if group == wanted:
            return chat.show("agent/help/group.html.j2", group=group, lines=lines, buttons=rows)
    return chat.show("agent/help/help.html.j2", groups=groups, buttons=rows)


def _button(chat: Chat, group: str) -> Button:
    return button("help_group", ShowHelp(group), group=chat.words.label(chat.language, "help_groups", group))


def _meant(chat: Chat, typed: str) -> str:
    """The group that somebody names, by itself or by one of its commands."""
    for group, _ in grouped(available(chat.role)):
        title = chat.words.label(chat.language, "help_groups", group).partition(" ")[2]
        if typed in {group, title.casefold()}:
            return group
    for one in available(chat.role):
        if typed in {one.name, *one.spoken}:
            return group_of(one.name)
    return ALL


def group_of(name: str) -> str:
    """Of a command."""
    return next((group for group, names in GROUPS.items() if name in names.split()), ELSE)


def grouped(found: list[Command]) -> list[tuple[str, list[Line]]]:
    known = {one.name: one for one in found}
    groups = {
        group: [known.pop(name) for name in names.split() if name in known] for group, names in GROUPS.items()
    }
    groups[ELSE] = list(known.values())
    return [(group, [line_of(one) for one in each]) for group, each in groups.items() if each]


def line_of(one: Command) -> Line:
    return one.name, one.spoken[:1]


HANDLERS = [
    command("help", "帮助", role=Role.CUSTOMER, run=help_),
    tap(ShowHelp, role=Role.AGENT, run=shown),
]
