"""Files that staff sent, fetched from Telegram by the job that needs them: never in a unit of work."""

import hashlib

from sqlmodel import Session
from telegram.error import BadRequest

from bot.work import Work
from crm_store.exchange import imports
from crm_store.exchange.bad_files import BadFile, Why
from crm_store.exchange.tables import Import

MOST_BYTES = 20 * 1024 * 1024
"""Telegram gives bots no larger file."""


async def fetch(work: Work, *, import_id: int, file_id: str) -> None:
    """Keep the file of an import in the store; done once, however often the job is taken up.

    Raises BadFile for one that Telegram will not hand out.
    """
    if await work.writer.run(_is_here, import_id=import_id):
        return
    try:
        file = await work.bot.get_file(file_id)
        data = bytes(await file.download_as_bytearray())
    except BadRequest as error:
        if "too big" in str(error).lower():
            raise BadFile(Why.TOO_LARGE, most=MOST_BYTES >> 20) from error
        raise
    await work.writer.run(_keep, import_id=import_id, data=data)


def _is_here(session: Session, *, import_id: int) -> bool:
    return imports.get(session, import_id=import_id).data is not None


def _keep(session: Session, *, import_id: int, data: bytes) -> None:
    row: Import = imports.get(session, import_id=import_id)
    row.data, row.sha256 = data, hashlib.sha256(data).hexdigest()
    session.add(row)
