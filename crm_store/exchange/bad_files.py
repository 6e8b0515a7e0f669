"""Files that cannot be imported, and why."""

from enum import StrEnum

from crm_store.refusals import Refusal


class Why(StrEnum):
    """Each has its sentence in ``[bad_files]`` of labels.toml."""

    EMPTY = "empty"
    NO_ROWS = "no_rows"
    NOT_A_TABLE = "not_a_table"
    OLD_EXCEL = "old_excel"
    BROKEN_EXCEL = "broken_excel"
    ENCODING = "encoding"
    TOO_LARGE = "too_large"
    UNPACKED = "unpacked"
    COLUMNS = "columns"
    QUOTE = "quote"
    CELL = "cell"


class BadFile(Refusal):
    """facts: why (``Why``), line (as a spreadsheet counts them, 0 where it is no matter of one), most (how
    much there may be, 0 where that does not matter)."""

    template = "bad_file"

    def __init__(self, why: Why, *, line: int = 0, most: int = 0) -> None:
        super().__init__(why=why, line=line, most=most)
        self.why = why
