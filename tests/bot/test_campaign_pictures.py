"""What campaigns changed, drawn with every letter in both languages; one that no font has is an error."""

import io
from dataclasses import replace

import pytest
from PIL import Image

from bot.pictures import campaigns
from bot.pictures.style import Drawn, Style
from tests.bot.test_pictures import look, spoken, written
from tests.samples.outcomes import BARE, BUSY, FULL, OUTCOMES, QUIET, RAISED, UNPROVEN

__all__ = ["look"]


def size(drawn: Drawn) -> tuple[int, int]:
    return Image.open(io.BytesIO(drawn.png())).size


def test_a_lift_is_drawn_with_its_versions_and_what_it_stands_on(look: Style) -> None:
    drawn = campaigns.lift(look, number="M5", outcome=RAISED)

    assert drawn is not None
    texts = written(drawn.figure)
    assert size(drawn)[0] == 1000
    assert sum("+3.2" in one for one in texts) == 1
    assert any("3,590" in one and "400" in one and "Newcombe" in one.replace("\n", " ") for one in texts)
    for text in [*drawn.figure.texts, *(one for axes in drawn.figure.axes for one in axes.texts)]:
        box = text.get_window_extent()
        assert box.x0 >= 0, text.get_text()
        assert box.x1 <= 1000, text.get_text()


def test_what_is_not_proven_is_drawn_hollow_though_its_range_lies_on_one_side(look: Style) -> None:
    """Of several comparisons one or another looks sure by chance: it says so, and must not look proven."""
    corrected = FULL["versions"][0] | {"verdict": "unproven"}
    drawn = campaigns.lift(look, number="M5", outcome=FULL | {"versions": [FULL["versions"][0], corrected]})

    assert drawn is not None
    [axes] = drawn.figure.axes
    assert [one.get_marker() for one in axes.lines if one.get_markersize() > 10] == ["o", "D"]


def test_long_names_stay_on_the_picture() -> None:
    long = FULL["versions"][0] | {"first": "秋天的茶叶老客八折再送茶杯一只限前五十名"}
    look = spoken("zh")
    tongue = replace(
        look.tongues["zh"],
        about=f"M5 {'秋茶老客八折' * 3} · 2026-11-01 09:00 – 2026-11-16 09:00（北京时间 UTC+8）",
    )
    look = replace(look, tongues=look.tongues | {"zh": tongue})

    drawn = campaigns.lift(look, number="M5", outcome=RAISED | {"versions": [long]})

    assert drawn is not None
    for text in [*drawn.figure.texts, *drawn.figure.axes[0].texts]:
        box = text.get_window_extent()
        assert (box.x0 >= 0, box.x1 <= 1000) == (True, True), text.get_text()
    assert any("Newcombe" in one for one in written(drawn.figure))


def test_its_title_is_the_finding() -> None:
    drawn = campaigns.lift(spoken("zh"), number="M5", outcome=UNPROVEN)

    assert drawn is not None
    assert "M5：无显著差异" in written(drawn.figure)


def test_versions_alone_are_drawn_where_there_is_no_hold_out(look: Style) -> None:
    drawn = campaigns.lift(look, number="M5", outcome=FULL | {"unshown": "no_holdout"})

    assert drawn is not None
    assert size(drawn)[0] == 1000


def test_nothing_is_drawn_of_nothing(look: Style) -> None:
    assert campaigns.lift(look, number="M5", outcome=BARE) is None
    assert campaigns.draw(QUIET, look) == []


def test_a_reports_results_are_one_picture(look: Style) -> None:
    [drawn] = campaigns.draw(BUSY, look)

    assert (drawn.name, size(drawn)[0]) == ("campaigns", 1000)


@pytest.mark.parametrize("at", range(len(OUTCOMES)))
def test_whatever_an_outcome_holds_it_is_drawn_or_not(look: Style, at: int) -> None:
    drawn = campaigns.lift(look, number="M5", outcome=OUTCOMES[at])

    assert drawn is None or size(drawn)[0] == 1000
