"""Which orders or tickets a manager means: a time and states in any order: 2026-01 paid, 本月 已发货."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from crm_store.customers import filter_values
from crm_store.exchange.refusals import BadSelection
from crm_store.exchange.selection import Selection
from crm_store.exchange.tables import Subject
from handlers.words import LANGUAGES, Words

COLUMNS = {
    Subject.ORDERS: {
        "state": "order_states",
        "payment_state": "payment_states",
        "shipment_state": "shipment_states",
    },
    Subject.TICKETS: {"state": "desk_states", "kind": "kinds", "priority": "priorities"},
}
"""What may be said of a state, by column: the section of labels.toml that names its values."""

RANGE = ".."


def read(words: Words, subject: Subject, text: str, *, zone: ZoneInfo, now: datetime) -> Selection:
    """Nothing at all is everything. Raises BadSelection naming a word that is neither a time nor a state."""
    today = now.astimezone(zone).date()
    start: datetime | None = None
    end: datetime | None = None
    states: list[tuple[str, str]] = []
    for word in text.split():
        if found := _time(words, word, today=today, zone=zone):
            start, end = found
        elif named := _state(words, subject, word):
            states.append(named)
        else:
            known = [one for section in COLUMNS[subject].values() for one in _called(words, section)]
            raise BadSelection(word=word, subject=subject.value, states=known)
    return Selection(start, end, tuple(states))


def _time(
    words: Words, word: str, *, today: date, zone: ZoneInfo
) -> tuple[datetime | None, datetime | None] | None:
    """A year, a month, a day, a..b, this month, or 30d: since that many days ago."""
    if RANGE in word:
        first, _, last = word.partition(RANGE)
        began, over = (_span(words, one, today=today, zone=zone) if one else None for one in (first, last))
        if (first and began is None) or (last and over is None) or not (first or last):
            return None
        return (began[0] if began else None), (over[1] if over else None)
    found = _span(words, word, today=today, zone=zone)
    if found is not None and word[:-1].isdigit() and not word.isdigit():  # 30d: since then
        return found[0], None
    return found


def _span(words: Words, word: str, *, today: date, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    months = {"this_month": today, "last_month": today.replace(day=1) - timedelta(days=1)}
    for name, day in months.items():
        if word.casefold() in words.listed("period_words", name):
            word = f"{day:%Y-%m}"
    span = filter_values.span(word, today=today)
    if span is None:
        return None
    start, end = span.moments(zone)
    return start.astimezone(UTC), end.astimezone(UTC)


def _state(words: Words, subject: Subject, word: str) -> tuple[str, str] | None:
    wanted = _plain(word)
    for column, section in COLUMNS[subject].items():
        for value in words.labels("en", section):
            called = {_plain(words.label(language, section, value)) for language in LANGUAGES}
            if wanted in called | {_plain(value)}:
                return column, value
    return None


def _called(words: Words, section: str) -> list[str]:
    return list(words.labels("en", section))


def _plain(text: str) -> str:
    """Spaces within a state are written as - or _, or left out: partly_paid."""
    return "".join(one for one in text.casefold() if one not in " -_")
