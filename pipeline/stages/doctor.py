"""`stockturn doctor`: what may go wrong tonight, found now, each with its remedy.

It only reads, and nothing it opens is a night's own: a run that works meanwhile is not disturbed.
"""

import os
import shutil
from collections.abc import Iterator
from ctypes.util import find_library
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from pipeline.canonical.tables import TABLES
from pipeline.delivery.transport import Relay, obstacle
from pipeline.landing import Raw, kept_deliveries, read_contract
from pipeline.landing.completeness import LEDGER
from pipeline.policy import load_policies
from pipeline.resources import template_folder
from pipeline.settings import Company, ConfigurationError, MailSettings, Site, load_site
from pipeline.stages.coverage import Reach, coverage
from pipeline.stages.night_record import NightRecord
from pipeline.stages.site_check import known_erps, open_site
from pipeline.stages.site_lock import holder_of
from pipeline.warehouse import SiteState, mapping_faults_of
from pipeline.wording import counted

_LIBRARIES = {
    "pango-1.0": "libpango-1.0-0",
    "pangoft2-1.0": "libpangoft2-1.0-0",
    "harfbuzz-subset": "libharfbuzz-subset0",
}
_FREE_BYTES_WANTED = 5 * 1024**3
_DAYS_SAID = 5


@dataclass(frozen=True)
class Finding:
    """One thing looked at: fine, or with the remedy that mends it."""

    topic: str
    state: str
    remedy: str | None = None


def examine(folder: Path) -> list[Finding]:
    """What a site and the machine it runs on look like, topic by topic."""
    findings = list(_machine())
    try:
        site = load_site(folder)
    except ConfigurationError as invalid:
        return [*findings, Finding("settings", "cannot be used", str(invalid))]
    return [*findings, *_settings(site), *_site(site)]


def _machine() -> Iterator[Finding]:
    missing = [package for name, package in _LIBRARIES.items() if find_library(name) is None]
    install = f"apt-get install -y {' '.join(missing)}" if missing else None
    state = f"missing {', '.join(missing)}" if missing else "pango and harfbuzz are there"
    yield Finding("libraries of the PDF", state, install)
    fonts = sorted((template_folder() / "fonts").glob("*.ttf"))
    yield Finding(
        "fonts",
        f"{len(fonts)} packaged",
        None if fonts else "reinstall the package: its fonts are missing",
    )


def _site(site: Site) -> Iterator[Finding]:
    yield from _mappings(site)
    for company in site.companies:
        yield from _deliveries(site, company)
    yield from _last_night(site)
    for path in (site.folder, site.warehouse, site.state):
        if path.exists() and not os.access(path, os.W_OK):
            remedy = f"let the user this runs as (id {os.geteuid()}) write it"
            yield Finding("permission", f"{path} may not be written", remedy)
    free = shutil.disk_usage(site.folder).free
    enough = free >= _FREE_BYTES_WANTED
    yield Finding(
        "disk",
        f"{free / 1024**3:.1f} GiB free",
        None if enough else "free at least 5 GiB: raw copies, warehouse and snapshot need room",
    )
    yield _mail(site)


# ---------- what people wrote


def _settings(site: Site) -> Iterator[Finding]:
    """Every setting as it holds, set or not, and what does not fit."""
    yield Finding("settings", site.settings.model_dump_json(indent=2))
    try:
        open_site(site.folder)
    except ConfigurationError as misfit:
        yield Finding("settings", "do not fit together", str(misfit))
    yield from _policies(site)


def _policies(site: Site) -> Iterator[Finding]:
    try:
        policy = load_policies(site.policies).on(site.today())
    except ConfigurationError as invalid:
        yield Finding("policies", "cannot be used", str(invalid))
        return
    for name, rule in policy:
        if name in {"on", "benchmarks"}:
            continue
        whose = "the site's" if (site.policies / f"{name}.toml").is_file() else "the default"
        yield Finding(f"policy {name}, {whose}", rule.model_dump_json(indent=2))
    for path in sorted(site.policies.glob("*")):
        if path.suffix != ".toml" and not path.name.startswith("."):
            remedy = f"rename {path} to *.toml if it is meant to hold, or move it elsewhere"
            yield Finding("policies", f"{path.name} is not read", remedy)


def _mappings(site: Site) -> Iterator[Finding]:
    """The SQL of each company's ERP, tried on empty files."""
    yield Finding("ERP mappings", ", ".join(known_erps(site)))
    for erp in dict.fromkeys(company.erp for company in site.companies):
        users = [company.name for company in site.companies if company.erp == erp]
        try:
            contract = read_contract(erp, TABLES.values(), site.mappings)
        except ConfigurationError as invalid:
            yield Finding(f"mapping {erp}", "cannot be used", str(invalid))
            continue
        fault = mapping_faults_of(site, contract, users[0])
        state = f"of {', '.join(users)}: {counted(len(contract.tables), 'table')}"
        yield Finding(f"mapping {erp}", f"{state}, faulty" if fault else state, fault)


def _mail(site: Site) -> Finding:
    settings = site.settings.mail
    if settings is None:
        defaults = ", ".join(
            f"{name} {field.default}"
            for name, field in MailSettings.model_fields.items()
            if not field.is_required() and field.default not in (None, ())
        )
        wanted = "add [mail] to site.toml, or take the subscriptions out"
        return Finding(
            "mail",
            f"not configured: reports are made, nothing is sent (its defaults: {defaults})",
            wanted if site.settings.subscription else None,
        )
    place = f"{settings.host}:{settings.port}"
    fault = obstacle(Relay.of(settings))
    if fault:
        return Finding("mail", fault, "check [mail] in site.toml")
    return Finding("mail", f"{place} answers")


# ---------- what came


def _deliveries(site: Site, company: Company) -> Iterator[Finding]:
    """Where a company delivers, and which expected deliveries did not come up to yesterday."""
    topic, landing = f"deliveries of {company.name}", site.landing / company.name
    if not landing.is_dir():
        remedy = f"create {landing} and deliver extracts there"
        yield Finding(topic, f"there is no {landing}", remedy)
        return
    reaches = list(_reaches(site, company))
    if not reaches:
        waits = company.expected != "none"
        remedy = f"ask {company.name} for its first extract" if waits else None
        yield Finding(topic, f"none was taken in yet from {landing}", remedy)
        return
    yesterday = site.today(company) - timedelta(days=1)
    missing = coverage(company, reaches, yesterday).missing
    newest = f"the newest taken in is of {max(reach.extract_on for reach in reaches)}"
    if missing:
        days = ", ".join(str(day) for day in missing[-_DAYS_SAID:])
        more = f" and {len(missing) - _DAYS_SAID} before" if len(missing) > _DAYS_SAID else ""
        remedy = f"ask {company.name} for the extracts of {days}{more}; then stockturn run"
        yield Finding(topic, f"{newest}; expected ones did not come", remedy)
    else:
        yield Finding(topic, newest)


def _reaches(site: Site, company: Company) -> Iterator[Reach]:
    for arrival in kept_deliveries(Raw(site.raw), company.name):
        for said in arrival.delivery.statements:
            if said.table == LEDGER:
                yield Reach(arrival.delivery.extract_on, said.first, said.last)


def _last_night(site: Site) -> Iterator[Finding]:
    """What the last run held back, or why it failed."""
    holder = holder_of(site)
    if holder:
        yield Finding("night", f"{holder} works on the site now")
    if not site.state.exists() or not os.access(site.state, os.W_OK):
        return
    with SiteState(site) as state:
        nights = NightRecord(state).nights(1)
    for night in nights:
        told = [words for reasons in night.held.values() for words in reasons]
        reasons = list(dict.fromkeys((*told, *([night.failure] if night.failure else ()))))
        state_of = "held or failed" if reasons else "nothing was held"
        remedy = "\n".join(reasons) or None
        yield Finding(f"night of {night.days}, by {night.who}", state_of, remedy)
