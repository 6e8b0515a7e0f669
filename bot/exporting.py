"""Exports at work: a process reads the store and writes files, which go to who asked, and to nobody else."""

import asyncio
import re
import tempfile
from pathlib import Path
from typing import Any

from sqlmodel import Session

from bot import child
from bot.work import Work
from crm_store.exchange import exports

MOST_ROWS = 200_000
"""Of one file; there are as many files as it takes."""

MOST_BYTES = 45 << 20
"""Of one file: Telegram takes 50 MB from a bot."""

MIME = {
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "application/zip",
}
_UNFIT = re.compile(r"[^\w-]+")


async def export(work: Work) -> None:
    """The job: its arguments are those of ``handlers.manager.exports``."""
    language, who = await work.writer.run(_asker, work=work)
    if who is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        parts = await _write(work, _order(work, folder=folder, language=language, who=who))
        if parts is None:
            return
        files = [(one["name"], one["rows"], await _bytes(folder, one["name"])) for one in parts]
    for number, (name, rows, data) in enumerate(files, start=1):
        await work.writer.run(
            _send, work=work, name=name, data=data, rows=rows, part=number, parts=len(files)
        )
    await work.finish(lambda session: _done(session, work, [(name, rows) for name, rows, _ in files]))


async def _write(work: Work, order: dict[str, Any]) -> list[dict[str, Any]] | None:
    """What the process wrote; None when who asked may not have it any more. Raises ChildFailed."""
    async with child.talk("bot.exporter", order) as talk:
        while True:
            told = await talk.hear()
            if "done" not in told:
                parts: list[dict[str, Any]] | None = told["parts"]
                return parts
            await work.progress(told["done"], told["total"])


def _order(work: Work, *, folder: str, language: str, who: str) -> dict[str, Any]:
    settings, asked = work.settings, work.arguments
    local = work.voice.desk.local(work.job.created_at)
    subject = work.voice.words.label(language, "export_subjects", asked["subject"])
    return {
        "store_url": settings.store.url,
        "store_key": settings.store.key,
        "templates": str(settings.templates.override) if settings.templates.override else None,
        "zone": settings.desk.timezone,
        "currency": settings.desk.currency,
        "language": language,
        "staff": work.job.asked_by,
        "asked_at": work.job.created_at.isoformat(),
        "folder": folder,
        # Who took it and when stays with the file wherever it goes.
        "name": f"{_UNFIT.sub('_', subject)}-{local:%Y%m%d-%H%M}-{_UNFIT.sub('_', who)[:40]}",
        "most_rows": MOST_ROWS,
        "most_bytes": MOST_BYTES,
        **{key: asked[key] for key in ("subject", "filter", "selection", "format")},
    }


async def _bytes(folder: str, name: str) -> bytes:
    return await asyncio.to_thread((Path(folder) / name).read_bytes)


def _asker(session: Session, *, work: Work) -> tuple[str, str | None]:
    by = work.asker(session)
    return (by.language, by.name) if by is not None else ("", None)


def _send(session: Session, *, work: Work, name: str, data: bytes, rows: int, part: int, parts: int) -> None:
    """One unit for each file: they are large, and a conversation may go between."""
    work.send_file(
        session,
        file_name=name,
        mime_type=MIME[Path(name).suffix],
        data=data,
        template="manager/export/file.html.j2",
        subject=work.arguments["subject"],
        rows=rows,
        part=part,
        parts=parts,
        zipped=name.endswith(".zip"),
    )


def _done(session: Session, work: Work, files: list[tuple[str, int]]) -> None:
    by = work.asker(session)
    if by is None:
        return
    facts = {"rows": sum(rows for _, rows in files), "files": [name for name, _ in files]}
    exports.note(session, job=work.job, by=by, action="exported", facts=facts, now=work.now())
    work.show(
        session,
        "manager/export/done.html.j2",
        subject=work.arguments["subject"],
        rows=sum(rows for _, rows in files),
        parts=len(files),
    )
