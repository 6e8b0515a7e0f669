"""config.toml and the environment."""

import tomllib
from datetime import time, timedelta
from pathlib import Path

import pytest

from bot.settings import ConfigError, Settings, load
from crm_store.marketing.rules import Rules

EXAMPLE = Path("config.example.toml")
TOKEN = "123456:AAtoken"


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TELEGRAM__TOKEN", "STORE__URL", "DESK__HOURS"):
        monkeypatch.delenv(f"ZHANGGUI_{name}", raising=False)


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_example_holds_every_key_and_all_but_the_token_with_its_default(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8").replace("PASTE-THE-TOKEN-FROM-BOTFATHER", TOKEN)

    loaded = load(written(tmp_path, text))

    assert loaded == Settings(telegram={"token": TOKEN})
    named = {section: set(keys) for section, keys in tomllib.loads(text).items()}
    assert named == {name: set(section.model_fields) for name, section in _sections().items()}


def test_every_key_of_the_example_is_commented() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    keys = [number for number, line in enumerate(lines) if line[:1].islower()]

    uncommented = [lines[n] for n in keys if not lines[n - 1].startswith("#") and n - 1 not in keys]

    assert uncommented == []


def test_the_examples_placeholder_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"^\[telegram\] token: still holds the example's placeholder$"):
        load(EXAMPLE)


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHANGGUI_TELEGRAM__TOKEN", TOKEN)
    monkeypatch.setenv("ZHANGGUI_DESK__HOURS", "Mon-Fri 09:00-18:00; Sat 10:00-16:00")

    loaded = load(written(tmp_path, '[telegram]\ntoken = "1:file"\nmessages_per_second = 3\n'))

    assert (loaded.telegram.token, loaded.telegram.messages_per_second, loaded.desk.hours) == (
        TOKEN,
        3,
        ["Mon-Fri 09:00-18:00", "Sat 10:00-16:00"],
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[telegram]\ntokn = "x"', "[telegram] tokn is not a setting of Zhanggui (see config.example.toml)"),
        ("[shop]\na = 1", "[shop] is not a setting of Zhanggui (see config.example.toml)"),
        (
            '[telegram]\ntoken = "abc"',
            "[telegram] token: is not a bot token (it looks like 123456789:AA…); @BotFather gives one",
        ),
        ('[desk]\ntimezone = "Mars"', "[desk] timezone: 'Mars' is not a time zone (such as Asia/Shanghai)"),
        ('[desk]\nhours = ["Mon-Fri 9-18"]', "[desk] hours: 'Mon-Fri 9-18': '9-18' is not like 09:00-18:00"),
        ('[desk]\ncurrency = "XXY"', "[desk] currency: 'XXY' is not an ISO currency (such as CNY)"),
        ('[reports]\ndaily = "25:00"', '[reports] daily: must be a time of day such as "20:00", or "off"'),
        (
            '[store]\nurl = "mysql://x"',
            "[store] url: must be sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME",
        ),
        (
            '[telegram]\nmode = "webhook"',
            "[telegram]: webhook_url must be an https:// address in webhook mode",
        ),
        ('[store]\nurl = "sqlite:///"', "[store] url: needs a file, such as sqlite:///zhanggui.db"),
        ('[store]\nurl = "sqlite:///:memory:"', "[store] url: needs a file, such as sqlite:///zhanggui.db"),
        (
            '[store]\nurl = "postgresql://desk@host:port/zhanggui"',
            "[store] url: must be sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME",
        ),
        (
            '[telegram]\nbase_url = "api.telegram.org/bot"',
            "[telegram] base_url: must start with http:// or https://",
        ),
        (
            '[telegram]\nbase_file_url = "ftp://127.0.0.1/file/bot"',
            "[telegram] base_file_url: must start with http:// or https://",
        ),
        (
            '[orders]\nrefund_approval_above = "a lot"',
            "[orders] refund_approval_above: 'a lot' is not an amount (such as 500)",
        ),
        (
            '[orders]\nrefund_approval_above = "500.5"\n[desk]\ncurrency = "JPY"',
            "[orders] refund_approval_above: '500.5' is not an amount (such as 500)",
        ),
        (
            "[orders]\nsettle_after_days = -1",
            "[orders] settle_after_days: Input should be greater than or equal to 0",
        ),
        (
            '[web]\npublic_url = "shop.example.com"',
            "[web] public_url: must be an address such as https://shop.example.com, or empty",
        ),
        ("[web]\nport = 99999", "[web] port: Input should be less than or equal to 65535"),
    ],
)
def test_a_bad_key_is_one_line_that_names_it(tmp_path: Path, text: str, line: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load(written(tmp_path, text))

    assert str(refused.value) == line


@pytest.mark.parametrize(
    ("variable", "value", "line"),
    [
        (
            "ZHANGGUI_FOO",
            "1",
            "ZHANGGUI_FOO is not a setting of Zhanggui (see config.example.toml)",
        ),
        (
            "ZHANGGUI_TELEGRM__TOKEN",
            TOKEN,
            "ZHANGGUI_TELEGRM__TOKEN is not a setting of Zhanggui (see config.example.toml)",
        ),
        (
            "ZHANGGUI_TELEGRAM__TOKN",
            TOKEN,
            "ZHANGGUI_TELEGRAM__TOKN is not a setting of Zhanggui (see config.example.toml)",
        ),
        (
            "ZHANGGUI_WEB__PORT__HTTP",
            "80",
            "ZHANGGUI_WEB__PORT__HTTP is not a setting of Zhanggui (see config.example.toml)",
        ),
        (
            "ZHANGGUI_WEB",
            "xx",
            "[web] is not one variable, ZHANGGUI_WEB, but one for each key: "
            "ZHANGGUI_WEB__HOST, ZHANGGUI_WEB__PORT, ZHANGGUI_WEB__API_PER_SECOND, "
            "ZHANGGUI_WEB__PUBLIC_URL",
        ),
        (
            "ZHANGGUI_DESK__TIMEZONE",
            "Mars",
            "[desk] timezone: 'Mars' is not a time zone (such as Asia/Shanghai)",
        ),
    ],
)
def test_a_bad_variable_is_one_line_that_names_it(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, line: str
) -> None:
    monkeypatch.setenv(variable, value)

    with pytest.raises(ConfigError) as refused:
        load(None)

    assert str(refused.value) == line


def test_a_section_that_is_one_word_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHANGGUI_DESK", "xx")

    with pytest.raises(ConfigError, match=r"^\[desk\] is not one variable, ZHANGGUI_DESK, [^\n]*$"):
        load(None)


def test_the_daily_summary_can_be_moved_or_switched_off(tmp_path: Path) -> None:
    assert load(written(tmp_path, '[reports]\ndaily = "9:05"')).reports.daily == time(9, 5)
    assert load(written(tmp_path, '[reports]\ndaily = "off"')).reports.daily is None


def _sections() -> dict[str, type]:
    return {name: field.annotation for name, field in Settings.model_fields.items()}  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("", 50_000),
        ('[orders]\nrefund_approval_above = "1.2万"', 1_200_000),
        ('[orders]\nrefund_approval_above = ""', None),
        ('[orders]\nrefund_approval_above = "0"', 0),
        ('[desk]\ncurrency = "JPY"', 500),
    ],
)
def test_the_limit_of_refunds_is_in_the_desks_money(tmp_path: Path, text: str, limit: int | None) -> None:
    assert load(written(tmp_path, text)).as_desk().refund_approval_above == limit


@pytest.mark.parametrize(("percent", "margin"), [(0, None), (30, 0.3), (100, 1.0)])
def test_the_margin_is_a_part_of_one_or_not_told(tmp_path: Path, percent: int, margin: float | None) -> None:
    assert load(written(tmp_path, f"[orders]\nmargin_percent = {percent}")).orders.margin == margin


def test_how_long_an_order_stays_open_is_the_shops_to_say(tmp_path: Path) -> None:
    desk = load(written(tmp_path, "[orders]\nsettle_after_days = 30")).as_desk()

    assert desk.settle_after == timedelta(days=30)


@pytest.mark.parametrize(
    ("written_as", "rules"),
    [
        ("", Rules()),
        (
            'per_day = 0\nper_week = ""\napproval_above = ""',
            Rules(per_day=0, per_week=None, approval_above=None),
        ),
        ('quiet = "22:30-08:00"', Rules(quiet_from=time(22, 30), quiet_to=time(8))),
        ('quiet = ""', Rules(quiet_from=time(), quiet_to=time())),
        ("holdout = 20", Rules(holdout=20)),
    ],
)
def test_an_empty_cap_is_no_limit_and_zero_is_nothing(tmp_path: Path, written_as: str, rules: Rules) -> None:
    loaded = load(written(tmp_path, f"[campaigns]\n{written_as}\n"))

    assert loaded.as_desk().campaigns == rules


@pytest.mark.parametrize("quiet", ["21:00", "21-9", "night", "25:00-09:00"])
def test_quiet_hours_are_two_times_of_day(tmp_path: Path, quiet: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load(written(tmp_path, f'[campaigns]\nquiet = "{quiet}"\n'))

    assert str(refused.value) == (
        '[campaigns] quiet: must be two times of day such as "21:00-09:00", or empty'
    )
