"""The floor: the same files into typed columns of a DuckDB file, and nothing else."""

import sys
import time
from pathlib import Path

import duckdb

from benchmarks import generator

TYPES = {
    "movement_id": "VARCHAR",
    "posted_at": "TIMESTAMP",
    "sku": "VARCHAR",
    "warehouse": "VARCHAR",
    "kind": "VARCHAR",
    "quantity": "DECIMAL(18,6)",
    "value": "DECIMAL(18,4)",
    "supplier": "VARCHAR",
    "order_no": "VARCHAR",
    "order_line_no": "VARCHAR",
    "transfer_id": "VARCHAR",
}


def load(site: Path, database: Path) -> tuple[float, int]:
    """Seconds, and rows, of one CREATE TABLE AS over all days by one glob."""
    database.unlink(missing_ok=True)
    # The first day's and the last day's folders frame the two years; the night after stays out.
    pattern = generator.bulk_of(site) / "landing" / generator.COMPANY / "*" / "stock_movement"
    begin = time.perf_counter()
    connection = duckdb.connect(str(database))
    connection.execute(
        "CREATE TABLE movement AS SELECT * FROM "
        "read_csv($files, columns = $types, header = true, auto_detect = false)",
        {"files": f"{pattern}/*.csv", "types": TYPES},
    )
    rows = connection.sql("SELECT count(*) FROM movement").fetchall()[0][0]
    connection.close()
    return time.perf_counter() - begin, rows


if __name__ == "__main__":
    print(*load(Path(sys.argv[1]), Path(sys.argv[2])))
