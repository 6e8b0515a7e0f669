"""Which people a file has named so far. It may be long, so this is kept on disk and not in memory."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Earlier:
    """An earlier row of the file: its line, its name as names are compared, and a digest of all it says."""

    line: int
    name: str
    digest: str


class Seen:
    """Keys (a contact, another system's number, a name with its city) → the first row that had each."""

    def __init__(self) -> None:
        self._rows = sqlite3.connect("")  # a file of its own that is gone when it is closed
        self._rows.execute("PRAGMA journal_mode=OFF")
        self._rows.execute("PRAGMA synchronous=OFF")
        self._rows.execute("PRAGMA cache_size=-4096")
        self._rows.execute(
            "CREATE TABLE seen (key TEXT PRIMARY KEY, line INTEGER, name TEXT, digest TEXT) WITHOUT ROWID"
        )

    def find(self, keys: Iterable[str], *, before: int) -> list[Earlier]:
        """The rows above line ``before`` that had one of these keys, the earliest first."""
        found: dict[int, Earlier] = {}
        for key in keys:
            row = self._rows.execute("SELECT line, name, digest FROM seen WHERE key = ?", (key,)).fetchone()
            if row is not None and row[0] < before:
                found.setdefault(row[0], Earlier(*row))
        return [found[line] for line in sorted(found)]

    def add(self, keys: Iterable[str], earlier: Earlier) -> None:
        rows = [(key, earlier.line, earlier.name, earlier.digest) for key in keys]
        self._rows.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?, ?, ?)", rows)

    def close(self) -> None:
        self._rows.close()
