"""doctor: what is configured, what is reachable, which versions run. Secrets are never shown."""

import asyncio
import platform
import sqlite3
from importlib.metadata import version

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy import make_url
from telegram import Bot
from telegram.error import InvalidToken, TelegramError

from bot.request import AiohttpRequest
from bot.settings import Settings
from crm_store import engine as store
from crm_store.migrate import newest, present

LIBRARIES = ("python-telegram-bot", "sqlalchemy", "sqlmodel", "scikit-learn", "aiohttp")
REACH_SECONDS = 10.0

Line = tuple[str, bool, str]


async def examine(settings: Settings, console: Console) -> bool:
    """Print what was found. True when the bot could run."""
    lines = [*_configured(settings), await _telegram(settings), *_store(settings)]
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, good, what in lines:
        table.add_row("[green]ok[/]" if good else "[red]--[/]", escape(name), escape(what))
    table.add_row("  ", "python", f"{platform.python_version()} on {platform.system()}")
    table.add_row("  ", "libraries", ", ".join(f"{one} {version(one)}" for one in LIBRARIES))
    console.print(table)
    return all(good for _, good, _ in lines)


def _configured(settings: Settings) -> list[Line]:
    desk, hours = settings.desk, "; ".join(settings.desk.hours) or "always open"
    daily = f"{settings.reports.daily:%H:%M}" if settings.reports.daily else "off"
    languages = ", ".join(desk.languages)
    token = bool(settings.telegram.token)
    return [
        ("desk", True, f"{desk.name}, {desk.timezone}, {desk.currency}, {languages}, {hours}"),
        ("daily summary", True, daily),
        ("[telegram] token", token, "set" if token else "missing: @BotFather gives one"),
        ("[telegram] mode", True, settings.telegram.mode),
    ]


async def _telegram(settings: Settings) -> Line:
    if not settings.telegram.token:
        return ("telegram", False, "not tried: no token")
    bot = Bot(
        settings.telegram.token,
        base_url=settings.telegram.base_url,
        base_file_url=settings.telegram.base_file_url,
        request=AiohttpRequest(),
        get_updates_request=AiohttpRequest(),
    )
    try:
        async with asyncio.timeout(REACH_SECONDS), bot:
            return ("telegram", True, f"reachable, as @{bot.username}")
    except InvalidToken:
        return ("telegram", False, "does not know this token")
    except (TelegramError, TimeoutError) as error:
        return ("telegram", False, f"not reachable ({error or type(error).__name__})")


def _store(settings: Settings) -> list[Line]:
    lines: list[Line] = []
    if settings.store.is_sqlite:
        driver = store.sqlite_driver()
        numbers = tuple(int(part) for part in driver.sqlite_version.split("."))
        safe = store.is_sqlite_safe(numbers)
        name = "standard library" if driver is sqlite3 else "sqlcipher3"
        verdict = "safe" if safe else "has the WAL-reset bug: install sqlcipher3 or SQLite 3.51.3"
        lines.append(("sqlite", safe, f"{driver.sqlite_version} ({name}), {verdict}"))
        lines.append(("[store] key", True, "set: encrypted" if settings.store.key else "none: not encrypted"))
    try:
        engine = store.open_engine(settings.store.url, key=settings.store.key)
        revision = present(engine)
        engine.dispose()
    except Exception as error:
        return [*lines, ("store", False, f"{type(error).__name__}: {str(error).splitlines()[0]}")]
    state = "empty (run sets it up)" if revision is None else f"revision {revision}"
    where = make_url(settings.store.url).render_as_string(hide_password=True)
    return [*lines, ("store", revision in {None, newest()}, f"{where}, {state}")]
