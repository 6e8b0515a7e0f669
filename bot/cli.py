"""The command line: run, demo, migrate, invite, doctor, replay-dead. Its words are English, for operators."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError, OperationalError

from bot import logs
from bot import settings as settings_
from bot.loading import quickly
from bot.settings import ConfigError, Settings
from bot.store import AlreadyRunning, open_store, open_unmigrated
from crm_store.engine import EncryptionUnavailable, transaction
from crm_store.exchange.tables import Subject
from crm_store.mailbox import inbox, remembered
from crm_store.migrate import migrate as migrate_store
from crm_store.migrate import newest
from crm_store.staff import invites
from crm_store.staff.roles import Role

DEFAULT_CONFIG = Path("config.toml")
BAD_CONFIG = 2

app = typer.Typer(
    help="Zhanggui (掌柜): a company's CRM and help desk in a Telegram chat.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
console = Console(stderr=True, highlight=False)

ConfigFile = Annotated[
    Path | None, typer.Option("--config", help="The settings [default: config.toml, if there is one]")
]


@contextmanager
def _plain_errors() -> Iterator[None]:
    """What an operator can mend is one line and exit code 2, never a stack trace."""
    try:
        yield
    except (ConfigError, EncryptionUnavailable, AlreadyRunning) as error:
        console.print(str(error), markup=False, soft_wrap=True)
        raise typer.Exit(BAD_CONFIG) from None
    except OperationalError as error:
        console.print(f"[store] url: cannot be opened ({_first_line(error)})", markup=False, soft_wrap=True)
        raise typer.Exit(BAD_CONFIG) from None
    except DatabaseError as error:
        hint = " (is it encrypted with another [store] key?)" if "not a database" in str(error) else ""
        console.print(f"[store] url: {_first_line(error)}{hint}", markup=False, soft_wrap=True)
        raise typer.Exit(BAD_CONFIG) from None


def _first_line(error: DatabaseError) -> str:
    return str(error.orig).strip().splitlines()[0]


def _load(config: Path | None) -> Settings:
    if config is not None and not config.is_file():
        raise ConfigError(f"--config: {config} is not a file")
    found = config or (DEFAULT_CONFIG if DEFAULT_CONFIG.is_file() else None)
    return settings_.load(found)


@contextmanager
def _store(config: Path | None) -> Iterator[tuple[Settings, Engine]]:
    with _plain_errors():
        settings = _load(config)
        engine = open_store(settings)
        try:
            yield settings, engine
        finally:
            engine.dispose()


@app.command()
def run(config: ConfigFile = None) -> None:
    """Run the bot until it is stopped."""
    logs.configure()
    with quickly():
        from bot.runtime import serve

    with _plain_errors():
        asyncio.run(serve(_load(config)))


@app.command()
def demo(
    config: ConfigFile = None,
    port: Annotated[int, typer.Option(help="Where the page listens, on loopback; 0: any free port")] = 8000,
    language: Annotated[str | None, typer.Option(help="The shop: zh or en [default: by LANG]")] = None,
) -> None:
    """Try it without a token: a stand-in for Telegram and three phones on one page."""
    from bot.demo.begin import demonstrate  # slow import
    from bot.demo.child import BotSilent

    with _plain_errors():
        if config is not None:
            _load(config)  # the demo brings settings of its own; a broken file is still worth a word
        if language not in {None, "zh", "en"}:
            raise ConfigError(f"--language: {language!r} is not zh or en")
        try:
            asyncio.run(demonstrate(port=port, language=language))
        except BotSilent as silent:
            raise ConfigError(f"the bot does not answer; it said last: {silent}") from None
        except OSError as error:
            raise ConfigError(f"--port: cannot listen on {port} ({error.strerror})") from None


@app.command()
def migrate(config: ConfigFile = None) -> None:
    """Bring the store to this version's tables (a SQLite file is backed up first)."""
    with _plain_errors():
        settings = _load(config)
        engine = open_unmigrated(settings)
        had, backup = migrate_store(engine, now=datetime.now(UTC))
        engine.dispose()
    if backup is not None:
        typer.echo(f"backup: {backup}")
    typer.echo(f"store: {had or 'empty'} -> {newest()}" if had != newest() else f"store: {had}, up to date")


@app.command()
def invite(
    role: Annotated[str, typer.Argument(help="owner, manager or agent")], config: ConfigFile = None
) -> None:
    """Print a single-use link by which one person joins the staff."""
    with _store(config) as (_, engine):
        try:
            wanted = Role(role.lower())
        except ValueError:
            wanted = Role.CUSTOMER
        if wanted == Role.CUSTOMER:
            raise ConfigError(f"ROLE: {role!r} is not owner, manager or agent")
        with transaction(engine) as session:
            token = invites.invite(session, role=wanted, by=None, now=datetime.now(UTC))
            username = remembered.recall(session, remembered.BOT_USERNAME)
    article = "a" if wanted == Role.MANAGER else "an"
    hours = int(invites.LIFETIME.total_seconds() // 3600)
    typer.echo(
        f"Send this to one person; it works once, within {hours} hours, and makes them {article} {wanted}:"
    )
    typer.echo(f"https://t.me/{username}?start={token}" if username else f"/start {token}")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV or Excel (.xlsx), with a row of headings")],
    subject: Annotated[
        str | None, typer.Option(help="customers or orders [default: as its columns look]")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before writing")] = False,
    config: ConfigFile = None,
) -> None:
    """Take in a file of customers or orders, tried first; works while the bot runs."""
    from bot.import_cli import NotImported, import_file  # slow import

    with _store(config) as (settings, engine):
        if subject not in {None, "customers", "orders"}:
            raise ConfigError(f"--subject: {subject!r} is not customers or orders")
        try:
            asyncio.run(
                import_file(
                    settings,
                    engine,
                    file,
                    subject=Subject(subject) if subject else None,
                    dry_run=dry_run,
                    confirm=(lambda _question: True) if yes else typer.confirm,
                    console=console,
                )
            )
        except NotImported as error:
            console.print(str(error), markup=False, soft_wrap=True)
            raise typer.Exit(1) from None


@app.command("replay-dead")
def replay_dead(config: ConfigFile = None) -> None:
    """Try again every message that could not be processed."""
    with _store(config) as (_, engine), transaction(engine) as session:
        count = inbox.replay_dead(session)
    typer.echo(f"{count} will be tried again")


@app.command()
def doctor(config: ConfigFile = None) -> None:
    """Say what is configured, what is reachable, and whether the store is safe."""
    from bot.doctor import examine  # slow import

    with _plain_errors():
        healthy = asyncio.run(examine(_load(config), Console(highlight=False)))
    raise typer.Exit(0 if healthy else 1)
