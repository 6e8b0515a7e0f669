"""The composition root: builds everything once, runs the loops, stops them in order."""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from aiohttp import web
from sqlalchemy import Engine, make_url
from telegram import Bot
from telegram.error import TelegramError

from bot import training
from bot.api.routes import Api
from bot.calls import post
from bot.clock import Clock
from bot.dispatcher import Dispatcher
from bot.feeding import Feeder
from bot.jobs import Jobs
from bot.leader import Leadership
from bot.links import Links
from bot.menus import set_menus
from bot.metrics import watch
from bot.poller import Poller
from bot.sender import Sender
from bot.settings import ConfigError, Settings
from bot.signals import listen
from bot.start import Stopped, choose_mode, connect, unless_stopped
from bot.store import POSTGRES_THREADS, only_one, open_store
from bot.web import Health, Web
from bot.writer import Writer
from crm_store.engine import open_engine
from crm_store.mailbox import remembered
from crm_store.mailbox.wake import INBOX, OUTBOX
from crm_store.marketing import addresses
from handlers.chat import Aside
from handlers.customer.subscription import with_way_out
from handlers.manager.campaigns.message import Renderer
from handlers.voice import Voice
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
        reader = open_engine(settings.store.whole_url, key=settings.store.key, read_only=True)
        try:
            async with connect(settings, stopping) as bot:
                await _serve(settings, reader, engine, writer, bot, stopping)
        except Stopped:
            log.info("stopped before the start was done", action="stopped")
        finally:
            writer.close()
            reader.dispose()
            engine.dispose()


async def _serve(
    settings: Settings, reader: Engine, engine: Engine, writer: Writer, bot: Bot, stopping: asyncio.Event
) -> None:
    desk = settings.as_desk(bot_username=bot.username)
    words = Words(settings.templates.override)
    await writer.run(remembered.remember, remembered.BOT_USERNAME, bot.username)
    await writer.run(addresses.make_key)
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
        classifier=await unless_stopped(stopping, training.first_model(writer)),
        share=shared,
    )
    clock = Clock(
        writer,
        desk=desk,
        words=words,
        daily=settings.reports.daily,
        queued=sender.wake,
        on_model=dispatcher.use,
        reader=reader,
    )
    voice = Voice(desk, words)
    jobs = Jobs(writer, bot=bot, settings=settings, voice=voice, queued=sender.wake)
    feeder = Feeder(
        writer,
        voice=voice,
        render=with_way_out(Renderer(desk, words), words),
        messages_per_second=settings.telegram.messages_per_second,
        queued=sender.wake,
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
    api = Api(writer, voice=voice, queued=sender.wake, per_second=settings.web.api_per_second)
    pages = Web(
        writer,
        bot=bot,
        secret=settings.telegram.secret,
        arrived=wake.set,
        health=health,
        api=api,
        links=Links(writer, words=words),
    )
    _keep_what_is_here()
    async with _listening(pages.application(webhook=not polls), settings):
        await unless_stopped(stopping, choose_mode(bot, settings))
        async with asyncio.TaskGroup() as loops:
            tasks = [
                loops.create_task(dispatcher.run(writer, wake=wake, committed=sender.wake, aside=asides.make))
                for _ in range(POSTGRES_DISPATCHERS if shared else 1)
            ]
            tasks.append(loops.create_task(leadership.run("sender", sender.run)))
            tasks.append(loops.create_task(leadership.run("clock", clock.run)))
            tasks.append(loops.create_task(leadership.run("jobs", jobs.run)))
            tasks.append(loops.create_task(leadership.run("feeder", feeder.run)))
            tasks.append(loops.create_task(watch(writer)))
            tasks.append(loops.create_task(set_menus(bot, words, desk, writer)))
            if polls:
                tasks.append(loops.create_task(leadership.run("poller", poller.run)))
            if shared:
                tasks.append(loops.create_task(training.follow(writer, dispatcher.use)))
                heard = {INBOX: wake.set, OUTBOX: sender.wake}
                tasks.append(loops.create_task(listen(_psycopg_url(settings), heard)))
            log.info("open", action="started", bot=bot.username, mode=settings.telegram.mode)
            await stopping.wait()
            log.info("stopping", action="stopping")
            await sender.drain(DRAIN_SECONDS)
            for task in tasks:
                task.cancel()


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


def _keep_what_is_here() -> None:
    """What is loaded by now stays for good: looking through it for garbage, as Python does now and then,
    would stop the bot for a tenth of a second."""
    gc.collect()
    gc.freeze()


def _psycopg_url(settings: Settings) -> str:
    url = make_url(settings.store.url).set(drivername="postgresql")
    return url.render_as_string(hide_password=False)
