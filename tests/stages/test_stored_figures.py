"""A report says what was stored of its date, whatever is computed of other dates later."""

import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.settings import load_site
from pipeline.stages.as_of import AsOfPeriod
from pipeline.stages.daily_table import DailyTable
from pipeline.stages.published_views import DAILY_PACKED
from pipeline.stages.report_inputs import Audience, Reporting
from pipeline.warehouse import Warehouse
from tests.house.sites import ITEMS, MASTERS, deliver, movements, published, write_site

MARCH, JUNE = date(2025, 3, 31), date(2025, 6, 30)
MOVED = ITEMS.replace("Bearings / Ball", "Motion / Ball")


def run(folder: Path, *options: str) -> None:
    result = CliRunner().invoke(app, ["run", "--site", str(folder), "--no-report", *options])
    assert result.exit_code == 0, result.output


@pytest.fixture(scope="module")
def taken_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An item that is a bearing in March and counts as motion from June on."""
    folder = write_site(tmp_path_factory.mktemp("moved") / "site")
    first = movements("1|2025-01-01|opening|10|100.00", "2|2025-03-10|sale|-2|-20.00")
    deliver(folder, str(MARCH), MASTERS | {"stock_movement": first})
    then = movements("3|2025-06-10|sale|-3|-30.00")
    deliver(folder, str(JUNE), {"item": MOVED, "stock_movement": then})
    run(folder, "--from", "2025-03-30", "--to", str(JUNE))
    return folder


@pytest.fixture
def moved(taken_in: Path, tmp_path: Path) -> Path:
    """The same, for one test alone."""
    return shutil.copytree(taken_in, tmp_path / "site")


def categories(folder: Path, table: str, where: str = "true") -> set[str]:
    query = f"select distinct member from metrics.{table} where dimension = 'category' and {where}"
    return {str(member) for (member,) in published(folder, query)}


def of_report(folder: Path, day: date) -> dict[str, pl.DataFrame]:
    with Warehouse(load_site(folder)) as warehouse:
        given = Reporting(warehouse, day).given(Audience("acme"))
    frames = ("turnover", "trend", "daily", "dead_stock", "stock_status", "stock_age")
    return {name: getattr(given, name).sort(pl.all()) for name in frames}


def test_a_backfill_of_old_days_leaves_daily_under_the_newest_masters(moved: Path) -> None:
    assert categories(moved, "daily") == {"Motion"}

    run(moved, "--date", str(MARCH))

    assert categories(moved, "daily") == {"Motion"}
    assert categories(moved, "turnover", f"as_of = '{MARCH}'") == {"Bearings"}
    assert categories(moved, "turnover", f"as_of = '{JUNE}'") == {"Motion"}


def test_a_late_row_reaches_daily_also_when_only_old_days_are_asked_for(moved: Path) -> None:
    late = movements("4|2025-02-10|purchase|5|55.00|S1")
    deliver(moved, "2025-07-01", {"stock_movement": late})
    run(moved, "--date", "2025-07-01")
    run(moved, "--date", str(MARCH))

    bought = "select sum(purchase) from metrics.daily where member = 'Motion' and scope = 'all' "
    assert published(moved, bought + "and company = 'acme'") == [(55,)]


def test_a_report_made_again_says_what_it_said_before_the_backfill(moved: Path) -> None:
    before = of_report(moved, JUNE)
    run(moved, "--date", str(MARCH))
    after = of_report(moved, JUNE)

    assert before["trend"].filter(dimension="category")["member"].unique().to_list() == ["Motion"]
    for name, frame in before.items():
        assert frame.equals(after[name]), name


def test_the_trend_of_a_report_is_that_of_its_own_masters(moved: Path) -> None:
    trend = of_report(moved, MARCH)["trend"].filter(dimension="category")

    assert trend["member"].unique().to_list() == ["Bearings"]


def test_of_a_day_without_detail_no_report_is_made(moved: Path) -> None:
    result = CliRunner().invoke(app, ["report", "--site", str(moved), "--date", "2025-05-10"])

    assert result.exit_code == 65
    assert "Of 2025-05-10 only summaries are kept: run 'stockturn run --date 2025-05-10'" in (
        " ".join(result.output.split())
    )


def test_metrics_are_made_of_the_daily_table_as_it_is_kept(
    moved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = movements("4|2025-06-20|purchase|5|55.00|S1")
    deliver(moved, "2025-07-01", {"stock_movement": late})
    used: list[pl.DataFrame] = []
    of = DailyTable.of

    def watched(table: DailyTable, part: AsOfPeriod, *, is_newest: bool) -> pl.DataFrame:
        used.append(of(table, part, is_newest=is_newest))
        return used[-1]

    monkeypatch.setattr(DailyTable, "of", watched)
    run(moved, "--date", "2025-07-01")

    with Warehouse(load_site(moved)) as warehouse:
        kept = warehouse.frame(f"FROM {DAILY_PACKED}")
    assert used[-1].filter(pl.col("purchase") > 0).height
    assert used[-1].sort(pl.all()).equals(kept.sort(pl.all()))


def test_a_report_computes_nothing(moved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        message = "a report read the ledger"
        raise AssertionError(message)

    monkeypatch.setattr("pipeline.stages.fact_rows.FactRows._rows", refuse)
    assert of_report(moved, JUNE)["daily"]["closing_value"][-1] == 50
