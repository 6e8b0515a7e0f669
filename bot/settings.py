"""config.toml and the environment → typed settings. Anything wrong is one line that names the key."""

import os
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.numbers import is_currency
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from crm_store import money
from crm_store.marketing.rules import Rules
from crm_store.money import Unreadable
from handlers.desk import Desk, Hours

PREFIX = "ZHANGGUI_"
PLACEHOLDERS = ("PASTE", "CHANGE", "EXAMPLE")
TELEGRAM = "https://api.telegram.org/bot"
TELEGRAM_FILES = "https://api.telegram.org/file/bot"
STORE_SHAPE = "must be sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"
UNKNOWN = "is not a setting of Zhanggui (see config.example.toml)"


class ConfigError(Exception):
    """A setting is wrong; the message is one line that names its key."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid")


def _is_placeholder(value: str) -> bool:
    return any(mark in value.upper() for mark in PLACEHOLDERS)


class Telegram(_Section):
    token: str = ""
    base_url: str = TELEGRAM
    base_file_url: str = TELEGRAM_FILES
    mode: Literal["polling", "webhook"] = "polling"
    webhook_url: str = ""
    secret: str = ""
    messages_per_second: int = Field(default=30, ge=0, le=30)

    @field_validator("token", "secret")
    @classmethod
    def real(cls, value: str) -> str:
        if _is_placeholder(value):
            raise ValueError("still holds the example's placeholder")
        return value

    @field_validator("token")
    @classmethod
    def shaped(cls, value: str) -> str:
        number, _, rest = value.partition(":")
        if value and not (number.isdigit() and rest):
            raise ValueError("is not a bot token (it looks like 123456789:AA…); @BotFather gives one")
        return value

    @field_validator("base_url", "base_file_url")
    @classmethod
    def address(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value

    @field_validator("secret")
    @classmethod
    def sendable(cls, value: str) -> str:
        if value and not all(one.isascii() and (one.isalnum() or one in "_-") for one in value):
            raise ValueError("may hold only A-Z a-z 0-9 _ -")
        return value

    @model_validator(mode="after")
    def reachable(self) -> Self:
        if self.mode == "webhook" and not self.webhook_url.startswith("https://"):
            raise ValueError("webhook_url must be an https:// address in webhook mode")
        if self.mode == "webhook" and len(self.secret) < 16:
            raise ValueError("secret needs at least 16 characters in webhook mode")
        return self


class Store(_Section):
    url: str = "sqlite:///zhanggui.db"
    key: str = ""

    @field_validator("url")
    @classmethod
    def known(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise ValueError(STORE_SHAPE)
        try:
            database = make_url(value).database
        except (ArgumentError, ValueError):
            raise ValueError(STORE_SHAPE) from None
        if value.startswith("sqlite") and (not database or ":memory:" in database):
            raise ValueError("needs a file, such as sqlite:///zhanggui.db")
        return value

    @field_validator("key")
    @classmethod
    def real(cls, value: str) -> str:
        if _is_placeholder(value):
            raise ValueError("still holds the example's placeholder")
        return value

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    @property
    def whole_url(self) -> str:
        """The url with the whole path of a file: for a process that stands in another folder."""
        if not self.is_sqlite:
            return self.url
        url = make_url(self.url)
        return url.set(database=str(Path(url.database or "").resolve())).render_as_string(hide_password=False)


class DeskSettings(_Section):
    name: str = Field(default="掌柜", min_length=1, max_length=64)
    timezone: str = "Asia/Shanghai"
    currency: str = "CNY"
    languages: Annotated[list[Literal["zh", "en"]], NoDecode] = Field(default=["zh", "en"], min_length=1)
    hours: Annotated[list[str], NoDecode] = []

    @field_validator("languages", "hours", mode="before")
    @classmethod
    def listed(cls, value: object) -> object:
        """From the environment a list is one line, its items separated by semicolons."""
        if isinstance(value, str):
            return [one.strip() for one in value.split(";") if one.strip()]
        return value

    @field_validator("timezone")
    @classmethod
    def exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{value!r} is not a time zone (such as Asia/Shanghai)") from None
        return value

    @field_validator("currency")
    @classmethod
    def coined(cls, value: str) -> str:
        if not is_currency(value):
            raise ValueError(f"{value!r} is not an ISO currency (such as CNY)")
        return value

    @field_validator("hours")
    @classmethod
    def readable(cls, value: list[str]) -> list[str]:
        Hours.parse(value)
        return value


class Reports(_Section):
    daily: time | None = time(20, 0)

    @field_validator("daily", mode="before")
    @classmethod
    def clock(cls, value: object) -> object:
        if value in ("", "off"):
            return None
        if isinstance(value, time):
            return value
        parts = str(value).split(":")
        if len(parts) != 2 or not all(part.isdigit() for part in parts):
            raise ValueError('must be a time of day such as "20:00", or "off"')
        hour, minute = (int(part) for part in parts)
        if hour > 23 or minute > 59:
            raise ValueError('must be a time of day such as "20:00", or "off"')
        return time(hour, minute)


class Orders(_Section):
    refund_approval_above: str = "500"
    settle_after_days: int = Field(default=7, ge=0, le=365)
    margin_percent: int = Field(default=0, ge=0, le=100)

    @property
    def margin(self) -> float | None:
        """The part of a sale that is kept; None where the shop does not say."""
        return self.margin_percent / 100 or None

    def approval_above(self, currency: str) -> int | None:
        """Minor units of the currency; None for never. Raises Unreadable."""
        typed = self.refund_approval_above.strip()
        return money.read(typed, currency=currency) if typed else None


class Campaigns(_Section):
    per_day: int | None = Field(default=1, ge=0, le=1000)
    per_week: int | None = Field(default=2, ge=0, le=1000)
    approval_above: int | None = Field(default=500, ge=0)
    quiet: str = "21:00-09:00"
    holdout: int = Field(default=0, ge=0, le=500)

    @field_validator("per_day", "per_week", "approval_above", mode="before")
    @classmethod
    def given(cls, value: object) -> object:
        """Empty is no limit, which is not the same as 0."""
        return None if value == "" else value

    @field_validator("quiet")
    @classmethod
    def times(cls, value: str) -> str:
        if value:
            _quiet(value)
        return value

    def rules(self) -> Rules:
        quiet_from, quiet_to = _quiet(self.quiet) if self.quiet else (time(), time())
        return Rules(self.per_day, self.per_week, self.approval_above, quiet_from, quiet_to, self.holdout)


def _quiet(text: str) -> tuple[time, time]:
    try:
        start, _, end = text.partition("-")
        return time.fromisoformat(start.strip()), time.fromisoformat(end.strip())
    except ValueError:
        raise ValueError('must be two times of day such as "21:00-09:00", or empty') from None


class Web(_Section):
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    api_per_second: int = Field(default=10, ge=0, le=1000)
    public_url: str = ""

    @field_validator("public_url")
    @classmethod
    def reachable(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query):
            raise ValueError("must be an address such as https://shop.example.com, or empty")
        return value.rstrip("/")


class Templates(_Section):
    override: Path | None = None

    @field_validator("override", mode="before")
    @classmethod
    def given(cls, value: object) -> object:
        return value or None

    @field_validator("override")
    @classmethod
    def folder(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_dir():
            raise ValueError(f"{value} is not a folder")
        return value


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", env_ignore_empty=True
    )

    telegram: Telegram = Telegram()
    store: Store = Store()
    desk: DeskSettings = DeskSettings()
    reports: Reports = Reports()
    orders: Orders = Orders()
    campaigns: Campaigns = Campaigns()
    web: Web = Web()
    templates: Templates = Templates()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings

    def as_desk(self, *, bot_username: str = "") -> Desk:
        return Desk(
            name=self.desk.name,
            timezone=ZoneInfo(self.desk.timezone),
            currency=self.desk.currency,
            languages=tuple(self.desk.languages),
            hours=Hours.parse(self.desk.hours),
            bot_username=bot_username,
            refund_approval_above=self.orders.approval_above(self.desk.currency),
            settle_after=timedelta(days=self.orders.settle_after_days),
            margin_percent=self.orders.margin_percent,
            campaigns=self.campaigns.rules(),
            public_url=self.web.public_url,
        )


def load(path: Path | None) -> Settings:
    """Read ``path`` (none: only the environment). Raises ConfigError with one line naming the key."""
    _check_environment()
    try:
        values = TomlConfigSettingsSource(Settings, toml_file=path)() if path is not None else {}
        return _checked(Settings(**values))
    except Unreadable as error:
        raise ConfigError(
            f"[orders] refund_approval_above: {error.text!r} is not an amount (such as 500)"
        ) from None
    except ValidationError as error:
        raise ConfigError(_first(error)) from None
    except SettingsError as error:
        raise ConfigError(_no_section() or str(error).splitlines()[0]) from None
    except ValueError as error:  # not TOML
        raise ConfigError(f"{path}: {error}") from None


def _checked(settings: Settings) -> Settings:
    """What only two sections together can show to be wrong. Raises Unreadable."""
    settings.orders.approval_above(settings.desk.currency)
    return settings


def _sections() -> dict[str, type[BaseModel]]:
    return {name: type(field.default) for name, field in Settings.model_fields.items()}


def _check_environment() -> None:
    """A misspelt variable would be passed over in silence. Raises ConfigError."""
    for variable in sorted(os.environ):
        if not variable.upper().startswith(PREFIX):
            continue
        name, _, key = variable[len(PREFIX) :].lower().partition("__")
        section = _sections().get(name)
        if section is None or (key and key not in section.model_fields):
            raise ConfigError(f"{variable} {UNKNOWN}")


def _no_section() -> str | None:
    """Which variable holds a whole section and cannot be read as one."""
    for name, section in _sections().items():
        variable = f"{PREFIX}{name.upper()}"
        if any(one.upper() == variable and value for one, value in os.environ.items()):
            keys = ", ".join(f"{variable}__{key.upper()}" for key in section.model_fields)
            return f"[{name}] is not one variable, {variable}, but one for each key: {keys}"
    return None


def _first(error: ValidationError) -> str:
    details = error.errors()[0]
    section, *key = (str(part) for part in details["loc"])
    name = f"[{section}] {'.'.join(key)}".strip()
    if details["type"] == "extra_forbidden":
        return f"{name} {UNKNOWN}"
    message = details["msg"].removeprefix("Value error, ")
    return f"{name}: {message}"
