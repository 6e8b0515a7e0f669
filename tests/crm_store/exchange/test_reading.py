"""Files as they come: every encoding, every separator, every kind of mischief."""

import csv
import io
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from crm_store.exchange import cells_in, reading, workbooks
from crm_store.exchange.bad_files import BadFile, Why
from crm_store.exchange.cells_in import RowRefused
from crm_store.exchange.csv_out import write_csv
from crm_store.exchange.xlsx_out import write_xlsx

at = datetime.fromisoformat
ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be")


def rows(path: Path) -> list[tuple[int, list[str]]]:
    with reading.look(path).rows() as found:
        return [(row.line, row.cells) for row in found]


def refused(path: Path) -> tuple[Why, int]:
    with pytest.raises(BadFile) as refusal:
        rows(path)
    return refusal.value.why, refusal.value.facts["line"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_text_is_read_in_every_encoding_and_with_every_separator(
    tmp_path: Path, encoding: str, separator: str
) -> None:
    lines = [
        ["姓名", "电话", "备注"],
        ["张三", "013800000000", '"第一行\n第二,""行"'],
        [],
        ["𠮷田", "1", "x"],
    ]
    path = tmp_path / "a.csv"
    path.write_bytes("\r\n".join(separator.join(line) for line in lines).encode(encoding))

    assert rows(path) == [
        (1, ["姓名", "电话", "备注"]),
        (2, ["张三", "013800000000", '第一行\n第二,"行']),
        (4, ["𠮷田", "1", "x"]),
    ]


def test_one_column_and_no_line_end_is_a_table_too(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name\nAnn")

    assert rows(path) == [(1, ["name"]), (2, ["Ann"])]


def test_a_workbooks_numbers_and_dates_are_what_people_typed(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["电话", "日期", "金额", "是", "编号"])
    sheet.append([13800000000, at("2021-01-01"), 12.5, True, "007"])
    sheet.append([])
    sheet.append([1.38e10, at("2021-01-02 09:30"), 1000, False, None])
    book.create_sheet("other").append(["x"])
    path = tmp_path / "a.xlsx"
    book.save(path)

    assert rows(path) == [
        (1, ["电话", "日期", "金额", "是", "编号"]),
        (2, ["13800000000", "2021-01-01", "12.5", "TRUE", "007"]),
        (4, ["13800000000", "2021-01-02 09:30:00", "1000", "FALSE"]),
    ]
    assert reading.look(path).left == ("other",)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", Why.EMPTY),
        (b"\n\r\n  \n", Why.EMPTY),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, Why.NOT_A_TABLE),  # a picture called .csv
        (b"\xff\xd8\xff\xe0" + b"\x00\x10JFIF" * 9, Why.NOT_A_TABLE),
        (b"%PDF-1.7\n", Why.NOT_A_TABLE),
        (bytes(range(1, 255)) * 20, Why.NOT_A_TABLE),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 99, Why.OLD_EXCEL),
        (b"PK\x03\x04 but no archive", Why.BROKEN_EXCEL),
        ("name,city\nJosé,Málaga\n".encode("latin-1"), Why.ENCODING),
        (b"\xef\xbb\xbfname\n\xff\xfe\n", Why.ENCODING),
    ],
)
def test_what_is_no_table_is_told_apart(tmp_path: Path, content: bytes, why: Why) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)

    assert refused(path) == (why, 0)


def test_bytes_that_turn_bad_far_behind_are_found_before_anything_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("姓名\n".encode() + "张三\n".encode() * 400_000 + b"\xff\xff\n")

    assert refused(path)[0] == Why.ENCODING


def test_an_open_quotation_mark_swallows_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('name,note\nAnn,fine\nBob,"oops\nCid,x\nDee,y\n')

    assert refused(path) == (Why.QUOTE, 3)


def test_a_thousand_columns_are_too_many(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name\n" + ",".join("x" * 1000) + "\n")

    assert refused(path) == (Why.COLUMNS, 2)


def test_trailing_separators_are_no_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name,city" + "," * 900 + "\nAnn,York" + "," * 900 + "\n")

    assert rows(path) == [(1, ["name", "city"]), (2, ["Ann", "York"])]


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MOST_UNPACKED", 1 << 20)
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", "<workbook/>")
        packed.writestr("xl/worksheets/sheet1.xml", " " * (2 << 20))

    assert path.stat().st_size < 5000
    assert refused(path) == (Why.UNPACKED, 0)


@pytest.mark.parametrize("content", ["<a", "<workbook/>", "not xml at all"])
def test_a_workbook_that_is_none_inside_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("xl/workbook.xml", content)

    assert refused(path)[0] in (Why.BROKEN_EXCEL, Why.EMPTY)


def test_a_zip_that_is_no_workbook_is_no_table(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("a.txt", "hello")

    assert refused(path) == (Why.NOT_A_TABLE, 0)


CELLS = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x1e"), max_size=40)


@settings(max_examples=200, deadline=None)
@given(table=st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=5))
def test_what_we_write_as_csv_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[str]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "round.csv"
    write_csv(path, ["a", "b", "c"], table)

    with reading.look(path).rows() as found:
        read = {row.line: row.cells for row in found}

    for line, cells in enumerate(table, start=2):
        if any(one.strip() for one in cells):
            assert [one.strip() for one in _padded(read[line])] == [one.strip() for one in cells]


def _padded(cells: list[str]) -> list[str]:
    return cells + [""] * (3 - len(cells))


def test_what_we_write_as_xlsx_comes_back_as_it_was(tmp_path: Path) -> None:
    table = [["=1+1", "013800000000", "+8613800000000"], ["<b>", "@SUM(A1)", "1.38E+10"]]
    path = tmp_path / "a.xlsx"
    write_xlsx(path, ["a", "b", "c"], table)

    assert [cells for _, cells in rows(path)] == [["a", "b", "c"], *table]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("13800000000", "13800000000"),
        ("013800000000", "013800000000"),
        ("13800000000.0", "13800000000"),
        ("1.3800138000E+10", "13800138000"),
        ("１３８００１３８０００", "１３８００１３８０００"),  # the readers of phones know full width
        ("138 0013 8000", "138 0013 8000"),
    ],
)
def test_a_number_survives_what_spreadsheets_do_to_it(text: str, number: str) -> None:
    assert cells_in.digits(text) == number


@pytest.mark.parametrize("text", ["1.38E+10", "1.38001E+10", "1E+11"])
def test_a_number_whose_digits_are_lost_is_refused_rather_than_guessed(text: str) -> None:
    with pytest.raises(RowRefused) as refusal:
        cells_in.digits(text)

    assert refusal.value.reason == f"shortened: {text}"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2021-01-02", at("2021-01-02")),
        ("2021/1/2", at("2021-01-02")),
        ("2021年1月2日", at("2021-01-02")),
        ("20210102", at("2021-01-02")),
        ("2021.01.02 9:05", at("2021-01-02 09:05")),
        ("2021-01-02T09:05:07", at("2021-01-02 09:05:07")),
        ("44198", at("2021-01-02")),  # as a spreadsheet counts days
        ("25/12/2021", at("2021-12-25")),
        ("12/25/2021", at("2021-12-25")),
        ("03/03/2021", at("2021-03-03")),
    ],
)
def test_days_are_read_as_people_write_them(text: str, day: datetime) -> None:
    assert cells_in.moment(text) == day


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("03/04/2021", "two_days"),
        ("2021-02-30", "date"),
        ("tomorrow", "date"),
        ("2021-01-01 25:00", "date"),
        ("99999", "date"),
    ],
)
def test_a_day_that_is_none_or_two_is_refused(text: str, why: str) -> None:
    with pytest.raises(RowRefused) as refusal:
        cells_in.moment(text)

    assert refusal.value.code == why


def test_a_csv_of_another_program_is_read_as_that_program_means_it(tmp_path: Path) -> None:
    held = io.StringIO(newline="")
    csv.writer(held, dialect="excel-tab").writerows([["name", "note"], ["Ann", 'say "hi"\tand\nbye']])
    path = tmp_path / "a.txt"
    path.write_text(held.getvalue(), newline="")

    assert rows(path) == [(1, ["name", "note"]), (2, ["Ann", 'say "hi"\tand\nbye'])]
