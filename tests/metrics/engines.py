"""The three engines a fact function must agree on, each as a way to bring a polars frame to it."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import narwhals as nw
import polars as pl
import pytest

Bring = Callable[[pl.DataFrame], nw.LazyFrame[Any]]


def on_polars() -> Bring:
    """Frames stay where they are."""
    return lambda frame: nw.from_native(frame.lazy())


def on_duckdb(connection: duckdb.DuckDBPyConnection) -> Bring:
    """Frames become tables of a DuckDB database in memory."""
    names = iter(f"frame_{n}" for n in range(10_000))

    def bring(frame: pl.DataFrame) -> nw.LazyFrame[Any]:
        name, arrow = next(names), frame.to_arrow()
        connection.register("arrow", arrow)
        connection.execute(f"create table {name} as select * from arrow")
        connection.unregister("arrow")
        return nw.from_native(connection.table(name))

    return bring


def on_spark(session: Any) -> Bring:
    """Frames become data frames of a local Spark session."""

    def bring(frame: pl.DataFrame) -> nw.LazyFrame[Any]:
        return nw.from_native(session.createDataFrame(frame.to_arrow()))

    return bring


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """One local Spark session for all tests; skipped, loudly, only without the extra or Java."""
    sql = pytest.importorskip("pyspark.sql", reason="the extra 'spark' is not installed")
    if shutil.which("java") is None:
        pytest.skip("Java is not installed: facts are NOT compared with Spark")
    session = (
        sql.SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.log.level", "ERROR")
        .getOrCreate()
    )
    yield session
    session.stop()


@pytest.fixture(params=["polars", "duckdb", "spark"])
def bring(request: pytest.FixtureRequest) -> Iterator[Bring]:
    """Brings a frame to each engine in turn."""
    if request.param == "polars":
        yield on_polars()
    elif request.param == "duckdb":
        with duckdb.connect() as connection:
            yield on_duckdb(connection)
    else:
        yield on_spark(request.getfixturevalue("spark"))
