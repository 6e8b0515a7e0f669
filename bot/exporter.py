"""The process that writes an export and ends: what is wanted in on stdin, files into a folder; how far it is,
and in the end which files, out on stdout. It reads the store and cannot write it.
"""

import gc
import sys
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from bot.pipes import attend, say, unframed
from crm_store.customers import filters
from crm_store.engine import open_engine
from crm_store.exchange import exports
from crm_store.exchange.cells import Cell
from crm_store.exchange.csv_out import write_csv
from crm_store.exchange.exports import Wanted
from crm_store.exchange.selection import Selection
from crm_store.exchange.tables import Subject
from crm_store.exchange.xlsx_out import write_xlsx
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from handlers.words import Words

SAY_EVERY = 5000
FEWEST_ROWS = 100
"""A file is not split further, however large its cells are."""


@dataclass(frozen=True)
class Part:
    """One file of an export; ``name`` is its name in the folder."""

    name: str
    rows: int


class TooLarge(Exception):
    """A file of so many rows is more than Telegram takes."""


class Exporter:
    """One export. ``order`` is what ``bot.exporting`` asks for."""

    def __init__(self, session: Session, order: Mapping[str, Any]) -> None:
        self._session = session
        self._order = order
        self._zone = ZoneInfo(order["zone"])
        words, language = Words(Path(order["templates"]) if order["templates"] else None), order["language"]

        def label(section: str, key: str) -> str:
            return str(words.labels(language, section).get(str(key), key))

        self._label = label
        by = session.get(Staff, order["staff"])
        assert by is not None
        self._wanted = Wanted(
            subject=Subject(order["subject"]),
            by=by,
            filtered=filters.read(
                session,
                order["filter"],
                by=by,
                zone=self._zone,
                currency=order["currency"],
                now=datetime.fromisoformat(order["asked_at"]).astimezone(UTC),
            ),
            selection=Selection.heard(order["selection"]),
        )

    def may(self) -> bool:
        """Whoever asked may have left, or lost the right, since."""
        by = self._wanted.by
        return by.revoked_at is None and by.role.includes(Role.MANAGER)

    def write(self) -> list[Part]:
        """As few files as hold all rows, none larger than ``most_bytes`` (zipped where that helps)."""
        rows = self._order["most_rows"]
        while True:
            try:
                return list(self._parts(rows))
            except TooLarge:
                rows //= 2

    def _parts(self, most_rows: int) -> Iterator[Part]:
        headings = exports.headings(self._session, wanted=self._wanted, label=self._label)
        rows = self._told(exports.rows(self._session, wanted=self._wanted, label=self._label))
        number = 0
        while (first := list(islice(rows, 1))) or number == 0:
            number += 1
            part = self._part(headings, chain(first, islice(rows, most_rows - 1)), number)
            yield self._fitting(part, most_rows)

    def _part(self, headings: list[str], rows: Iterator[list[Cell]], number: int) -> Part:
        suffix = f"-{number}" if number > 1 else ""
        name = f"{self._order['name']}{suffix}.{self._order['format']}"
        path = Path(self._order["folder"]) / name
        if self._order["format"] == "csv":
            return Part(name, write_csv(path, headings, rows, zone=self._zone))
        title = self._label("export_subjects", self._wanted.subject.value)
        return Part(name, write_xlsx(path, headings, rows, zone=self._zone, title=title))

    def _fitting(self, part: Part, most_rows: int) -> Part:
        """The file, zipped if it is too large as it is. Raises TooLarge."""
        folder, most = Path(self._order["folder"]), self._order["most_bytes"]
        path = folder / part.name
        if path.stat().st_size <= most:
            return part
        zipped = path.with_suffix(path.suffix + ".zip")
        with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(path, part.name)
        path.unlink()
        if zipped.stat().st_size > most and most_rows > FEWEST_ROWS:
            zipped.unlink()
            raise TooLarge
        return Part(zipped.name, part.rows)

    def _told(self, rows: Iterator[list[Cell]]) -> Iterator[list[Cell]]:
        total = exports.count(self._session, wanted=self._wanted)
        for done, row in enumerate(rows, start=1):
            if done % SAY_EVERY == 0:
                say({"done": done, "total": total})
            yield row


def main() -> None:
    attend()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)  # rows make no circles: looking for some would take half of the time
    order = unframed(sys.stdin.buffer)
    engine = open_engine(order["store_url"], key=order["store_key"], read_only=True)
    try:
        with Session(engine) as session:
            exporter = Exporter(session, order)
            say({"parts": [asdict(one) for one in exporter.write()] if exporter.may() else None})
    finally:
        engine.dispose()


if __name__ == "__main__":
    main()
