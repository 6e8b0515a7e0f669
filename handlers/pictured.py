"""What a picture needs of a language, as JSON: a process draws it (``bot.pictures.style.Tongue``)."""

from collections.abc import Callable, Iterable
from typing import Any

from handlers import html
from handlers.words import LOCALES, Words, shown_money


def tongues(
    words: Words, language: str, *, sections: Iterable[str], currency: str, about: Callable[[str], str]
) -> dict[str, dict[str, Any]]:
    """The reader's language, and English, in which pictures are drawn where no font has Chinese letters.
    ``about`` says in a language what stands below the picture, as HTML."""
    wanted = list(sections)
    return {
        one: {
            "locale": LOCALES[one],
            "labels": {section: words.labels(one, section) for section in wanted},
            "symbol": shown_money(one, 0, currency).rstrip("0123456789.,"),
            "about": html.plain(about(one)),
        }
        for one in {language, "en"}
    }
