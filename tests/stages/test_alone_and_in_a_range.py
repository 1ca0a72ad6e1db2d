"""Every published table says the same of a date computed alone and inside a range: all cells."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline.metrics.spec import Kept, Metric
from pipeline.metrics.tables import METRICS
from pipeline.metrics.trend import DEAD_STOCK_TREND, DIMENSIONS
from pipeline.settings import load_site
from pipeline.stages import attribute, compute, ingest
from pipeline.stages.days import Days
from pipeline.warehouse import Warehouse
from tests.house.ledgers import MASTERS, Ledger, Line, stated
from tests.house.sites import deliver, write_site
from tests.laws import tried

OF_DATES = [metric for metric in METRICS.values() if metric.kept is not Kept.NEWEST]
BETA = '\n[[company]]\nname = "beta"\n'
DETAIL_DAYS = "detail_days = 1\n"


@contextmanager
def site_of(lines: list[Line], last: date) -> Iterator[Warehouse]:
    """The warehouse of a site that delivered some lines, without figures yet."""
    with tempfile.TemporaryDirectory() as place:
        folder = write_site(Path(place) / "site", today="2025-12-31", extra=BETA)
        text = (folder / "site.toml").read_text()
        (folder / "site.toml").write_text(
            text.replace("[[company]]", f"{DETAIL_DAYS}[[company]]", 1)
        )
        for company in ("acme", "beta"):
            own = [line for line in lines if line.sku != "O-100" or company == "acme"]
            tables = MASTERS | {"stock_movement": stated(own)}
            deliver(folder, str(last), tables, company=company)
        with Warehouse(load_site(folder)) as warehouse:
            ingest.take_in(warehouse, Days(last, last), quiet)
            attribute.keep_up(warehouse, quiet)
            yield warehouse


def quiet(_: str) -> None:
    """Say nothing."""


def said(warehouse: Warehouse, metric: Metric, day: date, where: str = "true") -> pl.DataFrame:
    """What a table says of a date, in the order of its key."""
    rows = warehouse.frame(
        f"FROM metrics.{metric.name} WHERE as_of = $day AND {where}", {"day": day}
    )
    return rows.sort(*metric.key, nulls_last=True)


@st.composite
def ledgers(draw: st.DrawFn) -> list[Line]:
    """A month in which everything happens, some of it without a value or reversed."""
    lines = Ledger(
        seed=draw(st.integers(0, 10_000)), days=35, per_day=draw(st.integers(1, 4))
    ).lines
    without = draw(st.sampled_from(["", "B-200", "S-100"]))
    reversed_no = draw(st.integers(0, 20))
    return [_odd(line, without, reversed_no) for line in lines]


def _odd(line: Line, without: str, reversed_no: int) -> Line:
    if line.sku == without:
        line = line._replace(value="")
    if line.kind == "sale" and line.movement_id % 20 == reversed_no:
        value = line.value.removeprefix("-")
        return line._replace(is_reversal=True, quantity=-line.quantity, value=value)
    return line


@given(ledgers(), st.lists(st.integers(0, 33), min_size=1, max_size=2, unique=True))
@tried(2, large=3)
def test_a_date_says_the_same_alone_and_in_a_range(lines: list[Line], places: list[int]) -> None:
    last = max(line.day for line in lines)
    first = min(line.day for line in lines)
    with site_of(lines, last) as warehouse:
        compute.compute(warehouse, Days(first, last), quiet)
        days = [date.fromordinal(first.toordinal() + place) for place in places]
        in_range = {day: _all(warehouse, day) for day in (*days, last)}
        for day, tables in in_range.items():
            compute.compute(warehouse, Days(day, day), quiet)
            for name, rows in tables.items():
                alone = said(warehouse, METRICS[name], day, _summary(METRICS[name], rows))
                assert rows.drop(KNOWN).equals(alone.drop(KNOWN)), (name, day)


KNOWN = ("known_on", "data_through")


def _summary(metric: Metric, rows: pl.DataFrame) -> str:
    """Of a date without detail only the summary stands in a range."""
    has_detail = (
        metric.detail and rows.filter(pl.col("dimension").is_in(["sku", "abc_class"])).height
    )
    return f"NOT {metric.detail}" if metric.detail and not has_detail else "true"


def _all(warehouse: Warehouse, day: date) -> dict[str, pl.DataFrame]:
    """Every table that has rows of the date."""
    found = {metric.name: said(warehouse, metric, day) for metric in OF_DATES}
    return {name: rows for name, rows in found.items() if rows.height}


@given(ledgers())
@tried(1, large=2)
def test_a_trend_says_of_an_earlier_date_what_the_date_itself_says(lines: list[Line]) -> None:
    """All of February's days have January's ledger behind them: 31 January shows 31 December."""
    last = max(line.day for line in lines)
    with site_of(lines, last) as warehouse:
        compute.compute(warehouse, Days(date(2025, 1, 1), last), quiet)
        for trend, metric in ((DEAD_STOCK_TREND, METRICS["dead_stock"]),):
            for on in {
                row[0] for row in warehouse.rows('SELECT "on" FROM metrics.dead_stock_trend')
            }:
                behind = warehouse.frame(
                    f'FROM metrics.{trend.name} WHERE as_of = $day AND "on" = $on',
                    {"day": last, "on": on},
                ).drop("on", "as_of", *KNOWN)
                own = said(warehouse, metric, on, f"dimension IN {DIMENSIONS}")
                if own.height and behind.height:
                    own = own.drop("as_of", *KNOWN)
                    keys = ["company", "dimension", "member", "scope"]
                    assert behind.sort(keys).equals(own.select(behind.columns).sort(keys)), on
