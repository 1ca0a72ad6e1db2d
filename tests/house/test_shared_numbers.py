"""Keys of strangers stay apart through the whole pipeline, whatever their ids look like."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.canonical import surrogate_keys
from pipeline.cli import app
from tests.house.contents import assert_same, ledger_of, metrics_of
from tests.house.ledgers import FIRST_DAY, MASTERS, Ledger, stated
from tests.house.sites import MASTERS as ONE_ITEM
from tests.house.sites import deliver, published, write_site


def run(site: Path, *more: str) -> str:
    """What the command says of a run that goes well."""
    result = CliRunner().invoke(app, ["run", "--site", str(site), "--no-report", *more])
    assert result.exit_code == 0, result.output
    return result.output


def test_a_shop_that_numbers_by_date_and_counter_is_loaded(tmp_path: Path) -> None:
    """Of such ids DuckDB's own hash confuses one in twelve; these two among them."""
    site = write_site(tmp_path)
    ids = [
        f"{date(2026, 1, 1) + timedelta(days=day):%Y%m%d}{counter:08}"
        for day in range(30)
        for counter in range(40)
    ]
    assert {"2026012000000006", "2026012900000009"} <= {*ids}
    lines = [f"{key},{key[:4]}-{key[4:6]}-{key[6:8]},B-100,MAIN,purchase,1,10.00,S1" for key in ids]
    head = "movement_id,posted_at,sku,warehouse,kind,quantity,value,supplier"
    deliver(site, "2026-01-30", ONE_ITEM | {"stock_movement": "\n".join([head, *lines, ""])})

    run(site, "--date", "2026-01-30")

    stock = "SELECT count(DISTINCT movement_id), sum(value) FROM canonical.stock_movement"
    assert published(site, stock) == [(1200, 12000)]


def test_what_comes_back_goes_to_the_supplier_who_delivered_it(tmp_path: Path) -> None:
    """A's 100 were sold on the first order, B's 100 on the second; 50 of the first came back."""
    site = write_site(tmp_path)
    head = "movement_id,posted_at,sku,warehouse,kind,quantity,value,supplier,order_no,order_line_no"
    ledger = f"""{head}
1,2026-01-01,B-100,MAIN,purchase,100,1000.00,S1,,
2,2026-01-20,B-100,MAIN,sale,-100,-1000.00,,2026012000000006,1
3,2026-01-21,B-100,MAIN,purchase,100,1000.00,S2,,
4,2026-01-29,B-100,MAIN,sale,-100,-1000.00,,2026012900000009,1
5,2026-01-30,B-100,MAIN,sale_return,50,500.00,,2026012000000006,1
"""
    deliver(site, "2026-01-30", ONE_ITEM | {"stock_movement": ledger})

    run(site, "--date", "2026-01-30")

    held = (
        "SELECT supplier, sum(quantity), sum(value) FROM metrics.stock_status "
        "WHERE company = 'acme' AND quantity > 0 GROUP BY supplier"
    )
    assert published(site, held) == [("S1", 50, 500)]


def test_goods_arrive_from_the_transfer_they_left_by(tmp_path: Path) -> None:
    """Two transfers whose ids DuckDB's hash confuses: B's 100 arrive, A's are on the road."""
    site = write_site(tmp_path)
    ledger = """movement_id,posted_at,sku,warehouse,kind,quantity,value,supplier,transfer_id
1,2026-01-01,B-100,MAIN,purchase,100,1000.00,S1,
2,2026-01-20,B-100,MAIN,transfer_out,-100,-1000.00,,2026012000000006
3,2026-01-21,B-100,MAIN,purchase,100,1000.00,S2,
4,2026-01-29,B-100,MAIN,transfer_out,-100,-1000.00,,2026012900000009
5,2026-01-30,B-100,SHOP,transfer_in,100,1000.00,,2026012900000009
"""
    deliver(site, "2026-01-30", ONE_ITEM | {"stock_movement": ledger})

    run(site, "--date", "2026-01-30")

    held = (
        "SELECT warehouse, supplier, sum(quantity) FROM metrics.stock_status "
        "WHERE company = 'acme' AND quantity > 0 GROUP BY ALL ORDER BY ALL"
    )
    assert published(site, held) == [("SHOP", "S2", 100), ("in_transit", "S1", 100)]


def told(folder: Path) -> Path:
    """Six days of a small ledger: day by day, two again by a window, one corrected, and built anew.

    The window corrects a line and leaves one out.
    """
    site = write_site(folder)
    text = (site / "site.toml").read_text(encoding="utf-8")
    text = text.replace("settle_seconds = 0", "settle_seconds = 0\nmax_closed_share = 1.0")
    (site / "site.toml").write_text(text, encoding="utf-8")
    drawn = Ledger(7, 6, per_day=12)
    for day in drawn.days:
        tables = {"stock_movement": stated(drawn.of(day))}
        deliver(site, day.isoformat(), (MASTERS if day == FIRST_DAY else {}) | tables)
    run(site, "--from", FIRST_DAY.isoformat(), "--to", drawn.last_day.isoformat())
    nights = [drawn.last_day + timedelta(days=n) for n in (1, 2)]
    again = [line for line in drawn.of(*drawn.days[-3:]) if line.kind != "transfer_in"]
    corrected = [again[0]._replace(value="77.00"), *again[1:-1]]
    state = {"mode": "window", "from": f"{drawn.days[-3]}", "to": f"{nights[0]}"}
    for night in nights:
        deliver(
            site,
            night.isoformat(),
            {"stock_movement": stated(corrected)},
            manifest={"tables": {"stock_movement": state}},
        )
        run(site, "--date", night.isoformat())
    return site


@pytest.mark.acceptance  # warehouse/test_key_numbers.py tells crowded keys apart, table by table
def test_numbers_that_are_shared_all_the_time_change_no_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With eight numbers for all keys every published row is the one it is with 2 to the 62."""
    usual = told(tmp_path / "usual")
    monkeypatch.setattr(surrogate_keys, "BITS", 3)
    crowded = told(tmp_path / "crowded")
    given = "SELECT DISTINCT space FROM canonical.key_number"
    assert_same(metrics_of(crowded), metrics_of(usual))
    assert ledger_of(crowded) == ledger_of(usual)

    result = CliRunner().invoke(app, ["rebuild", "--site", str(crowded)])
    assert result.exit_code == 0, result.output
    run(crowded, "--from", FIRST_DAY.isoformat(), "--to", "2025-01-08")

    assert {("order_line",), ("stock_movement",), ("transfer",)} <= {*published(crowded, given)}
    assert ledger_of(crowded) == ledger_of(usual)
    # Figures made again know all deliveries; apart from that they are those of the last night.
    night = ("2025-01-08", ("known_on",))
    assert_same(metrics_of(crowded, *night), metrics_of(usual, *night))
