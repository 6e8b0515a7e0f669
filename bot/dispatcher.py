"""The dispatcher: inbox → units of work, in order per lane, in groups that commit once."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session
from telegram import Bot, Update

from bot import reading
from bot.writer import Writer
from crm_store.analysis.intent import Intent
from crm_store.engine import transaction
from crm_store.mailbox import inbox
from crm_store.mailbox.probe import can_write
from crm_store.mailbox.tables import Inbox, InboxState
from handlers import dead
from handlers.chat import Aside, Known, know, open_chat
from handlers.desk import Desk
from handlers.registry import handle
from handlers.words import Words

GROUP = 64
IDLE_SECONDS = 1.0
LEASE = timedelta(seconds=2)
"""Between counting an attempt and locking its row again, no other worker counts it too."""

log = structlog.get_logger()


class Classifier(Protocol):
    def classify(self, texts: Sequence[str]) -> list[Intent]: ...


@dataclass
class Read:
    """An inbox row made ready before the transaction: parsed, and its words classified."""

    id: int
    row: Inbox
    update: Update | None = None
    intent: Intent | None = None
    error: str | None = None


@dataclass
class Group:
    """What one commit did: ``taken`` updates of which some failed, and calls to make after it."""

    taken: int = 0
    failed: int = 0
    asides: list[Aside] = field(default_factory=list)

    def __add__(self, other: "Group") -> "Group":
        return Group(self.taken + other.taken, self.failed + other.failed, self.asides + other.asides)


class Dispatcher:
    """Runs waiting updates. ``run_group`` is the whole of it; ``run`` calls it again and again.

    With ``share`` (PostgreSQL) several may work on one inbox: rows are locked, and skipped when another
    has them.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        bot: Bot,
        desk: Desk,
        words: Words,
        classifier: Classifier | None,
        group: int = GROUP,
        share: bool = False,
    ) -> None:
        self.engine = engine
        self.classifier = classifier
        self._bot = bot
        self._desk = desk
        self._words = words
        self._size = group
        self._share = share
        self._suspects_until: int | None = None
        self._in_doubt = False

    def use(self, classifier: Classifier) -> None:
        """Read messages with another model from the next group on."""
        self.classifier = classifier

    def run_group(self, now: datetime | None = None) -> Group:
        """Take the head of every waiting lane, run them, commit once."""
        now = now or datetime.now(UTC)
        with transaction(self.engine) as session:
            heads = inbox.heads(session, now=now, limit=self._size)
            rows = self._careful(session, heads, now)
        if not rows:
            return Group()
        reads = self._read(rows)
        return self._one_by_one(reads, now) if self._in_doubt else self._in_one(reads, now)

    def _in_one(self, reads: list[Read], now: datetime) -> Group:
        try:
            return self._commit(reads, now)
        except OperationalError:
            self._in_doubt = True
            raise

    def _one_by_one(self, reads: list[Read], now: datetime) -> Group:
        """The last group met trouble of the store's. One update may be what causes it, each time: it is
        found by trying each alone, and fails like any other if the store is well right after. Nothing is
        counted while the store is in trouble."""
        group = Group()
        for one in reads:
            try:
                group += self._commit([one], now)
            except OperationalError as error:
                if not can_write(self.engine):
                    if group.taken:
                        return group  # what was done is done; the next look meets the trouble again
                    raise
                group += self._fail(one, error, now)
        self._in_doubt = False
        return group

    def _careful(self, session: Session, rows: list[Inbox], now: datetime) -> list[Inbox]:
        """Of what waited when this process started, one may have killed the last: count before trying.

        What was counted before runs alone, so that only the culprit uses up its attempts.
        """
        if self._suspects_until is None:
            self._suspects_until = inbox.newest_id(session)
        for row in rows:
            if row.attempts >= inbox.MAX_ATTEMPTS:
                inbox.bury(session, row=row, error="the process died each time it was tried", now=now)
                self._tell(session, row, now)
        rows = [row for row in rows if row.state == InboxState.NEW]
        suspects = [row for row in rows if self._is_suspect(row)]
        if not suspects:
            return rows
        repeated = [row for row in suspects if row.attempts]
        chosen = repeated[:1] or suspects
        inbox.count_attempt(session, rows=chosen, until=now + LEASE if self._share else None)
        return chosen

    def _read(self, rows: list[Inbox]) -> list[Read]:
        reads = [_parse(row, self._bot) for row in rows]
        spoken = [(one, text) for one in reads if (text := _words_of(one.update))]
        for (one, _), intent in zip(spoken, self._classify([text for _, text in spoken]), strict=False):
            one.intent = intent
        return reads

    def _classify(self, texts: list[str]) -> list[Intent]:
        """A text the model cannot read must not hold up its group: then nobody is sure of any."""
        try:
            return self.classifier.classify(texts) if self.classifier is not None and texts else []
        except Exception:
            log.exception("texts could not be classified", action="classify_failed", texts=len(texts))
            return []

    def _commit(self, reads: list[Read], now: datetime) -> Group:
        """Run them all and commit once. Only when one fails is each run in a savepoint of its own, so that it
        is rolled back alone; and where even that cannot be committed, one by one."""
        try:
            with transaction(self.engine) as session:
                return self._run_all(session, self._take(session, reads, now), now)
        except OperationalError:
            raise  # the store itself is in trouble: nothing of this group is done
        except UnitFailed as failure:
            return self._commit_apart(reads, now, failed={failure.id: failure.error})
        except Exception:
            return self._commit_apart(reads, now, failed={})

    def _commit_apart(self, reads: list[Read], now: datetime, failed: dict[int, BaseException]) -> Group:
        try:
            with transaction(self.engine) as session:
                return self._run_each(session, self._take(session, reads, now), now, failed)
        except OperationalError:
            raise
        except Exception as error:
            if len(reads) > 1:
                log.warning("a group could not be committed, one by one", action="group_split")
                return sum((self._commit_apart([one], now, failed) for one in reads), Group())
            return self._fail(reads[0], error, now)

    def _fail(self, read: Read, error: BaseException, now: datetime) -> Group:
        """Note a failure outside the transaction that failed."""
        with transaction(self.engine) as session:
            for one in self._take(session, [read], now):
                self._put_off(session, one, error, now)
        return Group(taken=1, failed=1)

    def _take(self, session: Session, reads: list[Read], now: datetime) -> list[Read]:
        if not self._share:
            session.add_all(one.row for one in reads)
            return reads
        claimed = inbox.claim(session, ids=[one.id for one in reads], now=now + LEASE)
        mine = {row.id: row for row in claimed}
        for one in reads:
            one.row = mine.get(one.id, one.row)
        return [one for one in reads if one.id in mine]

    def _run_all(self, session: Session, reads: list[Read], now: datetime) -> Group:
        """Every unit, the first failure ends it. Savepoints would cost a third of the work."""
        known = know(session, _updates(reads))
        group = Group(taken=len(reads))
        for one in reads:
            try:
                group.asides += self._unit(session, one, known, now)
            except (OperationalError, StaleDataError):
                raise
            except (Exception, asyncio.CancelledError) as error:
                raise UnitFailed(one.id, error) from error
        inbox.mark_done(session, ids=[one.id for one in reads], now=now)
        return group

    def _run_each(
        self, session: Session, reads: list[Read], now: datetime, failed: dict[int, BaseException]
    ) -> Group:
        """Each unit in its savepoint; what has ``failed`` already is not tried a second time."""
        group, done = Group(taken=len(reads)), []
        for one in reads:
            error = failed.get(one.id)
            try:
                if error is None:
                    with session.begin_nested():
                        known = know(session, _updates([one]))
                        group.asides += self._unit(session, one, known, now)
                    done.append(one.id)
            except StaleDataError:
                log.info("two units met, trying again", action="unit_conflict", inbox=one.row.id)
            except OperationalError:
                raise
            except (Exception, asyncio.CancelledError) as raised:
                error = raised
            if error is not None:
                group.failed += 1
                self._put_off(session, one, error, now)
        inbox.mark_done(session, ids=done, now=now)
        return group

    def _unit(self, session: Session, one: Read, known: Known, now: datetime) -> list[Aside]:
        if one.update is None:
            raise Unreadable(one.error)
        chat = open_chat(
            session,
            update=one.update,
            known=known,
            key=str(one.row.id),
            now=now,
            desk=self._desk,
            words=self._words,
            intent=one.intent,
        )
        handle(chat)
        session.flush()
        return chat.asides

    def _put_off(self, session: Session, one: Read, error: BaseException, now: datetime) -> None:
        log.error(
            "an update failed",
            action="update_failed",
            inbox=one.row.id,
            attempts=one.row.attempts,
            exc_info=error,
        )
        if isinstance(error, Unreadable):
            inbox.bury(session, row=one.row, error=str(error), now=now)
            is_dead = True
        else:
            counted = self._is_suspect(one.row)
            is_dead = inbox.put_off(session, row=one.row, error=repr(error), now=now, counted=counted)
        if is_dead:
            self._tell(session, one.row, now)

    def _is_suspect(self, row: Inbox) -> bool:
        return self._suspects_until is not None and row.id <= self._suspects_until

    def _tell(self, session: Session, row: Inbox, now: datetime) -> None:
        """Staff hear of a dead update. What made it fail may make this fail too; others must not suffer."""
        try:
            with session.begin_nested():
                dead.tell(session, row=row, now=now, desk=self._desk, words=self._words)
        except OperationalError:
            raise
        except Exception:
            log.exception("nobody could be told of a dead update", action="dead_untold", inbox=row.id)

    async def run(
        self,
        writer: Writer,
        *,
        wake: asyncio.Event,
        committed: Callable[[], None],
        aside: Callable[[Aside], None],
    ) -> None:
        """Run groups until cancelled; ``committed`` and ``aside`` are called after each commit."""
        while True:
            wake.clear()
            try:
                group = await writer.call(self.run_group)
            except Exception:
                log.exception("a group could not be committed", action="group_failed")
                await asyncio.sleep(IDLE_SECONDS)
                continue
            for one in group.asides:
                aside(one)
            if group.taken:
                committed()
                await asyncio.sleep(0)  # the sender's turn before ours: the answer is what somebody waits for
            else:
                await _wait(wake)


class Unreadable(Exception):
    """What came is no update that anybody could read; another attempt would not change it."""


class UnitFailed(Exception):
    """One update of a group failed with ``error``."""

    def __init__(self, id: int, error: BaseException) -> None:
        super().__init__(id)
        self.id, self.error = id, error


async def _wait(wake: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(IDLE_SECONDS):
            await wake.wait()
    except TimeoutError:
        pass


def _updates(reads: list[Read]) -> list[Update]:
    return [one.update for one in reads if one.update is not None]


def _parse(row: Inbox, bot: Bot) -> Read:
    try:
        update = reading.parse(row.raw, bot)
    except Exception as error:
        return Read(row.id, row, error=f"{type(error).__name__}: {error}")
    return Read(row.id, row, update=update)


def _words_of(update: Update | None) -> str | None:
    """The words of a message that may need sorting; commands say what they are."""
    message = update.message if update is not None else None
    text = (message.text or message.caption) if message is not None else None
    return text if text and not text.startswith("/") else None
