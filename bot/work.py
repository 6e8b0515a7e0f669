"""What a job has in hand: the store, the bot, a voice, and the message that shows how far it is."""

import base64
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlmodel import Session
from telegram import Bot

from bot.child import Warm
from bot.settings import Settings
from bot.writer import Writer
from crm_store.mailbox import jobs, outbox
from crm_store.mailbox.tables import Job, Outbox, OutboxFile
from crm_store.mailbox.wake import OUTBOX, wake
from crm_store.staff.tables import Staff
from handlers.chat import CAPTION_LIMIT
from handlers.taps import Keyboard
from handlers.voice import Voice

SHOW_SECONDS = 2.0
"""At most so often the message is edited: Telegram counts edits as messages."""


@dataclass(frozen=True)
class Trouble:
    """What is told to who asked for a job that will not be tried again."""

    template: str
    values: Mapping[str, Any]
    buttons: Keyboard


class LeaseLost(Exception):
    """Another process has taken the job up: this one must not touch it any more."""


@dataclass
class Work:
    """One job being done. ``job`` is its row as it was taken up; ``arguments`` is what it was asked with.

    A job may be taken up again after a kill, from its beginning: what it writes must be found written.
    """

    writer: Writer
    bot: Bot
    settings: Settings
    voice: Voice
    job: Job
    queued: Callable[[], None] = field(default=lambda: None)
    warm: Warm | None = None
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    advanced: bool = False
    finished: bool = False
    _shown_at: float = field(default=float("-inf"), repr=False)

    @property
    def arguments(self) -> Mapping[str, Any]:
        return self.job.arguments

    async def progress(self, done: int, total: int) -> None:
        """Show how far it is, now and then; ``total`` 0 means that nobody knows yet."""
        self.advanced = True
        if time.monotonic() - self._shown_at < SHOW_SECONDS:
            return
        self._shown_at = time.monotonic()
        await self.writer.run(self._show_progress, done=done, total=total)
        self.queued()

    async def answered(self, module: str, order: Any, *, limit_seconds: float) -> Any:
        """What a process that answers one message with one makes of ``order``; the process may stay for the
        next. Raises ChildFailed."""
        if self.warm is not None:
            return await self.warm.run(module, order, limit_seconds=limit_seconds)
        once = Warm()
        try:
            return await once.run(module, order, limit_seconds=limit_seconds)
        finally:
            await once.close()

    async def finish(self, result: Callable[[Session], None]) -> None:
        """The last unit of work: ``result`` writes what came of it, and the job is done in the same commit.
        Raises LeaseLost with nothing written."""
        await self.writer.run(self._finish, result=result)
        self.finished = True
        self.queued()

    def asker(self, session: Session) -> Staff | None:
        """Who asked, while they are staff."""
        found = session.get(Staff, self.job.asked_by) if self.job.asked_by is not None else None
        return found if found is not None and found.revoked_at is None else None

    def show(
        self, session: Session, template: str, *, buttons: Keyboard | None = None, **values: Any
    ) -> None:
        """Make the progress message say this; where there is none, say it."""
        to, now = self.asker(session), self.now()
        if to is None:
            return
        params = self.voice.message(template, to=to, now=now, buttons=buttons, **values)
        if self.job.progress_key is None:
            self._put(session, "sendMessage", params, key=f"job:{self.job.id}:said:{_stamp(now)}")
        else:
            self._edit(session, params, now)
        wake(session, OUTBOX)

    def say(
        self,
        session: Session,
        template: str,
        *,
        name: str,
        buttons: Keyboard | None = None,
        **values: Any,
    ) -> None:
        """A message of its own to who asked; the same ``name`` again says nothing."""
        to, key = self.asker(session), f"job:{self.job.id}:{name}"
        if to is not None and outbox.by_key(session, key=key) is None:
            now = self.now()
            params = self.voice.message(template, to=to, now=now, buttons=buttons, **values)
            self._put(session, "sendMessage", params, key=key)
            wake(session, OUTBOX)

    def label(self, session: Session, section: str, key: str) -> str:
        """A short text in the language of who asked; the key itself where nobody is left to read it."""
        asker = self.asker(session)
        return key if asker is None else self.voice.words.label(asker.language, section, key)

    def send_file(
        self,
        session: Session,
        *,
        file_name: str,
        mime_type: str,
        data: bytes,
        template: str,
        buttons: Keyboard | None = None,
        **values: Any,
    ) -> None:
        """A file to who asked, captioned by the template; the same ``file_name`` again sends nothing."""
        to, key = self.asker(session), f"job:{self.job.id}:file:{file_name}"
        if to is None or outbox.by_key(session, key=key) is not None:
            return
        file = OutboxFile(name=file_name, mime_type=mime_type, data=data)
        session.add(file)
        session.flush()
        said = self.voice.message(template, to=to, now=self.now(), buttons=buttons, **values)
        params = {"caption": said["text"], "parse_mode": said["parse_mode"]}
        if "reply_markup" in said:
            params["reply_markup"] = said["reply_markup"]
        self._put(session, "sendDocument", params, key=key, file_id=file.id)
        wake(session, OUTBOX)

    def _finish(self, session: Session, *, result: Callable[[Session], None]) -> None:
        assert self.job.lease_until is not None
        now = self.now()
        if not jobs.finish(session, job_id=self.job.id, lease=self.job.lease_until, now=now):
            raise LeaseLost
        result(session)

    def _show_progress(self, session: Session, *, done: int, total: int) -> None:
        self.show(session, "agent/job/progress.html.j2", kind=self.job.kind, done=done, total=total)

    def _edit(self, session: Session, params: dict[str, Any], now: datetime) -> None:
        """An edit that still waits is replaced by this one."""
        key = self.job.progress_key
        assert key is not None
        first = outbox.by_key(session, key=key)
        if first is None:
            return
        mine = outbox.waiting_in(session, chat_id=first.chat_id, priority=first.priority)
        waiting = next((row for row in mine if row.edits == key and row.method == "editMessageText"), None)
        if waiting is None or not outbox.merge(waiting, method="editMessageText", params=params):
            edit_key = f"job:{self.job.id}:edit:{_stamp(now)}"
            outbox.amend(session, key=key, params=params, edit_key=edit_key, now=now)

    def _put(
        self, session: Session, method: str, params: dict[str, Any], *, key: str, file_id: int | None = None
    ) -> Outbox | None:
        if self.job.chat_id is None:
            return None
        put = partial(outbox.put, session, key=key, chat_id=self.job.chat_id, method=method, params=params)
        return put(file_id=file_id, now=self.now())


def send_picture(
    session: Session, *, key: str, chat_id: int, name: str, picture: Mapping[str, str], now: datetime
) -> None:
    """A picture as the process that drew it told it: ``png`` in base64, ``alt`` what it shows."""
    file = OutboxFile(name=f"{name}.png", mime_type="image/png", data=base64.b64decode(picture["png"]))
    session.add(file)
    session.flush()
    outbox.put(
        session,
        key=key,
        chat_id=chat_id,
        method="sendPhoto",
        params={"caption": picture["alt"][:CAPTION_LIMIT]},
        file_id=file.id,
        now=now,
    )
    wake(session, OUTBOX)


def _stamp(now: datetime) -> str:
    return f"{now.timestamp():.6f}"
