"""Lists behind what the page on data quality counts: goods on their way, costs, unknown codes."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import polars as pl

from pipeline.canonical.movement_kinds import IN_TRANSIT
from pipeline.canonical.tables import MASTERS
from pipeline.metrics.time_windows import day_number, same_place
from pipeline.report.inputs import COSTS, ESTIMATES, STUBS, UNKNOWN_CODES, UNPAIRED
from pipeline.warehouse import STOOD, Warehouse

OPEN_TRANSFER_DAYS = 30
MOST_CODES = 3
ON_THE_WAY = """
SELECT company, coalesce(any_value(transfer_id), any_value(document_no)) AS transfer, sku,
    arg_min(warehouse, posted_at) AS warehouse, -sum(quantity) AS quantity,
    sum(-value)::DECIMAL(18,4) AS value, min(posted_at)::DATE AS opened_on, transfer_key
FROM canonical.stock_movement
WHERE transfer_key IS NOT NULL AND day <= $day AND company IN (SELECT unnest($c::VARCHAR[]))
GROUP BY company, item_no, sku, transfer_key HAVING sum(quantity) <> 0
ORDER BY opened_on, company, transfer, sku, transfer_key
"""
WITHOUT_POSTED_COST = """
SELECT company, sku, count(*) FILTER (value_is_estimated) AS movements,
    coalesce(sum(abs(value)) FILTER (value_is_estimated), 0)::DECIMAL(18,4) AS value,
    coalesce(sum(-value) FILTER (
        value_is_estimated AND day > $year_ago AND kind IN ('sale', 'sale_return')
    ), 0)::DECIMAL(18,4) AS cogs,
    count(*) FILTER (value IS NULL AND quantity <> 0) AS missing
FROM canonical.stock_movement
WHERE day <= $day AND company IN (SELECT unnest($c::VARCHAR[]))
    AND (value_is_estimated OR value IS NULL)
GROUP BY company, sku HAVING movements + missing > 0
ORDER BY missing DESC, value DESC, company, sku
"""


def open_transfers(warehouse: Warehouse, companies: Sequence[str], as_of: date) -> pl.DataFrame:
    """Every item of a transfer that left and has not arrived, the oldest first."""
    return warehouse.frame(ON_THE_WAY, {"day": day_number(as_of), "c": list(companies)})


def unpaired(transfers: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """How many of these transfers have been open for longer than they should, by company."""
    late = transfers.filter(pl.col("opened_on") < as_of - timedelta(days=OPEN_TRANSFER_DAYS))
    return _typed(
        late.group_by("company")
        .agg(
            transfers=pl.col("transfer_key").n_unique(),
            value=pl.col("value").sum(),
            oldest_on=pl.col("opened_on").min(),
        )
        .sort("company"),
        UNPAIRED,
    )


def costs(warehouse: Warehouse, companies: Sequence[str], as_of: date) -> pl.DataFrame:
    """Items with movements whose cost nobody posted: estimated, or missing altogether."""
    days = {"day": day_number(as_of), "year_ago": day_number(same_place(as_of, -12))}
    rows = warehouse.frame(WITHOUT_POSTED_COST, {**days, "c": list(companies)})
    return _typed(rows, COSTS)


def estimates(rows: pl.DataFrame) -> pl.DataFrame:
    """The same by company, with the codes of the first items that have no cost at all."""
    has_none = pl.col("missing") > 0
    return _typed(
        rows.group_by("company")
        .agg(
            pl.col("movements", "value", "cogs", "missing").sum(),
            missing_items=has_none.sum(),
            missing_skus=pl.col("sku").filter(has_none).sort().head(MOST_CODES).str.join(", "),
        )
        .sort("company"),
        ESTIMATES,
    )


def unknown_codes(warehouse: Warehouse, companies: Sequence[str], as_of: date) -> pl.DataFrame:
    """Every code that rows refer to and no master describes; whether its row was refused."""
    parts = " UNION ALL ".join(
        f"SELECT company, '{table}' AS \"table\", {code} AS code, {code} IN "
        f"(SELECT {code} FROM quarantine.{table} AS held "
        f"WHERE held.company = known.company AND {STOOD}) AS is_refused "
        f"FROM canonical.{table} AS known WHERE is_stub AND {code} <> '{IN_TRANSIT}'"
        for table, code in MASTERS.items()
    )
    rows = warehouse.frame(
        f"SELECT * FROM ({parts}) WHERE company IN (SELECT unnest($c::VARCHAR[])) ORDER BY ALL",
        {"c": list(companies), "as_of": as_of},
    )
    return _typed(rows, UNKNOWN_CODES)


def stubs(codes: pl.DataFrame) -> pl.DataFrame:
    """How many these are, by company and master."""
    return _typed(
        codes.group_by("company", "table")
        .agg(members=pl.len(), refused=pl.col("is_refused").sum())
        .sort("company", "table"),
        STUBS,
    )


def _typed(
    rows: pl.DataFrame, schema: Mapping[str, type[pl.DataType] | pl.DataType]
) -> pl.DataFrame:
    return rows.select(pl.col(name).cast(kind) for name, kind in schema.items())
