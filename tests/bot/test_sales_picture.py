"""Sales as pictures: every letter there, in both languages, and nothing where nothing was sold."""

import pytest

from bot.pictures import sales
from tests.bot.test_pictures import png, spoken, written
from tests.samples import turnover


@pytest.mark.parametrize("language", ["zh", "en"])
def test_sales_are_drawn_by_day_and_by_who_bought_most(language: str) -> None:
    look = spoken(language)

    drawn = sales.draw(turnover.REPORTED[2], look)

    assert [one.name for one in drawn] == ["sales", "sales_parts"]
    assert [png(one.figure).width for one in drawn] == [1000, 1000]
    assert all(one.alt for one in drawn)
    assert written(drawn[0].figure)[0].startswith({"zh": "销售额 ¥", "en": "Sales ¥"}[look.spoken])


def test_nothing_sold_is_no_picture() -> None:
    assert sales.draw(turnover.REPORTED[0], spoken("en")) == []
