"""Matchers: what a person typed or tapped, and the one function that answers it.

They are python-telegram-bot handlers as far as matching goes (``check_update``); the dispatcher calls
``run`` with the chat, on the writer's thread, and never through python-telegram-bot's own loop.
"""

import re
from collections.abc import Callable
from typing import Any, TypeVar

from telegram import Update
from telegram.ext import BaseHandler

from crm_store.staff.roles import Role
from handlers.chat import Chat, speaking
from handlers.taps import Tap

Run = Callable[[Chat], None]
T = TypeVar("T", bound=Tap)

_LATIN = re.compile(r"^/([a-z0-9_]{1,32})(?:@(\w+))?(?:\s+|$)(.*)$", re.IGNORECASE | re.DOTALL)
_SLASH = re.compile(r"^[/／](?![/／])")
"""People who have learnt that commands begin so write /日报, which is no command to Telegram."""
AFTER_WORD = " \t\n\u3000:："


class Matcher(BaseHandler[Update, Any, None]):
    """One entry of HANDLERS: whether an update is meant for it, and what to run then."""

    def __init__(self, run: Run, *, role: Role) -> None:
        super().__init__(_never_called)
        self.run = run
        self.role = role

    def check_update(self, update: object) -> bool:
        raise NotImplementedError


async def _never_called(_update: Update, _context: Any) -> None:
    raise AssertionError("handlers run in a unit of work, not in an Application")


class Command(Matcher):
    """``/find`` and its Chinese words, in a private chat."""

    def __init__(
        self,
        name: str,
        words: tuple[str, ...],
        run: Run,
        *,
        role: Role,
        menu: bool,
        customers_only: bool,
        glued: str | None,
        captions: bool,
    ) -> None:
        super().__init__(run, role=role)
        self.captions = captions
        self.customers_only = customers_only
        self.glued = glued
        self.name = name
        self.spoken = words
        self.menu = menu

    def is_for(self, role: Role) -> bool:
        """True when somebody of this role may give the command."""
        return role == Role.CUSTOMER if self.customers_only else role.includes(self.role)

    def check_update(self, update: object) -> bool:
        chat = speaking.get()
        text = _typed(chat) or (_caption(chat) if self.captions else None)
        if text is None or (self.customers_only and chat.staff is not None):
            return False
        latin = _LATIN.match(text) if text.startswith("/") else None
        if latin is not None:
            if latin[1].lower() != self.name:
                return False
            chat.arguments = latin[3].strip()
            return True
        text = _SLASH.sub("", text)
        if not chat.role.includes(self.role):
            # Staff are told that it is not theirs; a customer's Chinese is never a staff command.
            return chat.staff is not None and text.strip() in self.spoken
        for word in self.spoken:
            if text.startswith(word):
                rest = text[len(word) :]
                if not rest or rest[0] in AFTER_WORD or self._glued(chat, rest):
                    chat.arguments = rest.strip(AFTER_WORD)
                    return True
        return False

    def _glued(self, chat: Chat, rest: str) -> bool:
        """Staff may type 查张三 in one go, but not where the words could be an answer to a customer."""
        return (
            self.glued is not None
            and chat.staff is not None
            and chat.form is None
            and chat.message.reply_to_message is None
            and re.match(self.glued, rest) is not None
        )


class UnknownCommand(Matcher):
    """A slash command that nothing above knew."""

    def check_update(self, update: object) -> bool:
        text = _typed(speaking.get())
        return text is not None and is_command(text)


class CaptionCommand(Matcher):
    """A slash command that staff wrote under a file, where nothing above takes one."""

    def check_update(self, update: object) -> bool:
        text = _caption(speaking.get())
        return text is not None and is_command(text)


class Tapped(Matcher):
    """A tap on one kind of button."""

    def __init__(self, tap: type[Tap], run: Callable[[Chat, Any], None], *, role: Role) -> None:
        super().__init__(lambda chat: run(chat, tap.unpack(chat.query.data or "")), role=role)
        self.tap = tap

    def check_update(self, update: object) -> bool:
        query = speaking.get().update.callback_query
        return query is not None and self.tap.unpack(query.data or "") is not None


class Answered(Matcher):
    """Any message of a person who is in a form's step."""

    def __init__(self, form: str, step: str, run: Run, *, role: Role) -> None:
        super().__init__(run, role=role)
        self.form, self.step = form, step

    def check_update(self, update: object) -> bool:
        chat = speaking.get()
        return (
            chat.update.message is not None
            and _is_private(chat)
            and chat.form is not None
            and (chat.form.form, chat.form.step) == (self.form, self.step)
        )


class Said(Matcher):
    """Any update that a plain condition picks."""

    def __init__(self, test: Callable[[Chat], bool], run: Run, *, role: Role) -> None:
        super().__init__(run, role=role)
        self.test = test

    def check_update(self, update: object) -> bool:
        return self.test(speaking.get())


def command(
    name: str,
    *words: str,
    role: Role,
    run: Run,
    menu: bool = True,
    customers_only: bool = False,
    glued: str | None = "",
    captions: bool = False,
) -> Command:
    """A command: its Latin name, the Chinese words that mean it, who may give it.

    Its help line is ``[commands]`` in labels.toml; ``menu`` puts it into Telegram's menu of the role.
    ``customers_only`` is for what makes no sense for staff. ``glued``: what must follow a Chinese word that
    is typed without a space, as a pattern; None where nothing may (我的 is a command, 我的天 is not).
    ``captions``: staff may also give it as the caption of a file.
    """
    return Command(
        name,
        words,
        run,
        role=role,
        menu=menu,
        customers_only=customers_only,
        glued=glued,
        captions=captions,
    )


def is_command(text: str) -> bool:
    """True for a slash command, known or not."""
    return _LATIN.match(text) is not None


def tap(kind: type[T], *, role: Role, run: Callable[[Chat, T], None]) -> Tapped:
    """A button, and who may tap it."""
    return Tapped(kind, run, role=role)


def answered(form: str, step: str, *, role: Role, run: Run) -> Answered:
    """The next message of somebody who was asked ``step`` of ``form``."""
    return Answered(form, step, run, role=role)


def said(test: Callable[[Chat], bool], *, role: Role = Role.CUSTOMER, run: Run) -> Said:
    return Said(test, run, role=role)


def _typed(chat: Chat) -> str | None:
    message = chat.update.message
    return message.text if message is not None and message.text and _is_private(chat) else None


def _caption(chat: Chat) -> str | None:
    """What a member of staff wrote under a file; a customer's caption is never a command."""
    message = chat.update.message
    return message.caption if message is not None and chat.staff is not None and _is_private(chat) else None


def _is_private(chat: Chat) -> bool:
    where = chat.update.effective_chat
    return where is not None and where.type == "private"
