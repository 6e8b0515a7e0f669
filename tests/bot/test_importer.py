"""The process that reads files, and what nobody honest sends."""

import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from bot.pipes import framed, unframed
from crm_store.engine import open_engine
from crm_store.tables import metadata

HOUSE = Path(__file__).parent.parent.parent
SMALL = "import bot.importer as one; one.MEMORY_BYTES = 640 << 20; one.main()"
SHEET = "xl/worksheets/sheet1.xml"


def bomb(path: Path, megabytes: int) -> None:
    """A workbook of a few kilobytes with a cell of so many megabytes."""
    honest = BytesIO()
    book = Workbook()
    assert book.active is not None
    book.active.append(["name", "phone"])
    book.save(honest)
    with zipfile.ZipFile(honest) as parts, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for part in parts.namelist():
            if part != SHEET:
                packed.writestr(part, parts.read(part))
        head, tail = parts.read(SHEET).split(b"</sheetData>")
        with packed.open(SHEET, "w") as sheet:
            sheet.write(head + b'<row r="2"><c r="A2" t="inlineStr"><is><t>')
            for _ in range(megabytes):
                sheet.write(b"A" * (1 << 20))
            sheet.write(b"</t></is></c></row></sheetData>" + tail)


def check(store: Path, path: Path) -> list[dict[str, Any]]:
    """What the process says to a dry run, with less memory than it usually may have."""
    words = {"import": {"sale": "Sale"}, "import_headings": {}, "import_reasons": {}, "fates": {}}
    order = {
        "task": "check",
        "path": str(path),
        "folder": str(path.parent),
        "import": 1,
        "store_url": f"sqlite:///{store}",
        "store_key": "",
        "subject": None,
        "mapping": None,
        "policy": "leave",
        "system": "import",
        "source": "people",
        "currency": "CNY",
        "languages": ["zh", "en"],
        "timezone": "Asia/Shanghai",
        "words": words,
    }
    done = subprocess.run(
        [sys.executable, "-c", SMALL], input=framed(order), capture_output=True, cwd=HOUSE, check=True
    )
    said = BytesIO(done.stdout)
    return list(iter(lambda: unframed(said), None))


def test_a_file_that_unpacks_to_more_than_there_is_memory_for_gets_one_clear_sentence(
    tmp_path: Path,
) -> None:
    store, path = tmp_path / "store.db", tmp_path / "people.xlsx"
    engine = open_engine(f"sqlite:///{store}")
    metadata.create_all(engine)
    engine.dispose()
    bomb(path, megabytes=300)

    [found] = check(store, path)

    assert path.stat().st_size < 1 << 20
    assert found == {"bad_file": {"why": "unpacked", "line": 0, "most": 640}}
