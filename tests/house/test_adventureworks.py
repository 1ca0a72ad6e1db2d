"""Real input: AdventureWorks as a site's own ERP, from Parquet files to the PDF.

The numbers are checked against a brute-force count over the same rows.  The data are never part of
the project: where they are absent the tests skip and say so.
"""

import os
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from tests.house.adventureworks.brute_force import (
    FIRST_DAY,
    LAST_DAY,
    UNITS_OF_MONEY,
    BruteForce,
    Item,
    bucket,
    closing,
    cogs,
    days,
)
from tests.house.sites import published

HERE = Path(__file__).parent / "adventureworks"
DATA = Path(
    os.environ.get("STOCKTURN_DATA", Path(__file__).parents[3] / "shared" / "data"),
).resolve()
FILES = (
    "FactProductInventory",
    "DimProduct",
    "DimProductSubcategory",
    "DimProductCategory",
)

WINDOWS = {
    "trailing_12_months": date(2013, 7, 1),
    "year_to_date": date(2014, 1, 1),
    "quarter": date(2014, 4, 1),
    "month": date(2014, 6, 1),
}
DIMENSIONS = ("company", "category", "subcategory", "stage", "warehouse", "sku")


@pytest.fixture(scope="module")
def source() -> Path:
    """The folder of the sample's Parquet files."""
    folder = DATA / "adventureworks"
    missing = [name for name in FILES if not (folder / f"{name}.parquet").is_file()]
    if missing:
        pytest.skip(
            f"AdventureWorks is not here: {folder} lacks {', '.join(missing)}; "
            "set STOCKTURN_DATA to the folder that holds adventureworks/",
        )
    return folder


@pytest.fixture(scope="module")
def site(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site after its one delivery has been run, report and all."""
    folder = new_site(tmp_path_factory.mktemp("adventureworks") / "site")
    delivery = folder / "landing" / "adventureworks" / LAST_DAY.isoformat()
    delivery.mkdir(parents=True)
    for name in FILES:
        shutil.copyfile(source / f"{name}.parquet", delivery / f"{name}.parquet")
    result = CliRunner().invoke(app, ["run", "--site", str(folder), "--date", str(LAST_DAY)])
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture(scope="module")
def judge(source: Path) -> BruteForce:
    """The same rows, counted one by one."""
    return BruteForce(source)


def test_a_row_of_the_fact_gives_up_to_three_postings(tmp_path: Path) -> None:
    """Two versions of one made product, three days, rows of our own: no data are needed.

    Version 1: 10 at 2.00; then 3 in, 1 out at 2.50: 10 x 0.50 = 5.00 of revaluation; then idle.
    Version 2: 4 at 3.00; idle; then 6 out at 3.00 leave 2 below zero.
    """
    site = new_site(tmp_path / "site")
    delivery = site / "landing" / "adventureworks" / "2010-12-30"
    delivery.mkdir(parents=True)
    for name, rows in made_up_files().items():
        pl.DataFrame(rows).write_parquet(delivery / f"{name}.parquet")

    arguments = ["run", "--site", str(site), "--no-report", "--date", "2010-12-30"]
    result = CliRunner().invoke(app, arguments)

    assert result.exit_code == 0, result.output
    assert published(
        site,
        "select movement_id, posted_at::date::varchar, quantity::int, value "
        "from canonical.stock_movement where sku = 'BK-1' order by 1",
    ) == [
        ("1/20101228/opening", "2010-12-28", 10, Decimal(20)),
        ("1/20101229/production_receipt", "2010-12-29", 3, Decimal("7.5")),
        ("1/20101229/revaluation", "2010-12-29", 0, Decimal(5)),
        ("1/20101229/sale", "2010-12-29", -1, Decimal("-2.5")),
        ("2/20101228/opening", "2010-12-28", 4, Decimal(12)),
        ("2/20101230/sale", "2010-12-30", -6, Decimal(-18)),
    ]
    assert published(
        site,
        "select quantity::int, value from canonical.stock_balance",  # 12 x 2.50 - 2 x 3.00
    ) == [(10, Decimal(24))]


@pytest.mark.acceptance
def test_every_row_of_the_fact_is_accounted_for(site: Path, judge: BruteForce) -> None:
    """606 first days; 10,183 rows with receipts, 26,815 with issues; 501,570 changes of cost."""
    assert judge.negative_rows == 3319
    assert published(
        site,
        "select case kind when 'purchase' then 'receipt' when 'production_receipt' then 'receipt' "
        "else kind end as what, count(*) from canonical.stock_movement group by 1 order by 1",
    ) == [("opening", 606), ("receipt", 10_183), ("revaluation", 501_570), ("sale", 26_815)]
    assert published(site, "select count(*) from quarantine.stock_movement") == [(0,)]


@pytest.mark.acceptance
def test_versions_of_a_product_are_one_item(site: Path) -> None:
    assert published(
        site,
        "select count(*), count(distinct sku), bool_or(is_stub) from canonical.item",
    ) == [(504, 504, False)]


@pytest.mark.acceptance
def test_the_ledger_closes_on_the_balances_the_fact_states(site: Path, judge: BruteForce) -> None:
    rows = published(
        site,
        "select sku, value_closing, erp_value, quantity_difference, value_difference "
        "from metrics.reconciliation where as_of = ? and company <> '*'",
        [str(LAST_DAY)],
    )
    assert {sku: value for sku, value, *_ in rows} == {
        sku: money(item.value) for sku, item in judge.items.items()
    }
    assert all(ours == theirs for _, ours, theirs, *_ in rows)
    assert {tuple(row[3:]) for row in rows} == {(0, 0)}


@pytest.mark.parametrize("dimension", DIMENSIONS)
@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.acceptance
def test_turnover_is_what_brute_force_counts(
    site: Path, judge: BruteForce, dimension: str, window: str
) -> None:
    first = WINDOWS[window]
    found = {
        (member, basis): tuple(figures)
        for member, basis, *figures in published(
            site,
            "select member, basis, days, cogs, opening_value, closing_value, average_inventory, "
            "turnover, dio_days, reason from metrics.turnover where as_of = ? and scope = 'all' "
            "and dimension = ? and time_window = ? and company = 'adventureworks'",
            [str(LAST_DAY), dimension, window],
        )
    }
    members = judge.members(dimension)
    expected = {
        (member, basis): turnover(items, first, basis)
        for member, items in members.items()
        for basis in ("time_weighted", "two_point", "month_ends", "quarter_ends")
    }
    assert found.keys() == expected.keys()
    for key, figures in expected.items():
        assert found[key] == tuple(nearly(figure) for figure in figures), key


@pytest.mark.acceptance
def test_stock_status_is_what_brute_force_counts(site: Path, judge: BruteForce) -> None:
    expected: dict[tuple[str, str], tuple[int, Decimal]] = {}
    for sku, item in judge.items.items():
        suppliers: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for layer in item.layers:
            suppliers[layer.supplier][0] += layer.units
            suppliers[layer.supplier][1] += layer.value
        suppliers["unattributed"][1] += item.valuation
        for supplier, (units, value) in suppliers.items():
            if units or value:
                expected[sku, supplier] = units, money(value)
    found = {
        (sku, supplier): (quantity, value)
        for sku, supplier, quantity, value in published(
            site,
            "select sku, supplier, quantity, value from metrics.stock_status where as_of = ?",
            [str(LAST_DAY)],
        )
    }
    assert_nearly_equal(found, expected)


@pytest.mark.acceptance
def test_days_without_issue_and_verdict_are_what_brute_force_counts(
    site: Path, judge: BruteForce
) -> None:
    """No item is new: what never left stands there since the first day."""
    expected = {}
    for sku, item in judge.items.items():
        idle = (LAST_DAY - (item.last_issue_on or FIRST_DAY)).days
        status = "dead" if idle >= 365 else "slow" if idle >= 90 else "moving"
        expected[sku] = (item.last_issue_on, idle, status)
    found = published(
        site,
        "select distinct sku, last_issue_on, days_without_issue, status "
        "from metrics.stock_status where as_of = ?",
        [str(LAST_DAY)],
    )
    assert len(found) == len(expected)
    assert {sku: tuple(figures) for sku, *figures in found} == expected


@pytest.mark.acceptance
def test_ageing_is_what_a_queue_leaves(site: Path, judge: BruteForce) -> None:
    expected: dict[tuple[str, str, str], tuple[int, Decimal]] = {}
    for sku, item in judge.items.items():
        ages: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
        for layer in item.layers:
            ages[bucket(layer.received_on), layer.supplier][0] += layer.units
            ages[bucket(layer.received_on), layer.supplier][1] += layer.value
        if item.valuation:
            ages["valuation", "unattributed"][1] += item.valuation
        for (name, supplier), (units, value) in ages.items():
            expected[sku, name, supplier] = units, money(value)
    found = {
        (sku, name, supplier): (quantity, value)
        for sku, name, supplier, quantity, value in published(
            site,
            "select sku, bucket, supplier, quantity, value from metrics.stock_age where as_of = ?",
            [str(LAST_DAY)],
        )
    }
    assert_nearly_equal(found, expected)
    assert sum(value for _, value in found.values()) == money(
        sum(item.value for item in judge.items.values()),
    )


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.acceptance
def test_the_run_ends_with_a_pdf_in_each_language(site: Path, language: str) -> None:
    documents = list((site / "reports" / LAST_DAY.isoformat()).glob(f"*.{language}.pdf"))
    assert len(documents) == 1
    content = documents[0].read_bytes()
    assert content.startswith(b"%PDF-")
    assert len(content) > 20_000


def new_site(folder: Path) -> Path:
    """The site as it stands beside this file, with its own mapping and nothing delivered."""
    shutil.copytree(HERE, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return folder


def made_up_files() -> dict[str, dict[str, list[object]]]:
    """A delivery of one product in two versions."""
    names = ("ProductKey", "DateKey", "UnitCost", "UnitsIn", "UnitsOut", "UnitsBalance")
    rows = (
        (1, 20101228, Decimal("2.0000"), 0, 0, 10),
        (2, 20101228, Decimal("3.0000"), 0, 0, 4),
        (1, 20101229, Decimal("2.5000"), 3, 1, 12),
        (2, 20101229, Decimal("3.0000"), 0, 0, 4),
        (1, 20101230, Decimal("2.5000"), 0, 0, 12),
        (2, 20101230, Decimal("3.0000"), 0, 6, -2),
    )
    fact = {name: list(cells) for name, cells in zip(names, zip(*rows, strict=True), strict=True)}
    days_of_rows = [date.fromisoformat(str(row[1])) for row in rows]
    return {
        "FactProductInventory": fact | {"MovementDate": days_of_rows},
        "DimProduct": {
            "ProductKey": [1, 2],
            "ProductAlternateKey": ["BK-1", "BK-1"],
            "ProductSubcategoryKey": [7, 7],
            "EnglishProductName": ["Bike, old", "Bike"],
            "FinishedGoodsFlag": [True, True],
            "DaysToManufacture": [4, 4],
            "ModelName": ["Bike", "Bike"],
            "Status": [None, "Current"],
        },
        "DimProductSubcategory": {
            "ProductSubcategoryKey": [7],
            "EnglishProductSubcategoryName": ["Road"],
            "ProductCategoryKey": [1],
        },
        "DimProductCategory": {
            "ProductCategoryKey": [1],
            "EnglishProductCategoryName": ["Bikes"],
        },
    }


def turnover(items: Iterable[Item], first: date, basis: str) -> tuple[object, ...]:
    """A row of metrics.turnover by the definition: sums, one mean of balances, one division."""
    items = list(items)
    window = days(first, LAST_DAY)
    spent = cogs(items, first, LAST_DAY)
    opening, end = closing(items, first - timedelta(days=1)), closing(items, LAST_DAY)
    balances = list(balances_of(items, first, basis))
    average = sum(balances) / len(balances)
    factor = 1 if first == WINDOWS["trailing_12_months"] else 365 / len(window)
    turns, reason = spent * factor / average, None if spent else "no_cogs"
    if average <= 0:
        turns, reason = None, "negative_stock"
    return (
        len(window),
        money(spent),
        money(opening),
        money(end),
        average / UNITS_OF_MONEY,
        turns,
        365 / turns if turns else None,
        reason,
    )


def balances_of(items: list[Item], first: date, basis: str) -> Iterator[int]:
    """The balances whose mean is the average inventory of a basis."""
    before = first - timedelta(days=1)
    window = days(first, LAST_DAY)
    if basis == "time_weighted":
        yield from (closing(items, day) for day in window)
        return
    yield closing(items, before)
    if basis != "two_point":
        months = range(3, 13, 3) if basis == "quarter_ends" else range(1, 13)
        ends = [day for day in window if (day + timedelta(days=1)).day == 1 and day.month in months]
        yield from (closing(items, day) for day in ends if day != LAST_DAY)
    yield closing(items, LAST_DAY)


def nearly(figure: object) -> object:
    """Money, days and reasons as they are; ratios up to the noise of floating point."""
    return pytest.approx(figure, rel=1e-9) if isinstance(figure, float) else figure


def money(value: int) -> Decimal:
    """Ten-thousandths as an amount."""
    return Decimal(value) / UNITS_OF_MONEY


def assert_nearly_equal(found: dict, expected: dict) -> None:
    """Units agree exactly; values to what rounding each split to 4 decimals leaves open."""
    assert found.keys() == expected.keys()
    assert {key: units for key, (units, _) in found.items()} == {
        key: units for key, (units, _) in expected.items()
    }
    apart = {
        key: (value, expected[key][1])
        for key, (_, value) in found.items()
        if abs(value - expected[key][1]) > Decimal("0.05")
    }
    assert not apart
