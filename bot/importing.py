"""Imports at work: a process reads and decides, the writer commits batch by batch, people are shown both.

The same code serves the bot's jobs and the command line.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlmodel import Session

from bot import child
from bot.downloads import fetch
from bot.settings import Settings
from bot.work import Work
from bot.writer import Writer
from crm_store.exchange import batches, imports, undoing
from crm_store.exchange.bad_files import BadFile, Why
from crm_store.exchange.batches import Stale
from crm_store.exchange.headers import Layout
from crm_store.exchange.tables import Import, ImportState, Subject
from handlers.manager import imports as shown
from handlers.words import Words

Progress = Callable[[int, int], Awaitable[None]]

MOST_SENT = 45 << 20
"""Bytes: Telegram takes no larger document from a bot."""

SECTIONS = ("import", "import_headings", "import_reasons", "fates")
"""The labels that the files which go back are written in."""


@dataclass(frozen=True)
class Checked:
    """What a dry run found. ``examples`` are [line, fate, reason] of rows that it would not take;
    ``problems`` is the file of all of these."""

    layout: Layout
    counts: dict[str, int] | None
    examples: list[list[Any]]
    problems: bytes | None


@dataclass
class Importer:
    """One import, with what it needs. ``between`` is called after each batch: who waits for the store may go
    first."""

    writer: Writer
    settings: Settings
    import_id: int
    path: Path
    language: str
    progress: Progress
    between: Callable[[float], Awaitable[None]] | None = None
    written_at: float = 0.0
    """When the last row was in the store, by the loop's clock; the files that go back take longer."""

    async def check(self) -> Checked:
        """The dry run. Raises BadFile and ChildFailed."""
        row = await self.writer.run(_get, import_id=self.import_id)
        layout: Layout | None = None
        with tempfile.TemporaryDirectory() as folder:
            order = self._order(row, "check", folder)
            async with child.talk("bot.importer", order) as talk:
                while True:
                    told = _good(await talk.hear())
                    if "layout" in told:
                        layout = _layout(told["layout"])
                        await self.writer.run(
                            _lay_out, import_id=self.import_id, layout=layout, read=told["read"]
                        )
                    elif "done" in told:
                        await self.progress(told["done"], 0)
                    else:
                        break
            problems = await asyncio.to_thread(_read, Path(folder) / "problems.csv")
        assert layout is not None
        if "unclear" in told:
            return Checked(layout, None, [], None)
        await self.writer.run(_check, import_id=self.import_id, counts=told["checked"])
        return Checked(layout, told["checked"], told["examples"], problems)

    async def run(self) -> tuple[bytes | None, bytes | None]:
        """Write what is left of the import. Returns the file of every row's fate, and that of the rows not
        taken. Raises BadFile and ChildFailed."""
        row = await self.writer.run(_get, import_id=self.import_id)
        total = sum((row.counts or {}).values())
        done = sum((await self.writer.run(imports.count, import_id=self.import_id)).values())
        until = await self.writer.run(imports.written_until, import_id=self.import_id)
        with tempfile.TemporaryDirectory() as folder:
            order = self._order(row, "run", folder) | {"until": until}
            async with child.talk("bot.importer", order) as talk:
                while "batch" in (told := _good(await talk.hear())):
                    fresh = await self._write(told["batch"])
                    await talk.say("go on" if fresh else "again")
                    done += len(told["batch"]["fates"]) if fresh else 0
                    await self.progress(done, total)
                self.written_at = asyncio.get_running_loop().time()
                _good(await talk.hear())  # the files that go back are ready
            return await asyncio.to_thread(
                lambda: (_read(Path(folder) / "result.csv"), _read(Path(folder) / "problems.csv"))
            )

    async def _write(self, batch: dict[str, Any]) -> bool:
        """One commit. False when somebody changed a customer meanwhile: it is to be decided anew."""
        began = asyncio.get_running_loop().time()
        try:
            await self.writer.run(
                imports.write_batch, import_id=self.import_id, batch=batch, now=datetime.now(UTC)
            )
        except Stale:
            return False
        if self.between is not None:
            await self.between(asyncio.get_running_loop().time() - began)
        return True

    def _order(self, row: Import, task: str, folder: str) -> dict[str, Any]:
        settings, words = self.settings, Words(self.settings.templates.override)
        about = row.about or {}
        return {
            "task": task,
            "path": str(self.path),
            "folder": folder,
            "import": row.id,
            "store_url": settings.store.whole_url,
            "store_key": settings.store.key,
            "subject": row.subject.value if about else None,
            "mapping": row.mapping if about else None,
            "policy": row.policy,
            "system": batches.CHANNEL,
            "source": Path(row.name).stem or row.name,
            "currency": settings.desk.currency,
            "languages": list(settings.desk.languages),
            "timezone": settings.desk.timezone,
            "words": {section: words.labels(self.language, section) for section in SECTIONS},
        }


async def do_import(work: Work) -> None:
    """The job of an import: ``step`` says which of its parts."""
    import_id = int(work.arguments["import"])
    await _STEPS[work.arguments["step"]](work, import_id)


def give_up(session: Session, work: Work) -> None:
    """Its job will not be tried again."""
    row = imports.get(session, import_id=int(work.arguments["import"]))
    imports.give_up(session, import_=row, now=work.now())


async def _look(work: Work, import_id: int) -> None:
    """The file comes in, and is tried at once."""
    try:
        await fetch(work, import_id=import_id, file_id=work.arguments["file_id"])
    except BadFile:
        await work.writer.run(_drop, import_id=import_id)
        raise
    await _check_again(work, import_id)


async def _check_again(work: Work, import_id: int) -> None:
    async with _importer(work, import_id) as importer:
        try:
            checked = await importer.check()
        except BadFile:
            await work.writer.run(_drop, import_id=import_id)
            raise
    await work.finish(partial(shown.show_checked, work=work, import_id=import_id, checked=checked))


async def _run(work: Work, import_id: int) -> None:
    async with _importer(work, import_id) as importer:
        result, problems = await importer.run()
    await work.finish(partial(_tell_result, work=work, import_id=import_id, result=result, problems=problems))


async def _undo(work: Work, import_id: int) -> None:
    row = await work.writer.run(_get, import_id=import_id)
    total = sum((row.counts or {}).get(fate, 0) for fate in ("new", "changed"))
    done = 0
    while count := await work.writer.run(_undo_some, import_id=import_id, now=work.now()):
        done += count
        await work.progress(done, total)
    await work.finish(partial(shown.show_undone, work=work, import_id=import_id))


_STEPS: dict[str, Callable[[Work, int], Awaitable[None]]] = {
    "look": _look,
    "check": _check_again,
    "run": _run,
    "undo": _undo,
}


@asynccontextmanager
async def _importer(work: Work, import_id: int) -> AsyncIterator[Importer]:
    """The import of a job, its file laid out on disk for the process that reads it."""
    name, data = await work.writer.run(_file, import_id=import_id)
    asker = await work.writer.run(work.asker)
    language = asker.language if asker is not None else work.settings.desk.languages[0]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"file{Path(name).suffix[:8]}"
        await asyncio.to_thread(path.write_bytes, data)
        yield Importer(work.writer, work.settings, import_id, path, language, work.progress)


def _tell_result(
    session: Session, *, work: Work, import_id: int, result: bytes | None, problems: bytes | None
) -> None:
    row = imports.get(session, import_id=import_id)
    counts = imports.finish(session, import_=row, now=work.now())
    shown.show_done(session, work=work, import_=row, counts=counts)
    for key, data in (("result", result), ("problems", problems)):
        wanted = key == "result" or counts["refused"] + counts["duplicate"]
        if data is not None and wanted and len(data) <= MOST_SENT:
            shown.send_file(session, work=work, import_=row, key=key, data=data)


def _get(session: Session, *, import_id: int) -> Import:
    return imports.get(session, import_id=import_id)


def _file(session: Session, *, import_id: int) -> tuple[str, bytes]:
    row = imports.get(session, import_id=import_id)
    return row.name, row.data or b""


def _drop(session: Session, *, import_id: int) -> None:
    row = imports.get(session, import_id=import_id)
    if row.state in imports.BEFORE_RUN:
        imports.drop(session, import_=row)


def _lay_out(session: Session, *, import_id: int, layout: Layout, read: dict[str, Any]) -> None:
    row = imports.get(session, import_id=import_id)
    imports.lay_out(session, import_=row, layout=layout, read=read)


def _check(session: Session, *, import_id: int, counts: dict[str, int]) -> None:
    imports.check(session, import_=imports.get(session, import_id=import_id), counts=counts)


def _undo_some(session: Session, *, import_id: int, now: datetime) -> int:
    row = imports.get(session, import_id=import_id)
    if row.state != ImportState.UNDONE:
        return 0
    return undoing.undo(session, import_=row, now=now)


def _layout(told: dict[str, Any]) -> Layout:
    return Layout(**{**told, "subject": Subject(told["subject"])})


def _good(told: Any) -> dict[str, Any]:
    """Raises BadFile when that is what the process found."""
    if "bad_file" in told:
        facts = told["bad_file"]
        raise BadFile(Why(facts["why"]), line=facts["line"], most=facts["most"])
    return dict(told)


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None
