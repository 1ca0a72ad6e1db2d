"""However a ledger is packed into deliveries, and whenever they arrive, the tables are the same."""

import random
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from tests.house.contents import Rows, assert_same, ledger_of, metrics_of
from tests.house.ledgers import MASTERS, Ledger, Line, stated
from tests.house.sites import deliver, published, write_site

LEDGER = Ledger(seed=20250101, days=12, first=date(2025, 1, 26))  # over the end of a month
FIRST, LAST = LEDGER.days[0], LEDGER.last_day
SHORT = Ledger(seed=7, days=6, per_day=9)


def run(site: Path, first: date, last: date, *options: str) -> str:
    """Take a range of days in, without the documents."""
    arguments = ["run", "--site", str(site), "--no-report", "--from", str(first), "--to", str(last)]
    result = CliRunner().invoke(app, [*arguments, *options])
    assert result.exit_code == 0, result.output
    return result.output


def hand_over(site: Path, day: date, lines: Iterable[Line]) -> None:
    """One delivery of the ledger with all masters."""
    deliver(site, day.isoformat(), MASTERS | {"stock_movement": stated(lines)})


def daily(site: Path, ledger: Ledger) -> None:
    """A delivery a day, each with what was posted on it."""
    for day in ledger.days:
        hand_over(site, day, ledger.of(day))


def new_site(folder: Path, last: date = LAST) -> Path:
    """An empty site on the morning after the ledger's last day."""
    return write_site(folder, today=(last + timedelta(days=1)).isoformat())


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with the short ledger."""
    site = short_site(tmp_path_factory.mktemp("plain") / "site")
    run(site, SHORT.days[0], SHORT.last_day)
    return site


@pytest.fixture(scope="module")
def increments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site that got an increment a day and ran the whole range once."""
    site = new_site(tmp_path_factory.mktemp("increments") / "site")
    daily(site, LEDGER)
    run(site, FIRST, LAST)
    return site


def test_the_comparison_has_something_to_compare(increments: Path) -> None:
    """Every table the other tests compare holds rows; every movement of the ledger is there."""
    tables = metrics_of(increments)
    wanted = {"daily", "turnover", "stock_status", "stock_age", "dead_stock", "reconciliation"}
    assert all(tables[name] for name in wanted)
    assert len(ledger_of(increments)) == len(LEDGER.lines)


def test_one_file_gives_the_tables_of_daily_increments(increments: Path, tmp_path: Path) -> None:
    site = new_site(tmp_path / "site")
    hand_over(site, LAST, LEDGER.lines)

    run(site, LAST, LAST)

    assert ledger_of(site) == ledger_of(increments)
    day = LAST.isoformat()
    assert_same(metrics_of(site, as_of=day), metrics_of(increments, as_of=day))


LEDGERS = pytest.mark.parametrize(
    ("in_order", "ledger"),
    [
        pytest.param("plain", SHORT, id="six days"),
        pytest.param("increments", LEDGER, id="twelve days", marks=pytest.mark.acceptance),
    ],
)


# With every change warehouse/test_packing.py tells extracts in any order, and one comes late below.
@pytest.mark.acceptance
@LEDGERS
def test_the_order_of_arrival_does_not_show(
    request: pytest.FixtureRequest, tmp_path: Path, in_order: str, ledger: Ledger
) -> None:
    """Days arrive shuffled, in three batches, each taken in on its own; then one backfill."""
    site = new_site(tmp_path / "site", ledger.last_day)
    order = random.Random(1).sample(ledger.days, len(ledger.days))  # noqa: S311
    for batch in (order[n::3] for n in range(3)):
        for day in batch:
            hand_over(site, day, ledger.of(day))
        run(site, min(batch), max(batch))

    run(site, ledger.days[0], ledger.last_day)

    expected: Path = request.getfixturevalue(in_order)
    assert ledger_of(site) == ledger_of(expected)
    assert_same(metrics_of(site), metrics_of(expected))


@LEDGERS
def test_everything_delivered_twice_counts_once(
    request: pytest.FixtureRequest, tmp_path: Path, in_order: str, ledger: Ledger
) -> None:
    """Each row stands twice in its file, and the last delivery states the whole ledger again."""
    site, last = new_site(tmp_path / "site", ledger.last_day), ledger.last_day
    for day in ledger.days:
        lines = ledger.lines if day == last else ledger.of(day)
        hand_over(site, day, [line for line in lines for _ in range(2)])

    run(site, ledger.days[0], last)

    expected: Path = request.getfixturevalue(in_order)
    assert ledger_of(site) == ledger_of(expected)
    assert_same(metrics_of(site), metrics_of(expected))
    assert published(
        site,
        "select sum(rows_duplicate), sum(rows_new), sum(rows_unchanged) from canonical.delivery "
        "where table_name = 'stock_movement'",
    ) == [
        (
            2 * len(ledger.lines) - len(ledger.of(last)),  # a second time in the same file
            len(ledger.lines),
            len(ledger.lines) - len(ledger.of(last)),  # stated again by the last delivery
        ),
    ]


@pytest.mark.parametrize("days", [33, pytest.param(730, marks=pytest.mark.acceptance)])
def test_many_days_backfill_as_one_run_and_a_second_one_changes_nothing(
    tmp_path: Path, days: int
) -> None:
    """A delivery a day, masters with the first only; every day becomes an as-of date."""
    ledger = Ledger(seed=5, days=days, per_day=3)  # more than one chunk of days
    first = ledger.days[0]
    site = new_site(tmp_path / "site", ledger.last_day)
    for day in ledger.days:
        masters = MASTERS if day == first else {}
        deliver(site, day.isoformat(), masters | {"stock_movement": stated(ledger.of(day))})
    run(site, first, ledger.last_day)
    before = everything(site)

    run(site, first, ledger.last_day)

    assert_same(everything(site), before)
    assert len(before["ledger"]) == len(ledger.lines)
    assert published(site, "select count(distinct as_of) from metrics.turnover") == [(days,)]


# With every change warehouse/test_packing.py compares daily increments with one file, and
# stages/test_alone_and_in_a_range.py the figures of a day with those of a range.
@pytest.mark.acceptance
def test_night_by_night_gives_the_tables_of_one_run_over_the_range(
    plain: Path, tmp_path: Path
) -> None:
    """Only `known_on` tells them apart: each night knew less; a backfill afterwards levels it."""
    nights = new_site(tmp_path / "nights", SHORT.last_day)
    for day in SHORT.days:
        hand_over(nights, day, SHORT.of(day))
        run(nights, day, day)

    assert ledger_of(nights) == ledger_of(plain)
    assert_same(without_dates_of_knowing(nights), without_dates_of_knowing(plain))

    run(nights, SHORT.days[0], SHORT.last_day)

    assert_same(everything(nights), everything(plain))


def test_a_corrected_delivery_leaves_the_tables_of_the_right_one(
    plain: Path, tmp_path: Path
) -> None:
    """Version 2 of a day changes one value and one quantity; the old versions stay in history."""
    day = SHORT.days[4]
    right = SHORT.of(day)
    wrong = [
        right[0]._replace(value="77.00"),
        right[1]._replace(quantity=right[1].quantity * 2),
        *right[2:],
    ]
    corrected = short_site(tmp_path / "site")
    hand_over(corrected, day, wrong)
    run(corrected, SHORT.days[0], SHORT.last_day)

    hand_over(corrected, day, right)
    run(corrected, SHORT.days[0], SHORT.last_day)

    assert ledger_of(corrected) == ledger_of(plain)
    assert_same(without_dates_of_knowing(corrected), without_dates_of_knowing(plain))
    assert sorted(
        published(
            corrected,
            "select movement_id::int, quantity::int, why from canonical.stock_movement_history",
        ),
    ) == sorted((line.movement_id, line.quantity, "corrected") for line in wrong[:2])


def test_a_late_posting_counts_from_its_day(plain: Path, tmp_path: Path) -> None:
    """A purchase of day 2 is delivered on day 6: as of the last day nothing tells the two apart."""
    second, sixth = SHORT.days[1], SHORT.days[5]
    late = next(line for line in SHORT.of(second) if line.kind in ("purchase", "sale"))
    belated = short_site(tmp_path / "site")
    hand_over(belated, second, [line for line in SHORT.of(second) if line != late])
    hand_over(belated, sixth, [*SHORT.of(sixth), late])
    run(belated, SHORT.days[0], SHORT.days[3])
    run(belated, SHORT.days[4], SHORT.last_day)

    assert ledger_of(belated) == ledger_of(plain)
    day = SHORT.last_day.isoformat()
    assert_same(metrics_of(belated, as_of=day), metrics_of(plain, as_of=day))


def test_a_row_missing_from_its_window_is_closed(tmp_path: Path) -> None:
    """The last delivery states all days but one posting that was deleted: it is history now."""
    deleted = next(line for line in SHORT.lines if line.kind == "sale")
    kept = [line for line in SHORT.lines if line != deleted]
    window = {
        "tables": {
            "stock_movement": {
                "file": "stock_movement.csv",
                "rows": len(kept),
                "mode": "window",
                "from": SHORT.days[0].isoformat(),
                "to": SHORT.last_day.isoformat(),
            },
        },
    }
    shrunk, never = (short_site(tmp_path / name) for name in ("shrunk", "never"))
    tables = MASTERS | {"stock_movement": stated(kept)}
    deliver(shrunk, SHORT.last_day.isoformat(), tables, manifest=window)
    hand_over(never, deleted.day, [line for line in SHORT.of(deleted.day) if line != deleted])

    run(shrunk, SHORT.days[0], SHORT.last_day)
    run(never, SHORT.days[0], SHORT.last_day)

    assert published(
        shrunk,
        "select movement_id::int, why, closed_on from canonical.stock_movement_history",
    ) == [(deleted.movement_id, "absent", SHORT.last_day)]
    assert ledger_of(shrunk) == ledger_of(never)
    day = SHORT.last_day.isoformat()
    assert_same(metrics_of(shrunk, as_of=day), metrics_of(never, as_of=day))


def test_opening_and_movements_are_the_closing(increments: Path) -> None:
    """Of every position in quantity and value, and it is what the ledger adds up to."""
    parts = (
        "receipts",
        "production",
        "consumption",
        "transfers",
        "adjustments",
        "scrap",
        "revaluations",
        "cogs",
    )
    for unit in ("quantity", "value"):
        named = [name for name in parts if (unit, name) != ("quantity", "revaluations")]
        columns = " + ".join(f"{unit}_{name}" for name in ("opening", *named))
        assert published(
            increments,
            f"select count(*) > 0, count(*) filter ({columns} is distinct from {unit}_closing) "
            "from metrics.reconciliation where company <> '*'",
        ) == [(True, 0)]
    assert published(
        increments,
        "select sum(value_closing), sum(quantity_closing) from metrics.reconciliation "
        "where as_of = ? and company = 'acme'",
        [str(LAST)],
    ) == published(increments, "select sum(value), sum(quantity) from canonical.stock_movement")


def short_site(folder: Path) -> Path:
    """A site with the short ledger's increments, not yet taken in."""
    site = new_site(folder, SHORT.last_day)
    daily(site, SHORT)
    return site


def everything(site: Path) -> dict[str, Rows]:
    """All published metrics and the current ledger."""
    return metrics_of(site) | {"ledger": ledger_of(site)}


def without_dates_of_knowing(site: Path) -> dict[str, Rows]:
    """All published metrics but the date they were known: a correction is known later."""
    return metrics_of(site, without=("known_on",))
