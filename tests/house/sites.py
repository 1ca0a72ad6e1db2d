"""Hand-made generic sites: a few lines of ledger on disk, as an ERP team would deliver them."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import duckdb

SETTINGS = """
[site]
name = "Hand-made group"
timezone = "Asia/Shanghai"
start = {start}
currency = "CNY"
languages = ["en"]
settle_seconds = 0
today = {today}

[[company]]
name = "acme"
"""

ITEMS = "sku,name,category,stage,status\nB-100,Ball bearing,Bearings / Ball,trading,active\n"
WAREHOUSES = "warehouse,name,kind\nMAIN,Main store,store\n"
SUPPLIERS = "supplier,name\nS1,Norseal\nS2,Sudlager\n"
MASTERS = {"item": ITEMS, "warehouse": WAREHOUSES, "supplier": SUPPLIERS}

HEADER = "movement_id,posted_at,sku,warehouse,kind,quantity,value,supplier,order_no,order_line_no"


def write_site(
    folder: Path,
    *,
    start: str = "2025-01-01",
    today: str = "2026-12-31",
    extra: str = "",
) -> Path:
    """A site of one company, `acme`."""
    folder.mkdir(parents=True, exist_ok=True)
    text = SETTINGS.format(start=start, today=today) + extra
    (folder / "site.toml").write_text(text, encoding="utf-8")
    return folder


STRICT_QUARANTINE = """
[[rule]]
valid_from = 1970-01-01
blocking_share = 0.05
fewest_rows = 1
reason = "a site that holds its report for a single refused row"
"""


def hold_for_one_row(folder: Path) -> None:
    """Let a single refused row hold the report, where a ledger is small."""
    policy = folder / "policy" / "quarantine.toml"
    policy.parent.mkdir(exist_ok=True)
    policy.write_text(STRICT_QUARANTINE, encoding="utf-8")


def deliver(
    folder: Path,
    day: str,
    tables: Mapping[str, str],
    *,
    company: str = "acme",
    manifest: Mapping[str, object] | None = None,
) -> Path:
    """One delivery: a CSV per table."""
    delivery = folder / "landing" / company / day
    delivery.mkdir(parents=True, exist_ok=True)
    for table, text in tables.items():
        (delivery / f"{table}.csv").write_text(text, encoding="utf-8")
    if manifest is not None:
        (delivery / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return delivery


def movements(*rows: str) -> str:
    """A stock_movement file; each row is `id|day|kind|quantity|value`, optionally `|supplier`."""
    lines = [HEADER]
    for row in rows:
        cells = [cell.strip() for cell in row.split("|")]
        identity, day, kind, quantity, value, *more = cells
        supplier = more[0] if more else ""
        lines.append(f"{identity},{day},B-100,MAIN,{kind},{quantity},{value},{supplier},,")
    return "\n".join(lines) + "\n"


def published(
    folder: Path, query: str, parameters: Sequence[object] = ()
) -> list[tuple[object, ...]]:
    """What an analyst reads in the published snapshot."""
    path = folder / "published" / "stockturn.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query, list(parameters)).fetchall()


def turnover(folder: Path, as_of: date | str, **where: str) -> dict[str, object]:
    """One row of metrics.turnover as a dictionary; the company's headline row by default."""
    wanted = {
        "company": "acme",
        "dimension": "company",
        "time_window": "trailing_12_months",
        "basis": "time_weighted",
        "scope": "normal",
    } | where
    conditions = " and ".join(f"{column} = ?" for column in wanted)
    path = folder / "published" / "stockturn.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        result = connection.execute(
            f"select * from metrics.turnover where as_of = ? and {conditions}",
            [str(as_of), *wanted.values()],
        )
        names = [column[0] for column in result.description]
        rows = result.fetchall()
    assert len(rows) == 1, f"{len(rows)} rows for {wanted}"
    return dict(zip(names, rows[0], strict=True))
