"""Whether the warehouse's tables say what the pandas program says, to the cent."""

import csv
import math
from datetime import date
from pathlib import Path

import duckdb

QUERIES = {
    "turnover": (
        "SELECT member, cogs::DOUBLE, average_inventory::DOUBLE, turnover FROM metrics.turnover "
        "WHERE time_window = 'trailing_12_months' AND basis = 'time_weighted' "
        "AND company = 'acme' AND scope = 'all' AND as_of = $as_of AND dimension = $dimension"
    ),
    "dead_stock": (
        "SELECT member, value::DOUBLE, slow_value::DOUBLE, dead_value::DOUBLE, new_value::DOUBLE, "
        "dead_share FROM metrics.dead_stock "
        "WHERE company = 'acme' AND scope = 'all' AND as_of = $as_of AND dimension = $dimension"
    ),
}
DIMENSIONS = ("category", "supplier")
HALF_A_CENT, RATIO = 0.005, 1e-9


def differences(database: Path, folder: Path, as_of: date) -> list[str]:
    """Every cell that differs between the warehouse's tables and the pandas program's files."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return [
            f"{metric} by {dimension}: {line}"
            for metric, query in QUERIES.items()
            for dimension in DIMENSIONS
            for line in _compare(
                connection.sql(query, params={"as_of": as_of, "dimension": dimension}).fetchall(),
                folder / f"{metric}_{dimension}.csv",
            )
        ]


def _compare(ours: list[tuple[object, ...]], path: Path) -> list[str]:
    with path.open(newline="") as file:
        _, *lines = csv.reader(file)
    theirs = {member: [_number(cell) for cell in cells] for member, *cells in lines}
    mine = {str(member): [_number(cell) for cell in cells] for member, *cells in ours}
    # A member without stock and flows has no row with us.
    missing = sorted(
        name
        for name in set(theirs) ^ set(mine)
        if any(abs(cell) >= HALF_A_CENT for cell in (theirs | mine)[name])
    )
    return [f"{member} stands on one side only" for member in missing] + [
        f"{member}: {mine[member]} instead of {theirs[member]}"
        for member in sorted(set(theirs) & set(mine))
        if not all(map(_equal, mine[member], theirs[member]))
    ]


def _number(cell: object) -> float:
    return math.nan if cell in (None, "") else float(str(cell))


def _equal(one: float, other: float) -> bool:
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    return math.isclose(one, other, rel_tol=RATIO, abs_tol=HALF_A_CENT)
