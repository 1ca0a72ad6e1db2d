"""`site.toml` as validated settings, and the errors that end a run with a meaning.

Everything but the site's name, time zone, start, currency and companies has a default, which
`stockturn doctor` prints.  Secrets are never in this file: they come from the environment.
"""

import os
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from pipeline.strict_toml import (
    ADDRESS,
    CURRENCY,
    WORD,
    faults_in_words,
    perhaps,
    strictly,
    toml_of,
)


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


class Strict(BaseModel):
    """Values people write: unknown names are refused, and what is read is never changed."""

    # Built when first used: most are only parts of others, which bring what they hold themselves.
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)


Word = Annotated[str, Field(pattern=WORD)]
Currency = Annotated[str, Field(pattern=CURRENCY)]
Language = Literal["en", "zh"]
WantedDay = Literal[
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "month_end"
]
GROUP_FILES = "group"
"""How the files of the group's report are called."""
GROUP = "*"
"""The group where a company is named."""


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        meant = perhaps(name, available_timezones())
        message = f"'{name}' is no time zone{meant}: write one such as Asia/Shanghai"
        raise ValueError(message) from unknown
    return name


Zone = Annotated[str, AfterValidator(_known_zone)]


class TableDeliverySettings(Strict):
    """How one table of one company is delivered, where it differs from its ERP's default."""

    mode: DeliveryMode
    """What it means that a row is not in a delivery: `increment` nothing, `window` it is gone if
    posted inside the window, `snapshot` it is gone."""
    days: int | None = Field(default=None, ge=1)
    """Of a `window`: it is the last so many days up to the extract date, unless manifest.json
    states another."""

    @model_validator(mode="after")
    def _days_are_of_a_window(self) -> "TableDeliverySettings":
        if self.days is not None and self.mode is not DeliveryMode.WINDOW:
            mode = self.mode.value
            message = f"days belongs to mode 'window', not to '{mode}': remove one"
            raise ValueError(message)
        return self


class Company(Strict):
    """One company of the site: a folder under `landing/` and the ERP that fills it."""

    name: Word
    """Its code in every table, and the name of its folder under `landing/`."""
    erp: Word = "generic"
    """Which mapping reads its files: `generic`, `sap_b1`, `u8`, or a folder under `sql/erp/`."""
    currency: Currency | None = None
    """Of its books; the site's, if not given. One currency per site for now."""
    timezone: Zone | None = None
    """Of its postings and extract dates; the site's, if not given."""
    title: str | None = Field(default=None, min_length=1, max_length=120)
    """Its name on the report; its code, if not given."""
    expected: Literal["daily", "weekdays", "none"] = "none"
    """On which days an extract must come: a missing one holds its report."""
    tables: dict[str, TableDeliverySettings] = Field(default_factory=dict)
    """How single tables are delivered, by table."""


class SiteSection(Strict):
    """What holds for the whole installation."""

    name: str = Field(min_length=1, max_length=120)
    """The group's name on the report."""
    title_zh: str | None = Field(default=None, min_length=1, max_length=120)
    """The group's name on the Chinese report; `name`, if not given."""
    timezone: Zone
    """Of the schedule, and of companies that give none of their own."""
    start: date
    """The first day there can be figures of."""
    currency: Currency
    """Of the group, three capitals."""
    languages: tuple[Language, ...] = Field(default=("en",), min_length=1)
    """Of the documents that are made."""
    nightly_at: time = time(4, 30)
    """When the schedule starts, by the clock of `timezone`."""
    settle_seconds: int = Field(default=30, ge=0)
    """A file changed within the last so many seconds is taken as still being written, unless
    manifest.json or `.done` vouches for it."""
    detail_days: int = Field(default=7, ge=1)
    """For how many newest days figures per SKU are kept, beside month ends."""
    max_closed_share: float = Field(default=0.05, ge=0, le=1)
    """A delivery that leaves out more than this share of what it states is refused: usually it
    was cut off."""
    max_quarantined_share: float | None = Field(default=None, ge=0, le=1)
    """More than this share of a delivery refused holds the company's report, whatever
    `policy/quarantine.toml` says of shares."""
    reconciliation_blocks: bool = False
    """Whether a difference to the ERP's balance holds the report too, or only warns."""
    today: date | None = None
    """What is taken as today; for demonstrations."""
    report_url: str | None = Field(default=None, pattern=ADDRESS)
    """Where `reports/` is served: mails link there instead of to a path, and so does the UI."""

    @field_validator("nightly_at")
    @classmethod
    def _is_of_the_site(cls, at: time) -> time:
        if at.tzinfo is not None:
            message = "write it without a zone, such as 04:30:00: it is by the clock of timezone"
            raise ValueError(message)
        return at

    @field_validator("languages")
    @classmethod
    def _each_once(cls, languages: tuple[Language, ...]) -> tuple[Language, ...]:
        if len(set(languages)) < len(languages):
            message = "a language stands there twice: remove one"
            raise ValueError(message)
        return languages


class MailSettings(Strict):
    """The relay reports leave by; user and password are names of environment variables."""

    host: str = Field(min_length=1)
    """The relay's name."""
    port: int = Field(default=587, ge=1, le=65535)
    """The relay's port."""
    sender: str
    """The address mails come from."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """How the line is encrypted; `none` only inside one machine."""
    user_env: str | None = None
    """The environment variable that holds the user; none: no login."""
    password_env: str | None = None
    """The environment variable that holds the password."""
    timeout_seconds: float = Field(default=30, gt=0)
    """How long the relay may take to answer."""
    ca_file: Path | None = None
    """Certificates to trust instead of the system's, as a PEM file."""
    max_attachment_mb: float = Field(default=10, gt=0)
    """Reports larger than this are linked to instead of attached."""
    engineers: tuple[str, ...] = ()
    """Who is told of a held or failed night."""

    @model_validator(mode="after")
    def _secrets_are_there(self) -> "MailSettings":
        for name in (self.user_env, self.password_env):
            if name is not None and name not in os.environ:
                message = f"set the environment variable {name} that [mail] names"
                raise ValueError(message)
        return self


class Subscription(Strict):
    """Who gets the report, in which language, of which company."""

    recipients: tuple[str, ...] = Field(min_length=1)
    """Their addresses; each list is one mail."""
    language: Language = "en"
    """One of the site's `languages`."""
    company: str = GROUP
    """A company's name, or `*` for the group."""
    days: tuple[WantedDay, ...] = ()
    """Of which days' reports they get one: weekdays, or `month_end`; every day's, if not given."""


class EngineSettings(Strict):
    """How much of the machine the pipeline may take."""

    memory_limit_mb: int = Field(default=2048, ge=256)
    """Memory of the database; it goes to disk beyond."""
    threads: int | None = Field(default=None, ge=1)
    """Threads of the database; as many as the machine has cores, if not given."""
    lock_wait_seconds: float = Field(default=60, ge=0)
    """How long to wait for another process that holds a database file."""


class Settings(Strict):
    """All of `site.toml`."""

    site: SiteSection
    company: tuple[Company, ...] = Field(min_length=1)
    mail: MailSettings | None = None
    subscription: tuple[Subscription, ...] = ()
    engine: EngineSettings = EngineSettings()

    def misfits(self) -> Iterator[tuple[str, str]]:
        """What does not fit together: the key, and what to correct."""
        for number, company in enumerate(self.company, 1):
            for key, words in self._misfits_of_company(company, self.company[: number - 1]):
                yield f"company {number}.{key}", words
        for number, wish in enumerate(self.subscription, 1):
            for key, words in self._misfits_of_wish(wish):
                yield f"subscription {number}.{key}", words

    def _misfits_of_company(
        self, company: Company, before: tuple[Company, ...]
    ) -> Iterator[tuple[str, str]]:
        name, currency = company.name, self.site.currency
        if name in {each.name for each in before}:
            yield "name", f"company {name} is listed twice: remove one"
        if name.casefold() == GROUP_FILES:
            files = f"'{name}' is how the files of the whole group's report are called"
            yield "name", f"{files}: give the company another name"
        if company.currency not in (None, currency):
            books = f"{name} keeps its books in {company.currency}, the group in {currency}"
            yield "currency", f"{books}: one currency per site for now; leave the company out"

    def _misfits_of_wish(self, wish: Subscription) -> Iterator[tuple[str, str]]:
        names, made = [company.name for company in self.company], self.site.languages
        if wish.company not in (GROUP, *names):
            known = f"one of {', '.join(names)}, or {GROUP} for the group"
            meant = perhaps(wish.company, names)
            yield "company", f"'{wish.company}' is no company of this site{meant}: {known}"
        if wish.language not in made:
            only = f"'{wish.language}' is not made, only {', '.join(made)}"
            yield "language", f"{only}: add it to languages in [site]"


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
        settings = strictly(Settings, toml_of(path))
    except FileNotFoundError as missing:
        message = f"{path} does not exist: create a site with 'stockturn init {folder}'"
        raise ConfigurationError(message) from missing
    except ValidationError as invalid:
        raise unusable(path, faults_in_words(invalid, Settings)) from invalid
    except ValueError as broken:
        raise ConfigurationError(str(broken)) from broken
    misfits = list(settings.misfits())
    if misfits:
        raise unusable(path, misfits)
    return Site(folder.resolve(), settings)


def unusable(path: Path, faults: Iterable[tuple[str, str]]) -> ConfigurationError:
    """What is wrong with a file of settings, each fault with its key."""
    lines = (f"  {place or path.name}: {words}" for place, words in faults)
    return ConfigurationError(
        "\n".join((f"{path} cannot be used; correct these settings:", *lines))
    )
