"""Telegram's command menu, per role and language. Best effort: the commands work without it."""

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session
from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)
from telegram.error import TelegramError

from bot.writer import Writer
from crm_store.staff import staff as staff_verbs
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from handlers.desk import Desk
from handlers.help import menu
from handlers.words import Words

log = structlog.get_logger()


async def set_menus(bot: Bot, words: Words, desk: Desk, writer: Writer) -> None:
    """Set everybody's menu: customers' by Telegram's language, each member of staff's by their own.

    Each by itself: one that Telegram refuses does not keep the others from theirs.
    """
    everywhere = BotCommandScopeAllPrivateChats()
    default = _commands(words, Role.CUSTOMER, desk.language_for("en"))
    await _set(bot, default, scope=everywhere)
    for language in desk.languages:
        commands = _commands(words, Role.CUSTOMER, language)
        await _set(bot, commands, scope=everywhere, language=language)
    try:
        team = await writer.run(_team)
    except SQLAlchemyError as error:
        log.warning("menus of the staff not set", action="menus_failed", error=type(error).__name__)
        return
    for one in team:
        scope = BotCommandScopeChat(one.chat_id)
        await _set(bot, _commands(words, one.role, one.language), scope=scope)


async def _set(
    bot: Bot, commands: list[BotCommand], *, scope: BotCommandScope, language: str | None = None
) -> None:
    try:
        await bot.set_my_commands(commands, scope=scope, language_code=language)
    except TelegramError as error:
        log.warning("menu not set", action="menu_failed", scope=scope.type, error=type(error).__name__)


def _commands(words: Words, role: Role, language: str) -> list[BotCommand]:
    return [BotCommand(name, line) for name, line in menu(words, role=role, language=language)]


def _team(session: Session) -> list[Staff]:
    return staff_verbs.team(session)
