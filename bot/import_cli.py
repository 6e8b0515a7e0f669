"""``python -m bot import FILE``: for files of any size, on the server, also while the bot runs."""

import asyncio
import fcntl
import hashlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from sqlalchemy import Engine, make_url
from sqlmodel import Session

from bot.child import ChildFailed
from bot.importing import Checked, Importer
from bot.settings import ConfigError, Settings
from bot.store import POSTGRES_THREADS
from bot.writer import Writer
from crm_store.exchange import imports
from crm_store.exchange.bad_files import BadFile
from crm_store.exchange.cells_in import told
from crm_store.exchange.tables import Fate, Import, ImportState, Subject
from handlers.words import Words

ACTOR = "cli"
REST_SECONDS = 0.12
"""After a batch while a bot runs on the same file: longer than SQLite lets pass between two tries of whoever
waits to write (0.1 s), so that they get their turn after each batch."""

Confirm = Callable[[str], bool]


class NotImported(Exception):
    """The file was not taken; the message says why, in one line."""


async def import_file(
    settings: Settings,
    engine: Engine,
    path: Path,
    *,
    subject: Subject | None,
    dry_run: bool,
    confirm: Confirm,
    console: Console,
) -> None:
    """Try the file, ask, write it. Files with the rows that were not taken stand beside it afterwards.

    One that was killed in the middle goes on where it stood when the same file is given again. Raises
    NotImported.
    """
    writer = Writer(engine, threads=1 if settings.store.is_sqlite else POSTGRES_THREADS)
    try:
        await _import(settings, writer, path, subject, dry_run=dry_run, confirm=confirm, console=console)
    except BadFile as refusal:
        words, facts = Words(settings.templates.override), refusal.facts
        sentence = words.label("en", "bad_files", facts["why"], line=facts["line"], most=facts["most"])
        raise NotImported(sentence) from None
    except ChildFailed as error:
        raise NotImported(f"the file could not be read: {error}") from None
    finally:
        writer.close()


async def _import(
    settings: Settings,
    writer: Writer,
    path: Path,
    subject: Subject | None,
    *,
    dry_run: bool,
    confirm: Confirm,
    console: Console,
) -> None:
    sha256 = await asyncio.to_thread(_digest, path)
    with _bar(console) as progress:
        row = await writer.run(_open, path=path, sha256=sha256, subject=subject)
        importer = Importer(
            writer, settings, row.id, path, "en", progress, between=_rest if _is_busy(settings) else None
        )
        checked = None if row.state == ImportState.RUNNING else await importer.check()
    if checked is not None:
        wanted = await _ask(writer, row, checked, path, dry_run=dry_run, confirm=confirm, console=console)
        if not wanted:
            return
    with _bar(console) as progress:
        importer.progress = progress
        result, problems = await importer.run()
    counts = await writer.run(_finish, import_id=row.id)
    for name, data in (("result", result), ("problems", problems)):
        if data is not None and (name == "result" or counts[Fate.REFUSED] + counts[Fate.DUPLICATE]):
            await asyncio.to_thread(_beside(path, name).write_bytes, data)
    _show_counts(console, counts)
    console.print(f"every row's fate: {_beside(path, 'result')}", markup=False, soft_wrap=True)


async def _ask(
    writer: Writer,
    row: Import,
    checked: Checked,
    path: Path,
    *,
    dry_run: bool,
    confirm: Confirm,
    console: Console,
) -> bool:
    """Show the dry run; whether it is to be written."""
    words = Words()
    _show_columns(console, checked, words)
    if checked.counts is None:
        await writer.run(_drop, import_id=row.id)
        raise NotImported("the columns do not say what is what: name them as in the list of columns above")
    _show_counts(console, checked.counts)
    for line, _, kept in checked.examples:
        code, detail = told(kept or "")
        console.print(
            f"line {line}: {words.label('en', 'import_reasons', code, detail=detail)}", markup=False
        )
    if checked.problems is not None:
        await asyncio.to_thread(_beside(path, "problems").write_bytes, checked.problems)
        console.print(f"all of these: {_beside(path, 'problems')}", markup=False, soft_wrap=True)
    written = checked.counts[Fate.NEW] + checked.counts[Fate.CHANGED]
    wanted = not dry_run and written and confirm(f"Import {written} rows?")
    await writer.run(_begin if wanted else _drop, import_id=row.id)
    if not wanted:
        console.print("nothing was imported" if written else "there is nothing to import")
    return bool(wanted)


def _open(session: Session, *, path: Path, sha256: str, subject: Subject | None) -> Import:
    """The import of this file: the one that was killed before its end, or a new one."""
    row = imports.unfinished(session, sha256=sha256)
    if row is None:
        row = imports.start(session, name=path.name, started_by=None, now=datetime.now(UTC))
        row.sha256 = sha256
        if subject is not None:
            imports.choose(session, import_=row, subject=subject)
    return row


def _begin(session: Session, *, import_id: int) -> None:
    row = imports.get(session, import_id=import_id)
    imports.begin(session, import_=row, actor=ACTOR, now=datetime.now(UTC))


def _drop(session: Session, *, import_id: int) -> None:
    imports.drop(session, import_=imports.get(session, import_id=import_id))


def _finish(session: Session, *, import_id: int) -> dict[str, int]:
    row = imports.get(session, import_id=import_id)
    return imports.finish(session, import_=row, now=datetime.now(UTC))


async def _rest(lasted: float) -> None:
    await asyncio.sleep(min(REST_SECONDS, lasted))


def _is_busy(settings: Settings) -> bool:
    """Whether a bot runs on this SQLite file."""
    database = make_url(settings.store.url).database
    if not settings.store.is_sqlite or not database:
        return False
    lock = Path(f"{database}.lock")
    if not lock.exists():
        return False
    with lock.open("r") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ConfigError(f"FILE: {path} cannot be read ({error.strerror})") from None


def _beside(path: Path, name: str) -> Path:
    return path.with_name(f"{path.stem}-{name}.csv")


@contextmanager
def _bar(console: Console) -> Iterator[Callable[[int, int], Awaitable[None]]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("rows", total=None)

        async def progress(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total or None)

        yield progress


def _show_columns(console: Console, checked: Checked, words: Words) -> None:
    table = Table("column", "is", "for example", title=f"read as {checked.layout.subject}")
    for place, heading in enumerate(checked.layout.headings):
        field = checked.layout.mapping.get(str(place), "-")
        shown = field if field.startswith("field:") else words.label("en", "import_fields", field)
        table.add_row(heading[:40], shown, checked.layout.samples[place][:40])
    console.print(table)


def _show_counts(console: Console, counts: dict[str, int]) -> None:
    console.print(", ".join(f"{counts[fate]} {fate.value}" for fate in Fate), markup=False)
