"""`stockturn rebuild`: the warehouse told again from `raw/` alone, beside the one that stands.

The live file stays until the new one is whole, and is then kept under another name.
"""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

from pipeline.settings import DataRefused, Site
from pipeline.stages import attribute, compute, ingest, publish, quarantine, release_gate
from pipeline.stages.days import Days
from pipeline.stages.progress import Say
from pipeline.stages.run_site import Outcome
from pipeline.stages.site_lock import site_lock
from pipeline.warehouse import Warehouse

BESIDE = "rebuilding"


def rebuild_site(site: Site, say: Say) -> Outcome:
    """What came of it: a new warehouse, or the old one untouched and why.

    Raises:
        DataRefused: there is nothing in `raw/`.
        TryAgainLater: a run works on the site.
    """
    with site_lock(site, "stockturn rebuild"):
        days = ingest.days_in_raw(site)
        if days is None:
            message = (
                f"There is nothing in {site.raw} to build a warehouse from: {site.warehouse.name} "
                "stays as it is; restore raw/ from a backup, or have everything delivered again"
            )
            raise DataRefused(message)
        made = site.folder / BESIDE / site.warehouse.name
        shutil.rmtree(made.parent, ignore_errors=True)
        made.parent.mkdir()
        try:
            return _built(site, days, made, say)
        finally:
            shutil.rmtree(made.parent, ignore_errors=True)


def _built(site: Site, days: Days, made: Path, say: Say) -> Outcome:
    with Warehouse(site, made) as warehouse:
        told = ingest.tell_again(warehouse, say)
        if told.problems:
            return Outcome(
                has_configuration_fault=told.has_mapping_fault,
                warnings=told.warnings,
                refused=told.problems,
                done=[f"{site.warehouse.name} stays as it is: see what is refused"],
            )
        forgiven = quarantine.forgive_rows(warehouse)
        attribute.keep_up(warehouse, say)
        compute.compute(warehouse, days, say)
    _put_in_place(site, made, say)
    with Warehouse(site) as warehouse:
        quarantine.note_standing(warehouse)
        found = release_gate.blockers(warehouse, days.last)
        publish.publish(warehouse, {each.company for each in found})
    return Outcome(
        has_configuration_fault=bool(forgiven.faults),
        warnings=[*told.warnings, *forgiven.warnings],
        refused=[*forgiven.faults, *(each.words for each in found)],
        done=[*forgiven.account, f"the warehouse was built from raw/ up to {days.last}"],
    )


def _put_in_place(site: Site, made: Path, say: Say) -> None:
    """The new file under the live one's name; the old one, its log included, under another.

    A file stands there at every moment.  Killed between the log and the file, the live one lacks
    what its log held: the next run sees what is missing and folds it again.
    """
    live, log = site.warehouse, site.warehouse.with_name(f"{site.warehouse.name}.wal")
    aside = live.with_name(f"{live.name}.{datetime.now(UTC):%Y%m%dT%H%M%S}.old")
    if log.exists():
        log.rename(aside.with_name(f"{aside.name}.wal"))
    if live.exists():
        _name_also(live, aside)
        say(f"the old {live.name} is kept as {aside.name}")
    made.replace(live)


def _name_also(path: Path, name: Path) -> None:
    try:
        os.link(path, name)
    except OSError:  # a file system without second names
        path.rename(name)
