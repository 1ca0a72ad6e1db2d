"""`stockturn doctor`: what may go wrong tonight, found now, each with its remedy."""

import os
import shutil
from collections.abc import Iterator
from ctypes.util import find_library
from dataclasses import dataclass
from pathlib import Path

from pipeline.delivery.transport import Relay, obstacle
from pipeline.resources import sql_folder, template_folder
from pipeline.settings import ConfigurationError, Site, load_site

_LIBRARIES = {
    "pango-1.0": "libpango-1.0-0",
    "pangoft2-1.0": "libpangoft2-1.0-0",
    "harfbuzz-subset": "libharfbuzz-subset0",
}
_FREE_BYTES_WANTED = 5 * 1024**3


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
    return [*findings, *_site(site)]


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
    yield Finding(
        "ERP mappings", ", ".join(sorted(p.name for p in (sql_folder() / "erp").iterdir()))
    )


def _site(site: Site) -> Iterator[Finding]:
    yield Finding("settings", site.settings.model_dump_json(indent=2, exclude_none=True))
    for company in site.companies:
        landing = site.landing / company.name
        yield Finding(
            f"landing of {company.name}",
            str(landing),
            None if landing.is_dir() else f"create {landing} and deliver extracts there",
        )
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


def _mail(site: Site) -> Finding:
    settings = site.settings.mail
    if settings is None:
        return Finding("mail", "not configured: reports are made, nothing is sent")
    place = f"{settings.host}:{settings.port}"
    fault = obstacle(Relay.of(settings))
    if fault:
        return Finding("mail", fault, "check [mail] in site.toml")
    return Finding("mail", f"{place} answers")
