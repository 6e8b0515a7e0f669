"""Tables as files: what is written is what a spreadsheet shows, and what our import reads again."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import load_workbook

from crm_store.exchange.csv_out import defused, restored, write_csv
from crm_store.exchange.xlsx_out import LONGEST_CELL, write_xlsx

SHANGHAI = ZoneInfo("Asia/Shanghai")
TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]))
HOSTILE = st.text(alphabet="'\t\r\n =+-@＝－0123456789.e/:,\"\u200b张a", max_size=8)


def written(*rows: tuple[object, ...]) -> bytes:
    file = io.BytesIO()
    write_csv(file, ["a"], rows, zone=SHANGHAI)  # type: ignore[arg-type]
    return file.getvalue()


def test_a_file_begins_with_the_mark_of_utf8_and_has_windows_line_ends() -> None:
    assert written(('Ann <3 & "张"', 1)) == '\ufeff"a"\r\n"Ann <3 & ""张""",1\r\n'.encode()


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("13800000000", "\t13800000000"),  # else 1.38E+10
        ("+8613800000000", "\t+8613800000000"),
        ("007", "\t007"),
        ("440300199901011234", "\t440300199901011234"),  # else its last digits are lost
        ("3-4", "\t3-4"),  # else the fourth of March
        ("1e5", "\t1e5"),
        ("１３８", "\t１３８"),
        ("2026年1月5日", "\t2026年1月5日"),
        ("MARCH1", "\tMARCH1"),
        ("O'Brien", "O'Brien"),
        ("5号楼", "5号楼"),
        ("=1+1", "'=1+1"),
        ("  =cmd|' /C calc'!A0", "'  =cmd|' /C calc'!A0"),
        ("＝1+1", "'＝1+1"),
        ("\u200b=1", "'\u200b=1"),
        ("-5", "'-5"),  # a text; a number is no text
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("'=1", "''=1"),
        ("'tis", "'tis"),
        ("", ""),
    ],
)
def test_a_text_is_written_so_that_a_spreadsheet_neither_runs_nor_changes_it(text: str, cell: str) -> None:
    assert defused(text) == cell
    assert restored(cell) == text


@given(TEXTS | HOSTILE)
@example("''''=1")
@example("'\t1")
@example("'" * 10_000 + "=1")
def test_any_text_comes_back_as_it_was(text: str) -> None:
    cell = defused(text)

    assert restored(cell) == text
    assert cell.lstrip()[:1] not in ("=", "@")
    [[back]] = csv.reader(io.StringIO(_line(text), newline=""))
    assert restored(back) == text


def _line(text: str) -> str:
    return written((text,)).decode("utf-8-sig").split("\r\n", 1)[1]


@given(TEXTS)
def test_what_somebody_else_wrote_is_changed_only_where_it_carries_our_mark(text: str) -> None:
    back = restored(text)

    assert back == text or text in ("'" + back, "\t" + back)


def test_numbers_money_and_times_are_what_they_are() -> None:
    at = datetime(2026, 1, 4, 16, 30, 5, 999, tzinfo=UTC)

    rows = written((-5, Decimal("-1185.10"), at, date(2026, 1, 5), None))

    assert rows.decode("utf-8-sig").splitlines()[1] == '-5,-1185.10,"2026-01-05 00:30:05","2026-01-05",""'


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        written((datetime(2026, 1, 5),))  # noqa: DTZ001 (that is the point)


def book(*rows: tuple[object, ...]) -> list[list[object]]:
    file = io.BytesIO()
    write_xlsx(file, ["a", "=b"], rows, zone=SHANGHAI)  # type: ignore[arg-type]
    sheet = load_workbook(file).active
    assert sheet is not None
    return [[(cell.data_type, cell.value, cell.number_format) for cell in row] for row in sheet.iter_rows()]


def test_a_workbook_has_typed_cells() -> None:
    at = datetime(2026, 1, 4, 16, 30, tzinfo=UTC)

    headings, row, formulas = book(
        ("13800000000", Decimal("1185.10"), at, -5), ("=1+1", "#N/A", 'Ann <3 & "张"', None)
    )

    assert headings[:2] == [("s", "a", "@"), ("s", "=b", "@")]
    assert row == [
        ("s", "13800000000", "@"),
        ("n", 1185.1, "#,##0.00"),
        ("d", datetime(2026, 1, 5, 0, 30), "yyyy-mm-dd hh:mm:ss"),  # noqa: DTZ001 (a cell has no zone)
        ("n", -5, "General"),
    ]
    assert formulas == [
        ("s", "=1+1", "@"),
        ("s", "#N/A", "@"),
        ("s", 'Ann <3 & "张"', "General"),
        ("n", None, "General"),
    ]


def test_what_a_workbook_cannot_hold_is_marked() -> None:
    _, [(_, control, _), (_, long, _)] = book(("a\x00b\x0bc", "长" * 40_000))

    assert control == "a\ufffdb\ufffdc"
    assert isinstance(long, str)
    assert len(long) <= LONGEST_CELL
    assert long.endswith("… (+7253)")


def test_every_row_is_written_and_counted() -> None:
    file = io.BytesIO()

    assert write_csv(file, ["n"], ((n,) for n in range(50_000))) == 50_000
    assert file.getvalue().count(b"\r\n") == 50_001
