"""Pictures: every letter is drawn, in both languages; one that no font has is a warning, an error here."""

import io
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure
from PIL import Image

from bot.pictures import bars, fonts, intervals, lines, pairs, service, style
from bot.pictures.bars import Bar
from bot.pictures.intervals import Estimate
from bot.pictures.pages import printed, table
from bot.pictures.style import Drawn, Style, Tongue
from crm_store.exchange.cells import Sheet
from handlers.manager.reports.telling import PICTURED
from handlers.words import LOCALES
from tests.samples import reports
from tests.talk import WORDS

DAYS = [date(2026, 11, 1) + timedelta(days=at) for at in range(20)]
VALUES = [float(1_000_000 + at * 137 % 900_000) for at in range(20)]
NAMES = ["茶叶 Oolong", "茶具 🫖 <大>", "礼盒—限量版", "ほうじ茶 한국", "其他"]
ABOUT = {"zh": "11月20日周五，中国时间", "en": "Fri 20 Nov, China Time"}


def spoken(language: str) -> Style:
    tongues = {
        one: Tongue(LOCALES[one], {key: WORDS.labels(one, key) for key in PICTURED}, "¥", ABOUT[one])
        for one in {language, "en"}
    }
    return Style(language, "CNY", tongues)


@pytest.fixture(params=["zh", "en"])
def look(request: pytest.FixtureRequest) -> Style:
    return spoken(request.param)


@pytest.fixture
def without_han(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A machine on which no font has Chinese letters."""
    caches: list[Any] = [fonts.han, fonts._is_drawn, fonts._faces]
    monkeypatch.setattr(fonts, "FOLDERS", (str(tmp_path),))
    for one in caches:
        one.cache_clear()
    yield
    for one in caches:
        one.cache_clear()


def png(figure: Figure) -> Image.Image:
    return Image.open(io.BytesIO(Drawn("picture", figure, "").png()))


def written(figure: Figure) -> list[str]:
    """Every text of a picture."""
    texts = [*figure.texts, *(text for axes in figure.axes for text in axes.texts)]
    return [one.get_text() for one in texts]


@pytest.mark.parametrize(
    "figures", [reports.LITTLE, reports.BUSY, reports.FEWER], ids=["few", "busy", "fewer"]
)
def test_the_tickets_are_drawn_with_every_letter(look: Style, figures: dict[str, Any]) -> None:
    [drawn] = service.draw(figures, look)

    assert png(drawn.figure).size == (1000, 640)
    assert drawn.alt


def test_nothing_is_drawn_of_nothing(look: Style) -> None:
    assert service.draw(reports.QUIET, look) == []


def pictures(look: Style) -> dict[str, Figure]:
    return {
        "line": lines.compared(
            look, title="比上月多 18%，最多的是北京", days=DAYS, values=VALUES, before=VALUES[::-1],
            shown=look.money, n="n = 1", is_part=True,
        ),
        "band": lines.expected(
            look, title="预计", days=DAYS[:9], values=VALUES[:9], ahead_days=DAYS[9:12], ahead=VALUES[9:12],
            low=[900_000.0] * 3, high=[1_900_000.0] * 3, shown=look.money, n="n = 9", method="4 周均值",
        ),
        "breakdown": bars.breakdown(
            look, title="茶叶最多", names=NAMES, values=[5e6, 4e6, 3e6, -2e5, 0], shown=look.money, n="n = 9",
            before=[4e6, None, 3e6, 1e5, 0],
        ),
        "stacked": bars.stacked(
            look, title="新工单", n="n = 60", names=["咨询", "投诉"], by_week=True,
            bars=[Bar(day, [1, at], at > 15, at == 19) for at, day in enumerate(DAYS)],
        ),
        "lift": intervals.estimates(
            look, title="A 组更好", shown=look.percent, n="n = 3000", method="Newcombe 95%",
            found=[Estimate("A 组", 0.04, 0.01, 0.07), Estimate("B", -0.01, -0.03, 0.01, "可能是偶然")],
        ),
        "pairs": pairs.shares(
            look, title="冠军客户带来一半收入", names=NAMES, first=[0.1, 0.2, 0.3, 0.3, 0.1],
            second=[0.5, 0.2, 0.1, 0.1, 0.1], called=("占客户", "占收入"), n="n = 12",
        ),
    }  # fmt: skip


@pytest.mark.parametrize("name", ["line", "band", "breakdown", "stacked", "lift", "pairs"])
def test_every_kind_of_picture_is_drawn_with_every_letter(look: Style, name: str) -> None:
    made = pictures(look)[name]

    assert png(made).width == 1000
    assert any(ABOUT[look.language] in one for one in written(made))


def test_no_picture_has_text_beyond_its_edges_or_words_too_small_to_read(look: Style) -> None:
    for name, figure in pictures(look).items():
        figure.canvas.draw()
        for text in [*figure.texts, *(text for axes in figure.axes for text in axes.texts)]:
            box = text.get_window_extent()
            assert box.x0 >= 0, (name, text.get_text())
            assert box.x1 <= 1000, (name, text.get_text())
            assert text.get_fontsize() >= style.SMALL, (name, text.get_text())


@pytest.mark.parametrize("language", ["zh", "en"])
def test_long_names_and_notes_find_room(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ABOUT, language, ABOUT[language] * 5)
    monkeypatch.setattr("tests.bot.test_pictures.NAMES", [one * 3 for one in NAMES])
    for name, figure in pictures(spoken(language)).items():
        figure.canvas.draw()
        note = figure.texts[-1].get_window_extent()
        assert ABOUT[language][-8:] in figure.texts[-1].get_text(), name
        assert note.x1 <= 1000, name
        for axes in figure.axes:
            covered = axes.get_tightbbox()
            assert covered is not None
            assert covered.y0 >= note.y1, name
            assert (covered.x0 >= 0, covered.x1 <= 1000) == (True, True), name


def test_labels_at_the_ends_of_lines_do_not_lie_on_each_other() -> None:
    places = style.apart([1.0, 1.01, 1.02, 5.0], 0.5)

    assert all(high - low >= 0.5 - 1e-9 for low, high in pairwise(places))


def test_the_colours_are_told_apart_without_colour_too() -> None:
    assert len(set(style.COLOURS)) == len(set(style.HATCHES)) == 6


def test_a_machine_without_chinese_letters_gets_english_pictures(without_han: None) -> None:
    look = spoken("zh")
    [drawn] = service.draw(reports.BUSY, look)
    made = pictures(look)["breakdown"]

    assert not any("\u4e00" <= letter <= "\u9fff" for one in written(drawn.figure) for letter in one)
    assert png(drawn.figure).size == (1000, 640)
    assert png(made).width == 1000
    assert "cha ye Oolong" in written(made)
    assert drawn.alt.startswith("柱状图")


def test_a_report_is_printed_with_every_letter(look: Style) -> None:
    drawn = service.draw(reports.BUSY, look)
    rows = [[date(2026, 11, 20), 3, "茶叶 🫖"], [None, 1_234_567, "很长很长的名字" * 9]] * 60
    sheet = Sheet("客服 Service", ["日期", "数量", "名称"], rows)

    pdf = printed(look, text="📊 日报\n新工单 1,200\n\n评分 4.5 ⭐", drawn=drawn, sheets=[sheet])

    assert pdf.startswith(b"%PDF-")
    assert pdf.count(b"/Type /Page ") == 1 + 1 + 3  # 120 rows are three pages of 44


def test_a_printed_table_says_names_in_full_and_leaves_empty_columns_out() -> None:
    rows = [["商品", "茉莉龙珠 2026 春茶礼盒（大）", 12_345, None], ["城市", "呼和浩特市", 7, None]]
    headings = ["分类", "名称", "此前销售额", "毛利"]
    printed_rows = [[str(cell) if cell is not None else "" for cell in row] for row in rows]

    page = table(spoken("zh"), Sheet("业绩", headings, rows), printed_rows)

    texts = [one.get_text() for one in page.texts]
    assert texts == ["业绩", ABOUT["zh"], *headings[:3], *printed_rows[0][:3], *printed_rows[1][:3]]
    right = [one.get_position()[0] for one in page.texts if one.get_ha() == "right"]
    assert (len(set(right)), max(right) <= 1) == (1, True)


@pytest.mark.parametrize(
    ("language", "minor", "shown"),
    [
        ("zh", 0, "¥0"),
        ("zh", 12_345, "¥123"),
        ("zh", 750_034, "¥7,500"),
        ("zh", 1_234_567, "¥1.23 万"),
        ("zh", 123_456_789, "¥123 万"),
        ("zh", 12_345_678_900, "¥1.23 亿"),
        ("en", 750_034, "¥7.5K"),
        ("en", 12_345_678, "¥123K"),
        ("en", -50_000, "-¥500"),
    ],
)
def test_amounts_are_rounded_to_three_figures(language: str, minor: int, shown: str) -> None:
    assert spoken(language).money(minor) == shown
