"""The outbox of a site that kept its state in DuckDB: taken over once, so that no mail goes twice.

Its file register is not read: `raw/` tells of every delivery.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.settings import Site
from pipeline.warehouse.connection import connect

RECIPIENTS = 8


def earlier_outbox(site: Site) -> Iterator[tuple[Any, ...]]:
    """Every mail of the earlier file, as the outbox of today writes it down.

    Raises:
        TryAgainLater: another process holds the file.
        Damaged: the file cannot be read.
    """
    path = _file(site)
    if not path.exists():
        return
    connection = connect(path, site.folder, site.settings.engine)
    try:
        has_outbox = connection.execute(
            "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'outbox'"
        ).fetchall()[0][0]
        mails = connection.execute("FROM outbox").fetchall() if has_outbox else []
    finally:
        connection.close()
    for mail in mails:
        told = json.dumps(mail[RECIPIENTS], ensure_ascii=False)
        yield (*mail[:RECIPIENTS], told, *mail[RECIPIENTS + 1 :])


def lay_aside(site: Site) -> None:
    """Give the earlier file a name that says that nobody reads it any more."""
    path = _file(site)
    if path.exists():
        path.rename(path.with_name(f"{path.name}.old"))


def _file(site: Site) -> Path:
    return site.folder / "state.duckdb"
