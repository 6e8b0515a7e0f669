"""Sales as pictures: every letter there, in both languages, and nothing where nothing was sold."""

from typing import Any

import pytest

from bot.pictures import sales, targets
from tests.bot.test_pictures import png, spoken, written
from tests.samples import turnover
from tests.samples.targets import ROWS


@pytest.mark.parametrize("language", ["zh", "en"])
def test_sales_are_drawn_by_day_and_by_who_bought_most(language: str) -> None:
    look = spoken(language)

    drawn = sales.draw(turnover.REPORTED[2], look)

    assert [one.name for one in drawn] == ["sales", "targets", "sales_parts"]
    assert [png(one.figure).width for one in drawn] == [1000, 1000, 1000]
    assert all(one.alt for one in drawn)
    assert written(drawn[0].figure)[0].startswith({"zh": "销售额 ¥", "en": "Sales ¥"}[look.spoken])


def test_nothing_sold_is_no_picture() -> None:
    assert sales.draw(turnover.REPORTED[0], spoken("en")) == []


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("rows", [one for one in ROWS if one])
def test_targets_are_bars_with_where_they_should_be(language: str, rows: list[dict[str, Any]]) -> None:
    look = spoken(language)

    drawn = targets.draw(rows, look)

    assert png(drawn.figure).width == 1000
    running = [one for one in rows if one["days_left"] and one["has_begun"]]
    marks = [one for one in drawn.figure.axes[0].lines if one.get_linewidth() == 3]
    assert [one.get_xdata()[0] for one in marks] == [one["passed"] for one in running]
    assert drawn.alt
