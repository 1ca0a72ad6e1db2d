"""Deliveries written as tables in a test, and the warehouse they are loaded into."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from pipeline.canonical.erp_contract import (
    ErpContract,
    NativeColumn,
    NativeFile,
    Style,
    TableDelivery,
)
from pipeline.canonical.load_contract import Chunk, Delivery, LoadReport, NativeText, Statement
from pipeline.canonical.surrogate_keys import numbering
from pipeline.canonical.tables import TABLES
from pipeline.settings import DeliveryMode, Settings, Site
from pipeline.warehouse.loading import load
from pipeline.warehouse.store import Warehouse

COMPANY = "acme"
FIRST = date(2025, 1, 1)

Row = Mapping[str, str | None]


def table(text: str) -> list[dict[str, str | None]]:
    """Rows of a table drawn with `|`; `-` is an empty cell."""
    lines = [line for line in text.strip().splitlines() if line.strip()]
    names = [cell.strip() for cell in lines[0].split("|")]
    return [
        {
            name: None if cell.strip() == "-" else cell.strip()
            for name, cell in zip(names, line.split("|"), strict=True)
        }
        for line in lines[1:]
    ]


def movements(text: str) -> list[dict[str, str | None]]:
    """Rows of the ledger: id, posting, item, warehouse, kind, quantity and value, as drawn."""
    return table(text)


def new_warehouse(folder: Path) -> Warehouse:
    """An empty warehouse, opened.

    Its file is a copy: to make all its tables takes longer than most tests of them.
    """
    site = site_in(folder)
    site.warehouse.write_bytes(_empty_file(numbering()))
    return Warehouse(site)


@cache
def _empty_file(_numbered: str) -> bytes:
    """One for each way keys are numbered: some tests make them share numbers."""
    with TemporaryDirectory() as folder:
        site = site_in(Path(folder))
        Warehouse(site).close()
        return site.warehouse.read_bytes()


def site_in(folder: Path, **site: Any) -> Site:
    """A site of one company."""
    folder.mkdir(parents=True, exist_ok=True)
    section = {
        "name": "Test",
        "timezone": "Asia/Shanghai",
        "start": "2024-01-01",
        "currency": "CNY",
        **site,
    }
    settings = {
        "site": section,
        "company": [{"name": COMPANY}, {"name": "other"}],
        "engine": {"memory_limit_mb": 512, "threads": 2, "lock_wait_seconds": 0.2},
    }
    return Site(folder, Settings.model_validate(settings))


def contract_of(style: Style | None = None, *, estimate_cost: bool = False) -> ErpContract:
    """The generic ERP: a native file per canonical table, with its columns."""
    files = tuple(
        NativeFile(
            name=spec.name,
            file=spec.name,
            columns=tuple(
                NativeColumn(column.name, column.type, column.required, rounds=column.rounds)
                for column in spec.columns
            ),
            feeds=(spec.name,),
            style=style or Style(),
        )
        for spec in TABLES.values()
    )
    tables = {spec.name: TableDelivery(spec.mode, (spec.name,)) for spec in TABLES.values()}
    return ErpContract("generic", files, tables, estimate_cost=estimate_cost)


@dataclass(frozen=True)
class Extract:
    """One delivery: the day it states, and its rows per table."""

    day: int
    rows: Mapping[str, Sequence[Row]]
    version: int = 1
    known: int | None = None
    modes: Mapping[str, Statement] = field(default_factory=dict[str, Statement])

    def delivery(self) -> Delivery:
        """The delivery as landing would describe it."""
        return Delivery(
            COMPANY,
            on(self.day),
            self.version,
            on(self.known or self.day),
            tuple(self._statement(name) for name in self.rows),
        )

    def _statement(self, name: str) -> Statement:
        return self.modes.get(name) or Statement(name, TABLES[name].mode)


def on(day: int) -> date:
    """The day of that number; 1 is 2025-01-01."""
    return FIRST + timedelta(days=day - 1)


def window(name: str, first: int, last: int) -> dict[str, Statement]:
    """A statement of all rows posted from one day to another."""
    return {name: Statement(name, DeliveryMode.WINDOW, on(first), on(last))}


def ledger(day: int, text: str, **kwargs: Any) -> Extract:
    """An extract of movements only."""
    return Extract(day, {"stock_movement": movements(text)}, **kwargs)


def chunk_of(extracts: Iterable[Extract]) -> Chunk:
    """The extracts as one chunk."""
    extracts = list(extracts)
    names = list(dict.fromkeys(name for extract in extracts for name in extract.rows))
    return Chunk(
        COMPANY,
        tuple(extract.delivery() for extract in extracts),
        tuple(_text(name, extracts) for name in names),
    )


def _text(name: str, extracts: Sequence[Extract]) -> NativeText:
    columns = [column.name for column in TABLES[name].columns]
    rows = [
        {
            **{column: row.get(column) for column in columns},
            "source_file": f"{extract.delivery().title}/{name}.csv",
            "source_row": place,
            "delivery_no": extract.delivery().number,
        }
        for extract in extracts
        for place, row in enumerate(extract.rows.get(name, ()), start=1)
    ]
    schema = {
        **dict.fromkeys([*columns, "source_file"], pl.String),
        "source_row": pl.Int64,
        "delivery_no": pl.Int64,
    }
    frame = f"rows_of_{name}"
    return NativeText(
        file=name,
        records=f"SELECT * FROM {frame}",
        select=f'SELECT * FROM landed."{name}__records"',
        frames={frame: pl.DataFrame(rows, schema=schema)},
    )


def deliver(
    warehouse: Warehouse,
    *extracts: Extract,
    contract: ErpContract | None = None,
    accept_closures: bool = True,
) -> LoadReport:
    """Load extracts as one chunk."""
    chunk = chunk_of(extracts)
    accepted = tuple(replace(d, closures_accepted=accept_closures) for d in chunk.deliveries)
    return load(warehouse, contract or contract_of(), replace(chunk, deliveries=accepted))


def ids(warehouse: Warehouse, name: str = "stock_movement") -> list[tuple[Any, ...]]:
    """Current rows of a table: key and quantity."""
    return warehouse.rows(f"SELECT movement_id, quantity FROM canonical.{name} ORDER BY ALL")
