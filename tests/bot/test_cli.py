"""The command line, as an operator types it: real processes."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import child
from bot.settings import load
from bot.store import only_one
from crm_store.engine import open_engine, transaction
from crm_store.mailbox import remembered
from crm_store.migrate import newest
from tests.talk import Talk

pytestmark = pytest.mark.usefixtures("warm")

ROOT = Path(__file__).parent.parent.parent


def bot(*words: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``python -m bot …`` in a folder of its own, with nothing of ours in the environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ZHANGGUI_")}
    return subprocess.run(
        [*child.PYTHON, "-m", "bot", *words],
        cwd=cwd,
        env=kept | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"} | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(f'[store]\nurl = "sqlite:///{tmp_path}/store.db"\n', encoding="utf-8")
    return path


def test_an_interpreter_of_its_own_runs_it(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "PYTHON", [sys.executable])

    said = bot("migrate", "--config", str(config), cwd=tmp_path)

    assert (said.returncode, said.stdout, said.stderr) == (0, f"store: empty -> {newest()}\n", "")


def test_a_bad_key_is_one_line_and_exit_2_and_nothing_is_started(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[store]\nurl = "sqlite:///store.db"\nkeey = "x"\n')

    for command in ("run", "migrate", "doctor", "replay-dead"):
        said = bot(command, cwd=tmp_path)
        assert (said.returncode, said.stdout, said.stderr) == (
            2,
            "",
            "[store] keey is not a setting of Zhanggui (see config.example.toml)\n",
        )
    assert not (tmp_path / "store.db").exists()


def test_run_without_a_token_says_where_to_get_one(config: Path, tmp_path: Path) -> None:
    said = bot("run", "--config", str(config), cwd=tmp_path)

    assert (said.returncode, said.stderr) == (
        2,
        "[telegram] token is empty: @BotFather gives one (or run the demo: make demo)\n",
    )


def test_invite_prints_a_link_that_works_once(config: Path, tmp_path: Path) -> None:
    said = bot("invite", "owner", "--config", str(config), cwd=tmp_path)
    last = said.stdout.splitlines()[-1]
    assert last.startswith("/start join-")

    talk = Talk(open_engine(f"sqlite:///{tmp_path}/store.db"))
    talk.now = datetime.now(UTC)
    olga, mallory = talk.person(1, "Olga"), talk.person(666, "Mallory")
    olga.say(last)
    mallory.say(last)

    assert "owner" in olga.say("/start")[0].text
    assert "/queue" not in mallory.say("/help")[0].text
    talk.engine.dispose()


def test_invite_prints_a_telegram_link_once_the_bots_name_is_known(config: Path, tmp_path: Path) -> None:
    bot("migrate", "--config", str(config), cwd=tmp_path)
    engine = open_engine(f"sqlite:///{tmp_path}/store.db")
    with transaction(engine) as session:
        remembered.remember(session, remembered.BOT_USERNAME, "tea_desk_bot")
    engine.dispose()

    said = bot("invite", "agent", "--config", str(config), cwd=tmp_path)

    assert said.stdout.splitlines()[-1].startswith("https://t.me/tea_desk_bot?start=join-")


def test_an_unknown_role_is_named(config: Path, tmp_path: Path) -> None:
    said = bot("invite", "boss", "--config", str(config), cwd=tmp_path)

    assert (said.returncode, said.stderr) == (2, "ROLE: 'boss' is not owner, manager or agent\n")


def test_doctor_says_what_is_missing_and_shows_no_secret(config: Path, tmp_path: Path) -> None:
    said = bot(
        "doctor",
        "--config",
        str(config),
        cwd=tmp_path,
        ZHANGGUI_TELEGRAM__TOKEN="12345:AAsecretsecret",
        ZHANGGUI_TELEGRAM__BASE_URL="http://127.0.0.1:9/bot",
        ZHANGGUI_STORE__KEY="another secret",
    )

    assert said.returncode == 1
    assert "not reachable" in said.stdout
    assert "secret" not in said.stdout + said.stderr


def test_a_store_with_another_key_is_one_line(config: Path, tmp_path: Path) -> None:
    bot("migrate", "--config", str(config), cwd=tmp_path, ZHANGGUI_STORE__KEY="one")

    said = bot("migrate", "--config", str(config), cwd=tmp_path, ZHANGGUI_STORE__KEY="two")

    assert (said.returncode, said.stderr) == (
        2,
        "[store] url: file is not a database (is it encrypted with another [store] key?)\n",
    )


def test_replay_dead_says_how_many(config: Path, tmp_path: Path) -> None:
    said = bot("replay-dead", "--config", str(config), cwd=tmp_path)

    assert (said.returncode, said.stdout) == (0, "0 will be tried again\n")


@pytest.mark.parametrize("url", ["sqlite:///", "sqlite:///:memory:"])
def test_a_store_that_is_no_file_is_one_line(tmp_path: Path, url: str) -> None:
    for command in ("run", "migrate"):
        said = bot(command, cwd=tmp_path, ZHANGGUI_STORE__URL=url, ZHANGGUI_TELEGRAM__TOKEN="1:token")

        assert (said.returncode, said.stderr) == (
            2,
            "[store] url: needs a file, such as sqlite:///zhanggui.db\n",
        )


def test_a_store_in_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/nowhere/store.db"

    said = bot("run", cwd=tmp_path, ZHANGGUI_STORE__URL=url, ZHANGGUI_TELEGRAM__TOKEN="1:token")

    assert (said.returncode, said.stderr) == (
        2,
        f"[store] url: {tmp_path}/nowhere/store.db.lock cannot be opened (No such file or directory)\n",
    )


def test_a_second_run_on_the_same_file_is_refused(config: Path, tmp_path: Path) -> None:
    with only_one(load(config)):
        said = bot("run", "--config", str(config), cwd=tmp_path, ZHANGGUI_TELEGRAM__TOKEN="1:token")

    assert (said.returncode, said.stdout, said.stderr) == (
        2,
        "",
        f"{tmp_path}/store.db.lock: another process runs on this store\n",
    )
    assert not (tmp_path / "store.db").exists()
