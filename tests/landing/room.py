"""A site on disk, deliveries as an ERP team would leave them, and what landing makes of them."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from pipeline.canonical.load_contract import Chunk
from pipeline.canonical.tables import TABLES
from pipeline.landing import (
    DeliveryRegister,
    Raw,
    Survey,
    chunk_of,
    read_contract,
    register,
    survey,
)
from pipeline.settings import Site, load_site
from pipeline.warehouse import SiteState

SETTINGS = """
[site]
name = "Hand-made group"
timezone = "Asia/Shanghai"
start = 2025-01-01
currency = "CNY"
settle_seconds = {settle}
today = 2025-06-30

[[company]]
name = "acme"
erp = "{erp}"
expected = "{expected}"
"""

DAY = "2025-01-02"
MOVEMENTS = "movement_id,posted_at,sku,warehouse,kind,quantity,value\n"
ONE = MOVEMENTS + "M1,2025-01-01,B-100,MAIN,purchase,1,2.50\n"
MASTERS: dict[str, str | bytes] = {
    "item.csv": "sku,name\nB-100,Ball bearing\n",
    "warehouse.csv": "warehouse,name\nMAIN,Main store\n",
    "supplier.csv": "supplier,name\nS1,Norseal\n",
}
ANY = (date(2000, 1, 1), date(2099, 12, 31))


class Room:
    """One company, `acme`, with its ledger and store."""

    def __init__(
        self,
        folder: Path,
        *,
        erp: str = "generic",
        erp_toml: str | None = None,
        expected: str = "none",
        settle: int = 0,
    ) -> None:
        settings = SETTINGS.format(erp=erp, expected=expected, settle=settle)
        (folder / "site.toml").write_text(settings, encoding="utf-8")
        if erp_toml is not None:
            mappings = folder / "sql" / "erp" / erp
            mappings.mkdir(parents=True)
            (mappings / "erp.toml").write_text(erp_toml, encoding="utf-8")
        self.site: Site = load_site(folder)
        self.contract = read_contract(erp, TABLES.values(), self.site.mappings)
        self.ledger = DeliveryRegister(SiteState(self.site))
        self.raw = Raw(self.site.raw)

    def deliver(
        self,
        files: Mapping[str, str | bytes],
        *,
        day: str = DAY,
        manifest: Mapping[str, object] | None = None,
        done: bool = False,
    ) -> Path:
        """A delivery's folder, with these files in it."""
        folder = self.site.landing / "acme" / day
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        folder.mkdir(parents=True, exist_ok=True)
        if manifest is not None:
            (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        if done:
            (folder / ".done").touch()
        return folder

    def deliver_ledger(self, content: str | bytes, name: str = "stock_movement.csv") -> Path:
        """A delivery of masters and this ledger file."""
        return self.deliver({**MASTERS, name: content})

    def survey(self, *, now: float | None = None) -> Survey:
        """What lies in `landing/`."""
        contracts = {"acme": self.contract}
        return survey(self.site, contracts, *ANY, ledger=self.ledger, raw=self.raw, now=now)

    def problem(self) -> str:
        """The one problem of all deliveries."""
        found = [str(problem) for problem in self.survey().problems]
        assert len(found) == 1, found
        return found[0]

    def take_in(self) -> Chunk:
        """All that is new, registered."""
        seen = self.survey()
        assert not seen.problems, seen.problems
        register(seen.new, self.ledger, self.raw)
        return chunk_of("acme", seen.new, self.contract, self.raw)


def landed(chunk: Chunk, file: str) -> list[dict[str, Any]]:
    """The rows of one native file as the warehouse would land them, in the order of the files."""
    text = next(text for text in chunk.texts if text.file == file)
    with duckdb.connect(config={"preserve_insertion_order": False}) as connection:
        connection.execute("ATTACH ':memory:' AS landed")
        connection.execute(f'CREATE TABLE landed."{file}__records" AS {text.records}')
        ordered = f"SELECT * FROM ({text.select}) ORDER BY delivery_no, source_file, source_row"
        return _dicts(connection.execute(ordered))


def refused(chunk: Chunk, file: str) -> list[tuple[int, str, str]]:
    """The records of one native file that are no rows: number, as delivered, reason."""
    text = next(text for text in chunk.texts if text.file == file)
    return [
        (row["source_row"], row["record"], row["reason"])
        for frame in text.frames.values()
        for row in frame.iter_rows(named=True)
    ]


def column(rows: list[dict[str, Any]], name: str) -> list[Any]:
    """One column of landed rows."""
    return [row[name] for row in rows]


def _dicts(result: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    names = [about[0] for about in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
