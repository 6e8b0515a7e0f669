"""Buttons: typed data in the 64 bytes Telegram gives them, read back on a tap."""

from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self

from handlers.words import Words

MAX_BYTES = 64


@dataclass(frozen=True)
class Tap:
    """What a button means: ``class Claim(Tap, verb="claim"): ticket: int`` packs to ``claim:12``.

    Fields are int or str; only the last may hold a colon.
    """

    verb: ClassVar[str]

    def __init_subclass__(cls, verb: str) -> None:
        if ":" in verb or verb in _VERBS:
            raise TypeError(f"the verb {verb!r} is not free")
        cls.verb = verb
        _VERBS.add(verb)

    def pack(self) -> str:
        """Raises ValueError when it does not fit."""
        data = ":".join([self.verb, *(str(getattr(self, one.name)) for one in fields(self))])
        if len(data.encode()) > MAX_BYTES:
            raise ValueError(f"{data!r} is over {MAX_BYTES} bytes")
        return data

    @classmethod
    def unpack(cls, data: str) -> Self | None:
        """None for anything this button did not pack: old, foreign or forged."""
        verb, _, rest = data.partition(":")
        wanted = fields(cls)
        if verb != cls.verb:
            return None
        parts = rest.split(":", len(wanted) - 1) if wanted else []
        if len(parts) != len(wanted):
            return None
        try:
            return cls(*(one.type(part) for one, part in zip(wanted, parts, strict=True)))  # type: ignore[operator]
        except ValueError:
            return None


_VERBS: set[str] = set()


@dataclass(frozen=True)
class Button:
    """A button under a message: its label's key in ``[buttons]``, what it means, and what the label names.

    ``link`` makes it open an address instead.
    """

    label: str
    tap: Tap | None = None
    link: str | None = None
    values: dict[str, Any] | None = None


def button(label: str, tap: Tap, **values: Any) -> Button:
    return Button(label, tap, values=values or None)


Keyboard = list[list[Button]]


def inline(buttons: Keyboard, words: Words, language: str) -> dict[str, Any]:
    """Telegram's inline keyboard for our buttons."""
    rows = []
    for row in buttons:
        shown: list[dict[str, str | None]] = []
        for one in row:
            text = words.label(language, "buttons", one.label, **(one.values or {}))
            if one.tap is not None:
                shown.append({"text": text, "callback_data": one.tap.pack()})
            else:
                shown.append({"text": text, "url": one.link})
        rows.append(shown)
    return {"inline_keyboard": rows}
