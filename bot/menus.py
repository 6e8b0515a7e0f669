"""Telegram's command menu, per role and language. Best effort: the commands work without it."""

import structlog
from sqlmodel import Session
from telegram import Bot, BotCommand, BotCommandScopeAllPrivateChats, BotCommandScopeChat
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
    """Set everybody's menu: customers' by Telegram's language, each member of staff's by their own."""
    try:
        everywhere = BotCommandScopeAllPrivateChats()
        default = desk.language_for("en")
        await bot.set_my_commands(_commands(words, Role.CUSTOMER, default), scope=everywhere)
        for language in desk.languages:
            commands = _commands(words, Role.CUSTOMER, language)
            await bot.set_my_commands(commands, scope=everywhere, language_code=language)
        for one in await writer.run(_team):
            scope = BotCommandScopeChat(one.chat_id)
            await bot.set_my_commands(_commands(words, one.role, one.language), scope=scope)
    except TelegramError as error:
        log.warning("menus not set", action="menus_failed", error=type(error).__name__)


def _commands(words: Words, role: Role, language: str) -> list[BotCommand]:
    return [BotCommand(name, line) for name, line in menu(words, role=role, language=language)]


def _team(session: Session) -> list[Staff]:
    return staff_verbs.team(session)
