"""The composition root: builds everything once, runs the loops, stops them in order."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import stamina
import structlog
from aiohttp import web
from sqlalchemy import Engine, make_url
from telegram import Bot
from telegram.error import InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut

from bot import training
from bot.calls import post
from bot.clock import Clock
from bot.dispatcher import Dispatcher
from bot.leader import Leadership
from bot.menus import set_menus
from bot.metrics import watch
from bot.poller import ALLOWED_UPDATES, Poller
from bot.request import AiohttpRequest
from bot.sender import Sender
from bot.settings import ConfigError, Settings
from bot.signals import listen
from bot.store import POSTGRES_THREADS, only_one, open_store
from bot.web import WEBHOOK_PATH, Health, Web
from bot.writer import Writer
from crm_store.mailbox import remembered
from crm_store.mailbox.wake import INBOX, OUTBOX
from handlers.chat import Aside
from handlers.words import Words

POSTGRES_DISPATCHERS = 2
DRAIN_SECONDS = 10.0
ASIDES_AT_ONCE = 16

log = structlog.get_logger()


async def serve(settings: Settings) -> None:
    """Run the bot until SIGTERM or SIGINT. A loop that breaks ends the process: with a durable inbox,
    restarting it is the safe answer."""
    if not settings.telegram.token:
        raise ConfigError("[telegram] token is empty: @BotFather gives one (or run the demo: make demo)")
    stopping = asyncio.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(one, stopping.set)
    with only_one(settings):
        engine = open_store(settings)
        writer = Writer(engine, threads=1 if settings.store.is_sqlite else POSTGRES_THREADS)
        try:
            async with connect(settings) as bot:
                await _serve(settings, engine, writer, bot, stopping)
        finally:
            writer.close()
            engine.dispose()


async def _serve(
    settings: Settings, engine: Engine, writer: Writer, bot: Bot, stopping: asyncio.Event
) -> None:
    desk = settings.as_desk(bot_username=bot.username)
    words = Words(settings.templates.override)
    await writer.run(remembered.remember, remembered.BOT_USERNAME, bot.username)
    wake = asyncio.Event()
    sender = Sender(
        bot,
        writer,
        desk=desk,
        words=words,
        messages_per_second=settings.telegram.messages_per_second,
    )
    shared = not settings.store.is_sqlite
    dispatcher = Dispatcher(
        engine,
        bot=bot,
        desk=desk,
        words=words,
        classifier=await training.first_model(writer),
        share=shared,
    )
    clock = Clock(
        writer,
        desk=desk,
        words=words,
        daily=settings.reports.daily,
        queued=sender.wake,
        on_model=dispatcher.use,
    )
    poller = Poller(bot, writer, arrived=wake.set)
    asides = Asides(bot)
    leadership = Leadership(_psycopg_url(settings) if shared else None)
    polls = settings.telegram.mode == "polling"
    health = Health(
        last_poll=lambda: poller.last_success,
        polls=lambda: polls and "poller" in leadership.leads,
        telegram_refuses=lambda: sender.refused,
    )
    pages = Web(writer, bot=bot, secret=settings.telegram.secret, arrived=wake.set, health=health)
    async with _listening(pages.application(webhook=not polls), settings), asyncio.TaskGroup() as loops:
        await _choose_mode(bot, settings)
        await set_menus(bot, words, desk, writer)
        tasks = [
            loops.create_task(dispatcher.run(writer, wake=wake, committed=sender.wake, aside=asides.make))
            for _ in range(POSTGRES_DISPATCHERS if shared else 1)
        ]
        tasks.append(loops.create_task(leadership.run("sender", sender.run)))
        tasks.append(loops.create_task(leadership.run("clock", clock.run)))
        tasks.append(loops.create_task(watch(writer)))
        if polls:
            tasks.append(loops.create_task(leadership.run("poller", poller.run)))
        if shared:
            tasks.append(loops.create_task(training.follow(writer, dispatcher.use)))
            heard = {INBOX: wake.set, OUTBOX: sender.wake}
            tasks.append(loops.create_task(listen(_psycopg_url(settings), heard)))
            tasks.append(loops.create_task(training.follow(writer, dispatcher.use)))
        log.info("open", action="started", bot=bot.username, mode=settings.telegram.mode)
        await stopping.wait()
        log.info("stopping", action="stopping")
        await sender.drain(DRAIN_SECONDS)
        for task in tasks:
            task.cancel()


@asynccontextmanager
async def connect(settings: Settings) -> AsyncIterator[Bot]:
    """The bot, known to Telegram. Waits for Telegram to be reachable; a wrong token is a ConfigError."""
    bot = Bot(
        settings.telegram.token,
        base_url=settings.telegram.base_url,
        base_file_url=settings.telegram.base_file_url,
        request=AiohttpRequest(),
        get_updates_request=AiohttpRequest(connections=2),
    )
    try:
        async for attempt in stamina.retry_context(on=_may_pass, attempts=None, timeout=None, wait_max=30.0):
            with attempt:
                await bot.initialize()
    except InvalidToken:
        raise ConfigError("[telegram] token: Telegram does not know it (@BotFather shows it again)") from None
    try:
        yield bot
    finally:
        await bot.shutdown()


def _may_pass(error: Exception) -> bool:
    return isinstance(error, NetworkError | TimedOut | RetryAfter)


async def _choose_mode(bot: Bot, settings: Settings) -> None:
    if settings.telegram.mode == "webhook":
        await bot.set_webhook(
            settings.telegram.webhook_url.rstrip("/") + WEBHOOK_PATH,
            secret_token=settings.telegram.secret,
            allowed_updates=ALLOWED_UPDATES,
        )
    else:
        await bot.delete_webhook(drop_pending_updates=False)


@asynccontextmanager
async def _listening(app: web.Application, settings: Settings) -> AsyncIterator[None]:
    runner = web.AppRunner(app, handle_signals=False, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, settings.web.host, settings.web.port)
    try:
        await site.start()
    except OSError as error:
        raise ConfigError(
            f"[web] port: cannot listen on {settings.web.host}:{settings.web.port} ({error.strerror})"
        ) from None
    try:
        yield
    finally:
        await runner.cleanup()


class Asides:
    """Calls that may fail without loss, a few at a time; one that must wait is dropped."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._running: set[asyncio.Task[None]] = set()

    def make(self, aside: Aside) -> None:
        if len(self._running) < ASIDES_AT_ONCE:
            task = asyncio.create_task(self._call(aside))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _call(self, aside: Aside) -> None:
        with suppress(TelegramError):
            await post(self._bot, aside.method, aside.params)


def _psycopg_url(settings: Settings) -> str:
    url = make_url(settings.store.url).set(drivername="postgresql")
    return url.render_as_string(hide_password=False)
