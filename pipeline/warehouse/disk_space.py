"""Room on the disk: a load that cannot fit does not start."""

import shutil

from pipeline.settings import ConfigurationError, Site

GIGABYTE = 1_000_000_000
TIMES_THE_EXTRACT = 3
SPARE = GIGABYTE // 2
"""For what does not grow with the extract: logs, sorting, the report."""


def require_space(site: Site, extract_bytes: int) -> None:
    """See that the disk has room for an extract, the warehouse that takes it and its snapshot.

    Raises:
        ConfigurationError: it has not.
    """
    held = site.warehouse.stat().st_size if site.warehouse.exists() else 0
    needed = TIMES_THE_EXTRACT * extract_bytes + held + SPARE
    free = shutil.disk_usage(site.folder).free
    if free < needed:
        message = (
            f"{site.folder} has {free / GIGABYTE:.1f} GB free and this run may need "
            f"{needed / GIGABYTE:.1f} GB: make room, then run again; nothing was changed"
        )
        raise ConfigurationError(message)
