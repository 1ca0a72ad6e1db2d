"""Where ledger and ERP differ on a day, and whether postings since then may explain it."""

from collections.abc import Iterator
from datetime import date

import polars as pl

from pipeline.metrics.reconciliation import differences
from pipeline.metrics.time_windows import day_number
from pipeline.warehouse import Warehouse
from pipeline.wording import counted

SHOWN = (
    *("company", "warehouse", "sku", "quantity_closing", "erp_quantity", "quantity_difference"),
    *("value_closing", "erp_value", "value_difference"),
)
SINCE = """
SELECT balance.company, balance.warehouse, balance.sku, balance.known_on AS balance_known_on,
    count(movement.movement_no) AS posted_since
FROM canonical.stock_balance AS balance
SEMI JOIN temp.differing AS off
    ON off.company = balance.company AND off.warehouse = balance.warehouse AND off.sku = balance.sku
LEFT JOIN canonical.stock_movement AS movement
    ON movement.company = balance.company AND movement.warehouse = balance.warehouse
    AND movement.sku = balance.sku AND movement.day <= $until
    AND movement.known_on > balance.known_on
WHERE balance.balance_on = $day
GROUP BY ALL
"""


def differing(warehouse: Warehouse, as_of: date) -> pl.DataFrame:
    """Positions in which ledger and ERP differ by more than policy tolerates, largest first.

    A day in the past is compared with the balance that was delivered then: `balance_known_on`
    says since when it is known, `posted_since` how many movements up to the day came after it.
    """
    if not warehouse.has("metrics.reconciliation"):
        return pl.DataFrame()
    rows = differences(reconciled(warehouse, as_of, "NOT agrees")).select(SHOWN)
    place = ["company", "warehouse", "sku"]
    warehouse.hold("differing", rows.select(place))
    since = warehouse.frame(SINCE, {"day": as_of, "until": day_number(as_of)})
    return rows.join(since, on=place, how="left", maintain_order="left")


def in_words(rows: pl.DataFrame, currency: str) -> Iterator[str]:
    """One warning a company, from what `differing` gives."""
    if rows.is_empty():
        return
    for (company,), own in rows.group_by("company", maintain_order=True):
        value = own["value_difference"].abs().sum()
        moved = own.filter(pl.col("posted_since") > 0)
        since = (
            f"; {moved.height} of them had postings of that time after the balance was delivered "
            f"({moved['balance_known_on'].min()}): restatements, where these explain them"
        )
        yield (
            f"{company}: the ledger differs from the ERP's own balance in "
            f"{counted(own.height, 'position')}, "
            f"by {currency} {value:,.2f} in all; metrics.reconciliation lists them"
            f"{since if moved.height else ''}"
        )


def reconciled(warehouse: Warehouse, as_of: date, where: str) -> pl.DataFrame:
    """The reconciliation of a date, of the positions that a condition describes."""
    return warehouse.frame(
        f"FROM metrics.reconciliation WHERE as_of = $as_of AND {where}", {"as_of": as_of}
    )
