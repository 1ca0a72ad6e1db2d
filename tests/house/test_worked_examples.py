"""The worked examples, from a delivered file to the published snapshot by the command line."""

from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from tests.house.sites import MASTERS, deliver, movements, published, turnover, write_site


def run(folder: Path, *options: str) -> None:
    result = CliRunner().invoke(app, ["run", "--site", str(folder), "--no-report", *options])
    assert result.exit_code == 0, result.output


YEARS = {
    # company: COGS, opening, closing, average, turns, days
    "g01": (5_000_000, 1_000_000, 1_500_000, 1_250_000, 4.0, 91.25),
    "g02": (80_000_000, 12_000_000, 16_000_000, 14_000_000, 5.714286, 63.875),
    "g05": (5_000_000, 2_000_000, 3_000_000, 2_500_000, 2.0, 182.5),
    "g06": (1_200_000, 300_000, 300_000, 300_000, 4.0, 91.25),
}


@pytest.fixture(scope="module")
def years(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company for each: opening on 1 January; purchases = closing - opening + COGS."""
    folder = site_of(tmp_path_factory.mktemp("years") / "site", [*YEARS])
    for company, (cogs, opening, closing, *_) in YEARS.items():
        ledger = movements(
            f"1|2025-01-01|opening|1000|{opening}",
            f"2|2025-03-10|purchase|1000|{closing - opening + cogs}|S1",
            f"3|2025-09-20|sale|-1000|{-cogs}",
        )
        deliver(folder, "2025-12-31", MASTERS | {"stock_movement": ledger}, company=company)
    run(folder, "--date", "2025-12-31")
    return folder


def site_of(folder: Path, companies: list[str]) -> Path:
    """A site of these companies."""
    write_site(folder)
    settings = (folder / "site.toml").read_text(encoding="utf-8").partition("[[company]]")[0]
    named = "".join(f'[[company]]\nname = "{company}"\n' for company in companies)
    (folder / "site.toml").write_text(settings + named, encoding="utf-8")
    return folder


@pytest.mark.parametrize("company", YEARS)
def test_a_year_gives_the_two_point_turnover_of_the_worked_example(
    years: Path, company: str
) -> None:
    cogs, opening, closing, average, turns, days = YEARS[company]
    row = turnover(years, "2025-12-31", company=company, basis="two_point")
    assert row["cogs"] == Decimal(cogs)
    assert row["opening_value"] == Decimal(opening)
    assert row["closing_value"] == Decimal(closing)
    assert row["average_inventory"] == pytest.approx(average)
    assert row["turnover"] == pytest.approx(turns, abs=5e-7)
    assert row["dio_days"] == pytest.approx(days, abs=5e-5)
    assert row["reason"] is None


def test_thirty_days_differ_by_basis_as_t1_says(tmp_path: Path) -> None:
    """T1: 1000; +1000 on day 11; -1500 on day 29; two-point 24.33, time-weighted 11.65 a year.

    Daily closings: 10 x 1000, 18 x 2000, 2 x 500 = 47,000 over 30 days = 1,566.67.
    1500 x 365/30 = 18,250 a year: / 750 = 24.33; / 1566.67 = 11.65.
    """
    folder = write_site(tmp_path / "site")
    ledger = movements(
        "1|2025-06-01|opening|1000|1000",
        "2|2025-06-11|purchase|1000|1000|S1",
        "3|2025-06-29|sale|-1500|-1500",
    )
    deliver(folder, "2025-06-30", MASTERS | {"stock_movement": ledger})

    run(folder, "--date", "2025-06-30")

    two_point = turnover(folder, "2025-06-30", time_window="month", basis="two_point")
    weighted = turnover(folder, "2025-06-30", time_window="month")
    assert two_point["turnover"] == pytest.approx(24.3333, abs=1e-4)
    assert weighted["average_inventory"] == pytest.approx(1566.6667, abs=1e-4)
    assert weighted["turnover"] == pytest.approx(11.6489, abs=1e-4)


MONTHS = {
    "t3": (
        "1|2025-01-01|purchase|50|500|S1",
        "2|2025-01-10|purchase|50|600|S2",
        "3|2025-01-20|sale|-60|-620",
    ),
    "t5": (
        "1|2025-01-01|purchase|50|500|S1",
        "2|2025-01-10|purchase|50|600|S2",
        "3|2025-01-20|sale|-60|-660",
    ),
    "t7": ("1|2025-01-05|sale|-10|-100", "2|2025-01-08|purchase|30|300|S1"),
}


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company for each January."""
    folder = site_of(tmp_path_factory.mktemp("months") / "site", [*MONTHS])
    for company, lines in MONTHS.items():
        tables = MASTERS | {"stock_movement": movements(*lines)}
        deliver(folder, "2025-01-31", tables, company=company)
    run(folder, "--date", "2025-01-31")
    return folder


def cogs_of(folder: Path, company: str, supplier: str) -> object:
    """What was sold in January of a supplier's goods."""
    where = {"dimension": "supplier", "member": supplier, "time_window": "month"}
    return turnover(folder, "2025-01-31", company=company, **where)["cogs"]


def test_each_supplier_answers_for_the_layers_it_delivered(months: Path) -> None:
    """T3: S1 50 @10, S2 50 @12; 60 issued at 620: COGS S1 500, S2 120; 40 @12 left, all S2."""
    cogs = {supplier: cogs_of(months, "t3", supplier) for supplier in ("S1", "S2")}
    assert cogs == {"S1": Decimal(500), "S2": Decimal(120)}
    assert published(
        months,
        "select supplier, quantity, value from metrics.stock_status "
        "where as_of = '2025-01-31' and company = 't3'",
    ) == [("S2", Decimal(40), Decimal(480))]


def test_what_was_never_there_is_nobodys_for_good(months: Path) -> None:
    """T7: issue of 10 on day 5, receipt of 30 on day 8: S1 has 20, day 5 stays unattributed."""
    assert cogs_of(months, "t7", "unattributed") == Decimal(100)
    assert published(
        months,
        "select supplier, quantity from metrics.stock_age "
        "where as_of = '2025-01-31' and company = 't7'",
    ) == [("S1", Decimal(20))]


def test_what_costing_leaves_of_a_used_up_layer_is_shown_and_nobodys(months: Path) -> None:
    """T5: T3 with the issue posted 660: S1 532.26, S2 127.74; -32.26 of S1's layer is left over.

    660 x 500/620 = 532.2581 and 660 x 120/620 = 127.7419; 500 - 532.2581 = -32.2581.
    """
    cogs = {supplier: cogs_of(months, "t5", supplier) for supplier in ("S1", "S2")}
    assert cogs == {"S1": Decimal("532.2581"), "S2": Decimal("127.7419")}
    assert published(
        months,
        "select supplier, bucket, quantity, value from metrics.stock_age "
        "where as_of = '2025-01-31' and company = 't5' order by supplier",
    ) == [
        ("S2", "0-30", Decimal(40), Decimal("472.2581")),
        ("unattributed", "valuation", Decimal(0), Decimal("-32.2581")),
    ]
