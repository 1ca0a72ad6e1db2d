"""Which outflows are none, and from which day on.

    taken back whole by reversals:       from the day the last unit came back
    transferred inside one warehouse:    from its own day

A transfer that arrives in its own warehouse on a later day was away in between, and is an outflow.
"""

from typing import Any

import numpy as np
import polars as pl

from pipeline.metrics.fact_schemas import FactKind
from pipeline.metrics.intervals import ints, totals
from pipeline.metrics.layer_origins import NO_DAY, Links, Movements

ANNULLED: dict[str, Any] = {
    "item_no": pl.Int64,
    "movement_no": pl.Int64,
    "annulled_day": pl.Int32,
}


def annulled(movements: Movements, links: Links, table: pl.DataFrame) -> pl.DataFrame:
    """Every such movement, in the columns of `ANNULLED`."""
    warehouse = ints(table["warehouse_no"])
    is_reversal = table["is_reversal"].to_numpy()
    came, went = movements.day[links.receipt], movements.day[links.issue]
    stayed = (warehouse[links.receipt] == warehouse[links.issue]) & (came <= went)
    back = np.flatnonzero(np.where(links.backwards, is_reversal[links.receipt], stayed))
    issue = links.issue[back]
    whole = totals(issue, links.length[back], len(movements)) == movements.went
    day = np.full(len(movements), NO_DAY, dtype=np.int64)
    np.maximum.at(day, issue, np.maximum(came[back], went[back]))
    row = np.flatnonzero(whole & (day != NO_DAY) & (movements.kind != FactKind.CARRIED))
    rows = table.select(pl.col("item_no", "movement_no").gather(row))
    dated = rows.with_columns(annulled_day=day[row])
    return dated.select(pl.col(name).cast(kind) for name, kind in ANNULLED.items())
