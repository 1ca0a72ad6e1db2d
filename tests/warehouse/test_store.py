"""The file: hardened, all or nothing, published at once."""

import errno
import os
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipeline.settings import ConfigurationError, StockturnError
from pipeline.warehouse import Warehouse, publish
from tests.warehouse.deliveries import deliver, ledger, site_in

ONE = (
    "movement_id | posted_at | sku | warehouse | kind | quantity\n"
    "M1 | 2025-01-01 | B-100 | MAIN | purchase | 10"
)


def test_files_outside_the_site_are_out_of_reach(warehouse: Warehouse, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    for statement in (
        f"SELECT * FROM read_csv('{secret}')",
        f"SELECT * FROM read_text('{warehouse.site.folder}/../secret.csv')",
        f"COPY (SELECT 1) TO '{tmp_path / 'leak.csv'}'",
        f"ATTACH '{tmp_path / 'other.duckdb'}'",
    ):
        with pytest.raises(duckdb.Error, match=r"Cannot access|disabled by configuration"):
            warehouse.execute(statement)
    with pytest.raises(duckdb.Error, match="configuration has been locked"):
        warehouse.execute("SET enable_external_access = true")


def test_a_link_in_the_site_leads_nowhere(warehouse: Warehouse, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    (warehouse.site.folder / "link.csv").symlink_to(tmp_path / "secret.csv")

    with pytest.raises(duckdb.Error, match=r"Cannot access|disabled by configuration"):
        warehouse.execute(f"SELECT * FROM read_csv('{warehouse.site.folder}/link.csv')")


def test_a_failed_transaction_leaves_nothing(warehouse: Warehouse) -> None:
    def fail() -> None:
        with warehouse.transaction():
            warehouse.execute("INSERT INTO canonical.touched VALUES ('acme', 1, 1)")
            message = "no"
            raise StockturnError(message)

    with pytest.raises(StockturnError, match="no"):
        fail()

    assert warehouse.rows("FROM canonical.touched") == []


def test_replacing_a_slice_leaves_the_rest(warehouse: Warehouse) -> None:
    table = "metrics.sample"
    warehouse.replace(table, pl.DataFrame({"as_of": [date(2025, 1, 1)], "value": [1]}))
    warehouse.replace(
        table,
        pl.DataFrame({"value": [2, 3], "as_of": [date(2025, 1, 2)] * 2}),
        "as_of = $day",
        {"day": date(2025, 1, 2)},
    )
    written = warehouse.replace(
        table,
        pl.LazyFrame({"as_of": [date(2025, 1, 2)], "value": [4]}),
        "as_of = $day",
        {"day": date(2025, 1, 2)},
    )

    assert written == 1
    assert warehouse.rows(f"SELECT value FROM {table} ORDER BY value") == [(1,), (4,)]


def test_what_is_there_is_known_however_it_came_or_went(warehouse: Warehouse) -> None:
    def there() -> list[bool]:
        return [warehouse.has(name) for name in ("facts.made", "facts.seen", "facts.kept")]

    assert there() == [False, False, False]
    warehouse.execute("CREATE TABLE facts.made AS SELECT 1 AS n")
    warehouse.execute("\nCREATE OR REPLACE VIEW facts.seen AS FROM facts.made")
    warehouse.replace("facts.kept", pl.DataFrame({"n": [1]}))
    assert there() == [True, True, True]
    warehouse.execute("DROP VIEW facts.seen")
    assert there() == [True, False, True]

    def change_and_fail() -> None:
        with warehouse.transaction():
            warehouse.execute("DROP TABLE facts.kept")
            warehouse.execute("CREATE VIEW facts.seen AS FROM facts.made")
            assert there() == [True, True, False]
            raise ConfigurationError

    with pytest.raises(ConfigurationError):
        change_and_fail()
    assert there() == [True, False, True]


def test_temporary_tables_cost_no_look_at_the_names(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not warehouse.has("facts.made")
    monkeypatch.setattr(warehouse, "_tables", lambda: pytest.fail("asked again"))

    warehouse.make("aside", "SELECT 1 AS n")
    warehouse.replace("facts.made", pl.DataFrame({"n": [1]}))

    assert warehouse.has("facts.made")
    assert not warehouse.has("facts.other")


def test_a_frame_and_a_stream_give_the_same_rows(warehouse: Warehouse) -> None:
    sql = "SELECT range AS number FROM range(5) WHERE range > $least"
    frame = warehouse.frame(sql, {"least": 2, "unused": 1})

    assert frame["number"].to_list() == [3, 4]
    assert warehouse.lazy(sql, {"least": 2}).collect().equals(frame)


def test_the_site_own_sql_comes_first(warehouse: Warehouse) -> None:
    own = warehouse.site.mappings / "generic"
    own.mkdir(parents=True)
    (own / "item.sql").write_text("select 'own'")

    assert warehouse.text("erp/generic/item") == "select 'own'"
    assert "landed.supplier" in warehouse.text("erp/generic/supplier")


def test_a_mapping_nobody_wrote_is_a_fault_of_the_configuration(warehouse: Warehouse) -> None:
    with pytest.raises(ConfigurationError, match=r"There is no SQL at .*erp/nobody/item\.sql"):
        warehouse.text("erp/nobody/item")


def test_a_statement_is_given_the_parameters_it_names_and_no_other(warehouse: Warehouse) -> None:
    """`$first` is not meant where `$first_day` stands."""
    assert warehouse.rows("SELECT $first_day", {"first": 1, "first_day": 2}) == [(2,)]


def test_readers_of_the_snapshot_never_meet_the_writer(tmp_path: Path) -> None:
    site = site_in(tmp_path / "site")
    with Warehouse(site) as warehouse:
        deliver(warehouse, ledger(1, ONE))
        published = warehouse.publish()
    with duckdb.connect(str(published), read_only=True) as reader, Warehouse(site) as warehouse:
        deliver(warehouse, ledger(2, ONE.replace("M1", "M2")))
        assert reader.execute("SELECT count(*) FROM canonical.stock_movement").fetchone() == (1,)
        warehouse.publish()
        assert reader.execute("SELECT count(*) FROM canonical.stock_movement").fetchone() == (1,)
    with duckdb.connect(str(published), read_only=True) as reader:
        assert reader.execute("SELECT count(*) FROM canonical.stock_movement").fetchone() == (2,)
        known = "SELECT count(*) FROM canonical.stock_movement_as_known(DATE '2025-01-01')"
        assert reader.execute(known).fetchone() == (1,)
    assert sorted(path.name for path in published.parent.iterdir()) == ["stockturn.duckdb"]


def test_a_log_left_behind_stops_the_snapshot(tmp_path: Path) -> None:
    site = site_in(tmp_path / "site")
    Warehouse(site).close()
    site.warehouse.with_name("warehouse.duckdb.wal").write_bytes(b"left")

    with pytest.raises(StockturnError, match=r"warehouse\.duckdb\.wal was left behind"):
        publish(site)


def test_the_live_file_is_never_opened_while_it_is_connected(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site = site_in(tmp_path / "site")
    opened: list[str] = []
    real = os.open
    with Warehouse(site) as warehouse:
        monkeypatch.setattr(
            "os.open", lambda path, *rest: opened.append(str(path)) or real(path, *rest)
        )
        deliver(warehouse, ledger(1, ONE))
        assert str(site.warehouse) not in opened


def test_numbers_a_query_gives_more_than_once_are_found(warehouse: Warehouse) -> None:
    numbers = "SELECT unnest([9223372036854775807, 3, 1, 3, 0, 1, 3]) AS number"
    found = warehouse.repeated(f"{numbers} WHERE $least >= 0", {"least": 0})
    assert sorted(found["number"]) == [1, 3]
    assert warehouse.repeated(f"SELECT * FROM ({numbers}) LIMIT 0").height == 0


def test_tables_say_what_their_columns_mean(warehouse: Warehouse) -> None:
    comment = (
        "SELECT comment FROM duckdb_columns() WHERE schema_name = 'canonical' "
        "AND table_name = 'stock_movement' AND column_name = 'sku'"
    )
    assert warehouse.value(comment) == "the item"


@pytest.mark.parametrize("number", [errno.EXDEV, errno.ENOSYS])
def test_a_snapshot_on_another_disk_is_copied_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "copy_file_range", refuse)
    site = site_in(tmp_path)
    with Warehouse(site) as warehouse:
        warehouse.execute("CREATE TABLE facts.one AS SELECT 1 AS one")
        warehouse.publish()

    assert site.published.read_bytes() == site.warehouse.read_bytes()


def test_rows_written_anew_every_night_do_not_swell_the_file(warehouse: Warehouse) -> None:
    warehouse.execute("CREATE TABLE facts.kept AS SELECT hash(range) AS n FROM range(900_000)")
    warehouse.execute("CHECKPOINT")
    before = warehouse.site.warehouse.stat().st_size

    for night in range(50):
        some = f"hash(n, {night}) % 33 = 0"
        warehouse.make("again", f"SELECT * FROM facts.kept WHERE {some}")
        with warehouse.transaction():
            warehouse.execute(f"DELETE FROM facts.kept WHERE {some}")
            warehouse.execute("INSERT INTO facts.kept FROM again")
        warehouse.execute("CHECKPOINT")

    assert warehouse.site.warehouse.stat().st_size < before * 2
