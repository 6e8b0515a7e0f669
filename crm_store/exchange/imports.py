"""Imports: a file comes in, its columns are agreed on, it is tried, written batch by batch, can be undone."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from crm_store.exchange import batches, headers
from crm_store.exchange.batches import CHANNEL
from crm_store.exchange.deciding import Policy
from crm_store.exchange.headers import Layout
from crm_store.exchange.import_refusals import ImportOver, NoSuchImport, NothingImported
from crm_store.exchange.tables import Fate, Import, ImportRow, ImportState, Subject
from crm_store.staff import audit
from crm_store.staff.audit import Actor
from crm_store.staff.tables import Staff

BATCH_ROWS = 1500
"""In one commit: who writes meanwhile waits for it, and each of them touches most of the search's index."""

BEFORE_RUN = (ImportState.UPLOADED, ImportState.MAPPED, ImportState.CHECKED)
ABANDONED = timedelta(days=7)
"""So long nobody decided about a file, or went on with it: it holds people's data."""


def start(session: Session, *, name: str, started_by: Staff | None, now: datetime) -> Import:
    """A file is about to come in."""
    row = Import(
        subject=Subject.CUSTOMERS,
        name=name[:120] or "file",
        sha256="",
        started_by=started_by.id if started_by is not None else None,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def get(session: Session, *, import_id: int) -> Import:
    """Raises NoSuchImport."""
    row = session.get(Import, import_id)
    if row is None:
        raise NoSuchImport
    return row


def lay_out(session: Session, *, import_: Import, layout: Layout, read: Mapping[str, Any]) -> None:
    """What its columns are (or are taken to be), and how it is read."""
    import_.subject, import_.preset, import_.mapping = layout.subject, layout.preset, layout.mapping
    import_.about = {
        **read,
        "header": layout.header,
        "headings": layout.headings,
        "samples": layout.samples,
    }
    import_.state = ImportState.MAPPED
    session.add(import_)


def check(session: Session, *, import_: Import, counts: Mapping[str, int]) -> None:
    """It was tried: so many rows of each fate."""
    import_.counts, import_.state = dict(counts), ImportState.CHECKED
    session.add(import_)


def map_column(session: Session, *, import_: Import, column: int, field: str) -> None:
    """A person says what a column is; ``""`` leaves it out. A field that only one column can be is taken from
    the other. Raises ImportOver."""
    _before_run(import_)
    mapping = dict(import_.mapping or {})
    mapping.pop(str(column), None)
    if field:
        if field not in headers.MANY:
            mapping = {of: one for of, one in mapping.items() if one != field}
        mapping[str(column)] = field
    import_.mapping, import_.state, import_.counts = mapping, ImportState.MAPPED, None
    session.add(import_)


def choose(
    session: Session, *, import_: Import, policy: Policy | None = None, subject: Subject | None = None
) -> None:
    """What is to be done with duplicates; what the file is about, whose columns are then guessed anew.

    Raises ImportOver.
    """
    _before_run(import_)
    if policy is not None:
        import_.policy = policy.value
    if subject is not None:
        import_.subject, import_.mapping = subject, None
    import_.state, import_.counts = ImportState.MAPPED, None
    session.add(import_)


def begin(session: Session, *, import_: Import, actor: Actor, now: datetime) -> None:
    """From now on rows are written. Raises ImportOver for one that was begun before."""
    if import_.state != ImportState.CHECKED:
        raise ImportOver(state=import_.state)
    import_.state = ImportState.RUNNING
    session.add(import_)
    audit.record(
        session,
        actor=actor,
        action="imported",
        entity="import",
        entity_id=import_.id,
        now=now,
        after={"name": import_.name, "subject": import_.subject},
    )


def drop(session: Session, *, import_: Import) -> None:
    """Nothing of it was written, and nothing will be. Raises ImportOver."""
    _before_run(import_)
    import_.state, import_.data = ImportState.DROPPED, None
    session.add(import_)


def finish(session: Session, *, import_: Import, now: datetime) -> dict[str, int]:
    """All rows have their fate. Returns how many have which."""
    counts = count(session, import_id=import_.id)
    import_.state, import_.counts, import_.data, import_.finished_at = ImportState.DONE, counts, None, now
    session.add(import_)
    return counts


def give_up(session: Session, *, import_: Import, now: datetime) -> None:
    """Something is wrong with it, and trying again does not help. What was written stays, and can be undone;
    an undoing that was given up can be tried again; of a file that was only looked at nothing stays."""
    if import_.state in BEFORE_RUN:
        drop(session, import_=import_)
    elif import_.state == ImportState.RUNNING:
        finish(session, import_=import_, now=now)
        import_.state = ImportState.FAILED
    elif import_.state == ImportState.UNDONE:
        import_.state = ImportState.FAILED
    session.add(import_)


def forget_abandoned(session: Session, *, now: datetime, limit: int) -> int:
    """Give up files that nobody has gone on with for a week. Returns how many."""
    statement = select(Import).where(
        col(Import.state).in_([*BEFORE_RUN, ImportState.RUNNING]), col(Import.created_at) < now - ABANDONED
    )
    found = list(session.scalars(statement.order_by(col(Import.id)).limit(limit)))
    for one in found:
        give_up(session, import_=one, now=now)
    return len(found)


def count(session: Session, *, import_id: int) -> dict[str, int]:
    """Rows by fate, every fate named."""
    statement = (
        select(col(ImportRow.fate), func.count())
        .where(col(ImportRow.import_id) == import_id)
        .group_by(col(ImportRow.fate))
    )
    found = {fate: rows for fate, rows in session.execute(statement)}
    return {fate.value: found.get(fate, 0) for fate in Fate}


def write_batch(session: Session, *, import_id: int, batch: Mapping[str, Any], now: datetime) -> None:
    """One batch, in the commit of the caller; the same one twice is written once. Raises Stale."""
    import_ = get(session, import_id=import_id)
    first = batch["fates"][0][0]
    if session.get(ImportRow, (import_id, first)) is not None:
        return
    batches.write(
        session,
        import_id=import_id,
        batch=batch,
        system=system_of(import_),
        author_id=import_.started_by,
        actor=actor_of(import_),
        now=now,
    )


def written_until(session: Session, *, import_id: int) -> int:
    """The last line that has its fate; 0 where none has."""
    statement = select(func.max(col(ImportRow.line))).where(col(ImportRow.import_id) == import_id)
    return session.scalar(statement) or 0


def last_written(session: Session) -> Import:
    """The import that can be undone next: the last one that wrote something. Raises NothingImported."""
    statement = select(Import).where(col(Import.state).in_([ImportState.DONE, ImportState.FAILED]))
    found = session.scalars(statement.order_by(col(Import.id).desc()).limit(1)).first()
    if found is None:
        raise NothingImported
    return found


def unfinished(session: Session, *, sha256: str) -> Import | None:
    """An import of this very file from the command line that was killed before its end."""
    statement = select(Import).where(
        col(Import.sha256) == sha256,
        col(Import.state) == ImportState.RUNNING,
        col(Import.started_by).is_(None),
    )
    return session.scalars(statement.order_by(col(Import.id).desc()).limit(1)).first()


def system_of(import_: Import) -> str:
    """Whose numbers the file has: another system's, or nobody's in particular."""
    return import_.preset or CHANNEL


def actor_of(import_: Import) -> str:
    """As the trail names it."""
    return f"import:{import_.id}"


def _before_run(import_: Import) -> None:
    if import_.state not in BEFORE_RUN:
        raise ImportOver(state=import_.state)
