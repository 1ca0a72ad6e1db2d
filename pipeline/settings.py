"""`site.toml` as validated settings, and the errors that end a run with a meaning.

Everything but the site's name, time zone, start, currency and companies has a default, which
`stockturn doctor` prints.  Secrets are never in this file: they come from the environment.
"""

import os
import tomllib
from datetime import date, datetime, time
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails


class StockturnError(Exception):
    """A failure that says who must do what; its exit code is a promise of the command line."""

    exit_code = 1


class DataRefused(StockturnError):
    """Delivered data cannot be taken in as it is."""

    exit_code = 65


class TryAgainLater(StockturnError):
    """A delivery is still being written, or another process holds the warehouse."""

    exit_code = 75


class ConfigurationError(StockturnError):
    """The site's configuration, or what this machine offers, does not fit."""

    exit_code = 78


class DeliveryMode(StrEnum):
    """What the absence of a row from a delivery means."""

    INCREMENT = "increment"  # nothing
    WINDOW = "window"  # gone, if posted inside the window the delivery states
    SNAPSHOT = "snapshot"  # gone


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_\-]{0,62}$")]
CURRENCY = r"^[A-Z]{3}$"
Currency = Annotated[str, Field(pattern=CURRENCY)]


class TableDeliverySettings(_Strict):
    """How one table of one company is delivered, where it differs from its ERP's default."""

    mode: DeliveryMode
    days: int | None = Field(default=None, ge=1, description="a window of the last so many days")


class Company(_Strict):
    """One company of the site: a folder under `landing/` and the ERP that fills it."""

    name: Word
    erp: Word = "generic"
    currency: Currency | None = None
    timezone: str | None = None
    title: str | None = None
    expected: Literal["daily", "weekdays", "none"] = "none"
    tables: dict[str, TableDeliverySettings] = Field(default_factory=dict)
    partners: tuple[str, ...] = ()


class SiteSection(_Strict):
    """What holds for the whole installation."""

    name: str = Field(min_length=1, max_length=120)
    title_zh: str | None = None
    timezone: str
    start: date
    currency: Currency
    languages: tuple[Literal["en", "zh"], ...] = ("en",)
    nightly_at: time = time(4, 30)
    settle_seconds: int = Field(default=30, ge=0)
    detail_days: int = Field(default=7, ge=1)
    max_closed_share: float = Field(default=0.05, ge=0, le=1)
    max_quarantined_share: float = Field(default=0.05, ge=0, le=1)
    reconciliation_blocks: bool = False
    today: date | None = Field(default=None, description="what the pipeline takes as today; demos")
    report_url: str | None = None

    @field_validator("timezone")
    @classmethod
    def _zone_is_known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as unknown:
            message = f"unknown time zone '{name}'"
            raise ValueError(message) from unknown
        return name


class MailSettings(_Strict):
    """The relay reports leave by; user and password are names of environment variables."""

    host: str
    port: int = Field(default=587, ge=1, le=65535)
    sender: str
    security: Literal["starttls", "tls", "none"] = "starttls"
    user_env: str | None = None
    password_env: str | None = None
    timeout_seconds: float = Field(default=30, gt=0)
    ca_file: Path | None = None
    max_attachment_mb: float = Field(default=10, gt=0)
    engineers: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _secrets_are_there(self) -> "MailSettings":
        for name in (self.user_env, self.password_env):
            if name is not None and name not in os.environ:
                message = f"set the environment variable {name} that [mail] names"
                raise ValueError(message)
        return self


class Subscription(_Strict):
    """Who gets the report, in which language, of which company (`*` = the group)."""

    recipients: tuple[str, ...] = Field(min_length=1)
    language: Literal["en", "zh"] = "en"
    company: str = "*"


class EngineSettings(_Strict):
    """How much of the machine the pipeline may take."""

    memory_limit_mb: int = Field(default=2048, ge=256)
    threads: int | None = Field(default=None, ge=1)
    lock_wait_seconds: float = Field(default=60, ge=0)


class Settings(_Strict):
    """All of `site.toml`."""

    site: SiteSection
    company: tuple[Company, ...] = Field(min_length=1)
    mail: MailSettings | None = None
    subscription: tuple[Subscription, ...] = ()
    engine: EngineSettings = EngineSettings()

    @model_validator(mode="after")
    def _companies_fit(self) -> "Settings":
        names = [company.name for company in self.company]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            message = f"company {', '.join(twice)} is listed twice"
            raise ValueError(message)
        for company in self.company:
            if company.currency not in (None, self.site.currency):
                message = (
                    f"company {company.name} keeps its books in {company.currency}, the group in "
                    f"{self.site.currency}: one currency per site for now; leave the company out"
                )
                raise ValueError(message)
        return self


class Site:
    """One installation: its folder and the settings read from it."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        """Keep where the site stands and what its `site.toml` says."""
        self.folder = folder
        self.settings = settings

    @property
    def landing(self) -> Path:
        """Where extracts are delivered."""
        return self.folder / "landing"

    @property
    def raw(self) -> Path:
        """Content-addressed copies of what was read."""
        return self.folder / "raw"

    @property
    def warehouse(self) -> Path:
        """The live DuckDB file."""
        return self.folder / "warehouse.duckdb"

    @property
    def state(self) -> Path:
        """File register and outbox; never published."""
        return self.folder / "state.sqlite"

    @property
    def published(self) -> Path:
        """The read-only snapshot everybody may open."""
        return self.folder / "published" / "stockturn.duckdb"

    @property
    def reports(self) -> Path:
        """Where finished documents stand, a folder a day."""
        return self.folder / "reports"

    @property
    def policies(self) -> Path:
        """What the site overrides of the default policies."""
        return self.folder / "policy"

    @property
    def mappings(self) -> Path:
        """What the site overrides or adds of the ERP mappings."""
        return self.folder / "sql" / "erp"

    @property
    def companies(self) -> tuple[Company, ...]:
        """The companies of the site, as listed."""
        return self.settings.company

    def company(self, name: str) -> Company:
        """The company of that name."""
        return next(company for company in self.companies if company.name == name)

    def zone(self, company: Company | None = None) -> ZoneInfo:
        """The time zone of a company, or of the site."""
        own = company.timezone if company else None
        return ZoneInfo(own or self.settings.site.timezone)

    def today(self, company: Company | None = None) -> date:
        """The local date now, or the date the settings declare as today."""
        return self.settings.site.today or datetime.now(self.zone(company)).date()


def load_site(folder: Path) -> Site:
    """The site that stands in a folder.

    Raises:
        ConfigurationError: there is no readable, valid `site.toml`; every fault is listed.
    """
    path = folder / "site.toml"
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as missing:
        message = f"{path} does not exist: create a site with 'stockturn init {folder}'"
        raise ConfigurationError(message) from missing
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as broken:
        message = f"{path} is not valid TOML ({broken}): correct it"
        raise ConfigurationError(message) from broken
    try:
        return Site(folder.resolve(), Settings.model_validate(content))
    except ValidationError as invalid:
        raise ConfigurationError(_in_words(path, invalid)) from invalid


def _in_words(path: Path, invalid: ValidationError) -> str:
    faults = [(_place(fault["loc"]), fault) for fault in invalid.errors()]
    # A list without its broken entries is too short; that says nothing new.
    new = [
        f"  {place or 'site.toml'}: {_fault_in_words(fault)}"
        for place, fault in faults
        if not any(
            fault["type"] == "too_short" and other.startswith(f"{place} ") for other, _ in faults
        )
    ]
    return "\n".join((f"{path} cannot be used; correct these settings:", *new))


def _place(location: tuple[int | str, ...]) -> str:
    """Where a setting stands: `site.start`, `company 2.name`."""
    parts = [f" {part + 1}" if isinstance(part, int) else f".{part}" for part in location]
    return "".join(parts).removeprefix(".")


def _fault_in_words(fault: ErrorDetails) -> str:
    name = str(fault["loc"][-1]) if fault["loc"] else ""
    match fault["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            similar = get_close_matches(name, _NAMES - {name}, 1, 0.75)
            meant = f", perhaps {similar[0]} is meant" if similar else ""
            return f"is no setting here{meant}: correct or remove it"
        case "string_pattern_mismatch" if fault.get("ctx", {}).get("pattern") == CURRENCY:
            return f"{fault['input']!r} is no currency: write three capitals, such as CNY"
        case "string_pattern_mismatch":
            return f"{fault['input']!r}: letters, digits, - and _ only, for folders are named so"
        case _:
            return fault["msg"].removeprefix("Value error, ")


_NAMES = {
    name
    for model in (Settings, SiteSection, Company, MailSettings, Subscription, EngineSettings)
    for name in model.model_fields
}
