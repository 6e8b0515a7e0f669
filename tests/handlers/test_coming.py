"""When something is to happen, as people write it."""

from datetime import UTC, datetime

import pytest

from handlers import coming
from tests.talk import DESK, START

TOLD = {
    "明天上午10点": "2026-11-21 10:00",
    "明天 10:30": "2026-11-21 10:30",
    "明早9点半": "2026-11-21 09:30",
    "明晚8点": "2026-11-21 20:00",
    "今晚8点": "2026-11-20 20:00",
    "后天下午三点": None,
    "后天下午3点": "2026-11-22 15:00",
    "周五9:30": None,  # it is ten on a Friday
    "周六 9:30": "2026-11-21 09:30",
    "星期天中午12点": "2026-11-22 12:00",
    "下周一 9点": "2026-11-23 09:00",
    "12月1日 15:00": "2026-12-01 15:00",
    "2026-12-01 15:00": "2026-12-01 15:00",
    "1-5 9:00": "2027-01-05 09:00",
    "１０：３０": "2026-11-20 10:30",
    "9:30": "2026-11-21 09:30",
    "tomorrow 10:00": "2026-11-21 10:00",
    "Tomorrow at 3pm": "2026-11-21 15:00",
    "next Monday 9am": "2026-11-23 09:00",
    "saturday 12am": "2026-11-21 00:00",
    "tonight 8:15": "2026-11-20 20:15",
    "yesterday 10:00": None,
    "今天 9:00": None,
    "10": None,
    "13pm": None,
    "明天25点": None,
    "2026-02-30 10:00": None,
    "soon": None,
}


@pytest.mark.parametrize("text", TOLD)
def test_a_moment_is_the_next_that_the_words_name(text: str) -> None:
    found = coming.moment(text, desk=DESK, now=START)

    shown = DESK.local(found).strftime("%Y-%m-%d %H:%M") if found is not None else None
    assert shown == TOLD[text]


@pytest.mark.parametrize("text", ["now", "现在", "马上！", " Now."])
def test_now_has_several_words(text: str) -> None:
    assert coming.is_now(text)


def test_a_date_without_its_year_is_the_next_one() -> None:
    late = datetime(2026, 12, 31, 12, tzinfo=UTC)

    assert coming.moment("1-1 9:00", desk=DESK, now=late) == datetime(2027, 1, 1, 1, tzinfo=UTC)
