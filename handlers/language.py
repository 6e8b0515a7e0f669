"""/lang, 语言: choose the language the bot speaks to you."""

from dataclasses import dataclass

from crm_store.customers import customers
from crm_store.staff import staff as staff_verbs
from crm_store.staff.roles import Role
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.help import queue_menu
from handlers.taps import Tap, button


@dataclass(frozen=True)
class Speak(Tap, verb="lang"):
    language: str


def choose(chat: Chat) -> None:
    wanted = chat.arguments.lower()
    if wanted in chat.desk.languages:
        return _speak(chat, wanted)
    buttons = [[button(f"speak_{one}", Speak(one)) for one in chat.desk.languages]]
    chat.say("language/choose.html.j2", buttons=buttons)


def speak(chat: Chat, tapped: Speak) -> None:
    if tapped.language in chat.desk.languages:
        _speak(chat, tapped.language)


def _speak(chat: Chat, language: str) -> None:
    if chat.staff is not None:
        staff_verbs.choose_language(chat.session, staff=chat.staff, language=language, now=chat.now)
    else:
        customers.choose_language(chat.session, customer=chat.speaker, language=language, now=chat.now)
    if chat.update.callback_query is not None:
        chat.edit("language/chosen.html.j2")
    else:
        chat.say("language/chosen.html.j2")
    queue_menu(chat, chat.staff or chat.speaker, role=chat.role)


HANDLERS = [
    command("lang", "语言", role=Role.CUSTOMER, run=choose),
    tap(Speak, role=Role.CUSTOMER, run=speak),
]
