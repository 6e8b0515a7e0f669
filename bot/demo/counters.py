"""What happened so far, counted: nothing here is guessed"""

from collections import Counter
from typing import Any

from bot.demo.updates import Pending


class Counters:
    """Counts of messages people sent and of calls the bot made.

    * ``received``: messages people sent to the bot's chats that the bot is entitled to see.
    * ``stored``: those the bot has confirmed after they were handed to it, by a later ``offset`` or a
      webhook's 2xx. A bot that keeps the promise "commit, then confirm" has them in its store; that it really
      does is for the crash tests, which compare with the database.
    * ``waiting``: those still queued here, for a bot that is down or slow.
    * ``lost`` = received - stored - waiting: messages that left the queue any other way. They were
      forgotten by an offset or ``drop_pending_updates`` before the bot had them, expired after 24 hours,
      or were of a kind the bot had not asked for. Each of them a person wrote and nobody will ever read.
    * ``answered``: messages after which the bot sent something to the same chat.
    * ``sent``: messages of the bot accepted (each message of an album counts).
    * ``refused``: calls refused, by HTTP status.

    ``waiting`` is counted in the queue itself, message by message, so that ``lost`` is no tautology.
    """

    def __init__(self) -> None:
        self.received = 0
        self.stored = 0
        self.answered = 0
        self.sent = 0
        self.calls = 0
        self.refused: Counter[int] = Counter()

    def note_gone(self, pending: Pending, confirmed: bool) -> None:
        if pending.counted and confirmed:
            self.stored += 1

    def told(self, waiting: int) -> dict[str, Any]:
        return {
            "received": self.received,
            "stored": self.stored,
            "waiting": waiting,
            "answered": self.answered,
            "lost": self.received - self.stored - waiting,
            "sent": self.sent,
            "calls": self.calls,
            "refused": {str(code): count for code, count in sorted(self.refused.items())},
        }
