"""Which days a run may be about: those that have come and are not before the site's start."""

from collections.abc import Iterable, Sequence
from datetime import date

from pipeline.landing import discover, newest_lying
from pipeline.landing.deliveries import Discovery, Folder
from pipeline.settings import ConfigurationError, DataRefused, Site
from pipeline.stages.days import Days
from pipeline.stages.ingest import contracts_of, days_in_raw


def newest_day(site: Site) -> Days:
    """The newest extract date that was delivered.

    Raises:
        DataRefused: nothing was.
    """
    found = newest_lying(site, contracts_of(site))
    if not found.folders:
        raise DataRefused(_nothing_lies(site, beside=found.warnings))
    newest = found.folders[0].extract_on
    return Days(newest, newest)


def require_days(site: Site, days: Days) -> None:
    """Nothing where there can be figures of the days.

    Raises:
        ConfigurationError: they have not come, or are too early.
        DataRefused: nothing was ever delivered.
    """
    # A night's own days come first: what else lies there grows with every night.
    if discover(site, contracts_of(site), days.first, days.last).folders:
        return
    lying = delivered(site).folders
    start, today = site.settings.site.start, _today(site, lying)
    if days.last > today:
        message = f"{days.last} has not come, today is {today}: ask for a day up to then"
        raise ConfigurationError(message)
    if days.last < start:
        message = f"{days.last} is before {start}, [site] start in site.toml: ask for a later day"
        raise ConfigurationError(message)
    if not lying and not site.published.exists() and days_in_raw(site) is None:
        raise DataRefused(_nothing_lies(site, f" for {days.first} to {days.last}"))


def delivered(site: Site) -> Discovery:
    """All that lies in `landing/`."""
    return discover(site, contracts_of(site), date.min, date.max)


def _today(site: Site, lying: Iterable[Folder]) -> date:
    """Today, or the newest extract date where one is ahead of it."""
    return max((site.today(), *(folder.extract_on for folder in lying)))


def _nothing_lies(site: Site, when: str = "", beside: Sequence[str] = ()) -> str:
    wanted = "have extracts delivered to landing/<company>/<YYYY-MM-DD>/"
    return "\n".join((f"Nothing lies in {site.landing}{when}: {wanted}", *beside))
