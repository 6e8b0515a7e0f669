"""``python -m bot import``, as an operator types it: real processes, a real store."""

import fcntl
from pathlib import Path

import pytest
from sqlalchemy import select

from crm_store.customers.tables import Customer
from crm_store.engine import open_engine, transaction
from crm_store.exchange.tables import Import, ImportState
from crm_store.sales.tables import Order
from tests.bot.test_cli import bot

pytestmark = pytest.mark.usefixtures("warm")

PEOPLE = "姓名,手机,城市\n张三,13800000000,北京\n李四,1390,上海\n王五,13700000000,广州\n"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(f'[store]\nurl = "sqlite:///{tmp_path}/store.db"\n', encoding="utf-8")
    return path


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_bytes(PEOPLE.encode("gb18030"))
    return path


def names(tmp_path: Path) -> list[str]:
    engine = open_engine(f"sqlite:///{tmp_path}/store.db")
    with transaction(engine) as session:
        found = list(session.scalars(select(Customer.name).order_by(Customer.id)))  # type: ignore[arg-type]
    engine.dispose()
    return found


def states(tmp_path: Path) -> list[ImportState]:
    engine = open_engine(f"sqlite:///{tmp_path}/store.db")
    with transaction(engine) as session:
        found = list(session.scalars(select(Import.state).order_by(Import.id)))  # type: ignore[arg-type]
    engine.dispose()
    return found


def test_a_file_is_shown_and_written_also_while_a_bot_runs(
    config: Path, people: Path, tmp_path: Path
) -> None:
    with (tmp_path / "store.db.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        said = bot("import", str(people), "--yes", cwd=tmp_path)

    assert (said.returncode, said.stdout) == (0, "")
    assert "2 new, 0 changed, 0 same, 0 duplicate, 1 refused" in said.stderr
    assert "line 3: unreadable phone: 1390" in said.stderr
    assert names(tmp_path) == ["张三", "王五"]
    assert (tmp_path / "people-result.csv").read_text(encoding="utf-8-sig").count("\n") == 4
    assert "1390" in (tmp_path / "people-problems.csv").read_text(encoding="utf-8-sig")

    again = bot("import", str(people), "--yes", cwd=tmp_path)

    assert again.returncode == 0
    assert "there is nothing to import" in again.stderr
    assert states(tmp_path) == [ImportState.DONE, ImportState.DROPPED]


def test_a_dry_run_writes_nothing(config: Path, people: Path, tmp_path: Path) -> None:
    said = bot("import", str(people), "--dry-run", cwd=tmp_path)

    assert said.returncode == 0
    assert "2 new" in said.stderr
    assert (names(tmp_path), states(tmp_path)) == ([], [ImportState.DROPPED])
    assert not (tmp_path / "people-result.csv").exists()


def test_orders_are_orders_when_it_is_said(config: Path, tmp_path: Path) -> None:
    sales = tmp_path / "sales.csv"
    sales.write_text("name,date,city,amount\nAnn,2021-01-01,York,1000\n")

    said = bot("import", str(sales), "--subject", "orders", "--yes", cwd=tmp_path)

    assert "1 new" in said.stderr
    engine = open_engine(f"sqlite:///{tmp_path}/store.db")
    with transaction(engine) as session:
        assert [one.total for one in session.scalars(select(Order))] == [100_000]
    engine.dispose()


@pytest.mark.parametrize(
    ("content", "words", "code", "says"),
    [
        (None, (), 2, "FILE: "),
        (b"", (), 1, "The file is empty."),
        (b"\x89PNG\r\n\x1a\nxxxxxx", (), 1, "This is not a table"),
        (b"city\nYork\n", ("--yes",), 1, "the columns do not say what is what"),
        (b"name\nAnn\n", ("--subject", "tickets"), 2, "--subject: 'tickets' is not customers or orders"),
    ],
)
def test_what_cannot_be_taken_in_is_one_plain_line(
    config: Path, tmp_path: Path, content: bytes | None, words: tuple[str, ...], code: int, says: str
) -> None:
    path = tmp_path / "any.csv"
    if content is not None:
        path.write_bytes(content)

    said = bot("import", str(path), *words, cwd=tmp_path)

    assert said.returncode == code
    assert says in said.stderr
    assert "Traceback" not in said.stderr
