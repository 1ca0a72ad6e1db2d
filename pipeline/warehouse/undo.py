"""Taking back deliveries, so that one that comes earlier in the order can be folded in its place.

What the later deliveries said is told again from raw/ afterwards: rare, slower, right.
"""

from pipeline.canonical.spec import TableSpec
from pipeline.canonical.tables import TABLES, stored
from pipeline.canonical.versioning import dated
from pipeline.warehouse import inferred_members, refusals, stock_ledger
from pipeline.warehouse.sql import Parameters
from pipeline.warehouse.store import Warehouse


def loaded(warehouse: Warehouse, company: str) -> list[int]:
    """The numbers of the deliveries a company's tables hold, ascending."""
    rows = warehouse.rows(
        "SELECT DISTINCT delivery_no FROM canonical.delivery WHERE company = $company ORDER BY ALL",
        {"company": company},
    )
    return [row[0] for row in rows]


def rewind(warehouse: Warehouse, company: str, number: int) -> int:
    """Make a company's tables what they were before delivery `number`; gives where it stopped.

    It goes further back where it cannot tell otherwise which extract stated a row last: every
    delivery from the returned number on has to be loaded again.
    """
    with warehouse.transaction():
        start = _start(warehouse, company, number)
        limits = {"company": company, "start": start}
        _stir(warehouse, limits)
        for spec in TABLES.values():
            _take_back(warehouse, spec, limits)
        stock_ledger.rerank(warehouse)
        stock_ledger.touch(warehouse, company, "SELECT item_no, day FROM stirred")
        for table in ("canonical.delivery", *(f"quarantine.{name}" for name in TABLES)):
            warehouse.execute(
                f"DELETE FROM {table} WHERE company = $company AND delivery_no >= $start",
                limits,
            )
        refusals.reopen(warehouse, company, start)
        inferred_members.renew(warehouse, company)
        return start


def _start(warehouse: Warehouse, company: str, number: int) -> int:
    start, earlier = number, None
    while earlier != start:
        earlier = start
        for spec in TABLES.values():
            unknown = warehouse.value(
                f"SELECT min(delivery_no) FROM ({_restated(spec)}) WHERE is_uncertain",
                {"company": company, "start": start},
            )
            start = min(start, unknown or start)
    return start


def _restated(spec: TableSpec) -> str:
    """Rows that stay or come back, stated last by a delivery that goes; and who stated them before.

    A window or snapshot that did not close a row stated it; of an increment nobody knows.
    """
    covers = (
        f"coalesce(kept.{dated(spec)} BETWEEN said.window_from AND said.window_to, "
        "said.window_from IS NULL)"
        if spec.dated_by
        else "true"
    )
    columns = ", ".join(stored(spec))
    return f"""
SELECT kept.rid, kept.delivery_no,
    max(said.extract_on) FILTER (said.mode <> 'increment' AND {covers}) AS restated_on,
    max(said.extract_on) FILTER (said.mode = 'increment') IS NOT NULL AS is_uncertain
FROM (
    SELECT rowid AS rid, {columns} FROM canonical.{spec.name}
    UNION ALL
    SELECT rowid AS rid, {columns} FROM canonical.{spec.name}_history
    WHERE closed_by >= $start
) AS kept
SEMI JOIN (
    SELECT extract_on FROM canonical.delivery WHERE company = $company AND delivery_no >= $start
) AS going ON kept.stated_on = going.extract_on AND kept.company = $company
    AND kept.delivery_no < $start
LEFT JOIN canonical.delivery AS said
    ON said.company = $company AND said.table_name = '{spec.name}'
    AND said.delivery_no > kept.delivery_no AND said.delivery_no < $start
GROUP BY kept.rid, kept.delivery_no
"""


def _take_back(warehouse: Warehouse, spec: TableSpec, limits: Parameters) -> None:
    table = f"canonical.{spec.name}"
    columns = ", ".join(stored(spec))
    own = "DATE '1970-01-01' + (held.delivery_no // 1000 % 100000)::INTEGER"
    for statement in (
        f"DELETE FROM {table} WHERE company = $company AND delivery_no >= $start",
        (
            f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {table}_history "
            "WHERE company = $company AND closed_by >= $start AND delivery_no < $start"
        ),
        f"DELETE FROM {table}_history WHERE company = $company AND closed_by >= $start",
    ):
        warehouse.execute(statement, limits)
    warehouse.make("restated", _restated(spec), limits)
    warehouse.execute(
        f"UPDATE {table} AS held SET stated_on = greatest(restated.restated_on, {own}) "
        "FROM restated WHERE held.rowid = restated.rid"
    )


def _stir(warehouse: Warehouse, limits: Parameters) -> None:
    """Remember what goes and what comes back."""
    stock_ledger.stir(
        warehouse,
        f"SELECT {stock_ledger.STIRRED} FROM {stock_ledger.LEDGER} "
        "WHERE company = $company AND delivery_no >= $start "
        f"UNION ALL SELECT {stock_ledger.STIRRED} FROM {stock_ledger.LEDGER}_history "
        "WHERE company = $company AND closed_by >= $start",
        limits,
    )
