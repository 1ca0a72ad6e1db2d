"""The published metrics are what their specs say: names, types, comments, keys and nulls."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.canonical.described import REFUSAL
from pipeline.cli import app
from pipeline.metrics.spec import COMMON, Metric
from pipeline.metrics.stock_age import stock_age
from pipeline.metrics.tables import METRICS
from pipeline.metrics.time_windows import BASES, Basis
from pipeline.metrics.turnover import TURNOVER, by_basis
from pipeline.settings import load_site
from pipeline.stages.as_of import masters_on
from pipeline.stages.fact_rows import FactRows
from pipeline.stages.published_views import rows_by_date
from pipeline.warehouse import Warehouse
from tests.house.ledgers import MASTERS, Ledger, stated
from tests.house.sites import deliver, published, write_site

BETA = '\n[[company]]\nname = "beta"\n'
LEDGER = Ledger(seed=3, days=40, per_day=4)
ORDERS = "order_no,line_no,ordered_on,sku,ordered_quantity,revenue\n" + "".join(
    f"SO{number},1,2025-01-01,B-100,10,150.00\n" for number in range(1, 41)
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two companies, one with postings without a value, computed for a month and a half."""
    return computed(tmp_path_factory.mktemp("views") / "site", BETA)


@pytest.fixture(scope="module")
def lone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One company, whose rows are those of the group too."""
    return computed(tmp_path_factory.mktemp("lone") / "site")


def computed(where: Path, more: str = "") -> Path:
    """A site of one company, or of more, with figures."""
    folder = write_site(where, today="2025-03-31", extra=more)
    without = [line._replace(value="") if line.sku == "R-100" else line for line in LEDGER.lines]
    for company, lines in (("acme", LEDGER.lines), ("beta", without))[: 2 if more else 1]:
        tables = MASTERS | {"stock_movement": stated(lines), "sales_order_line": ORDERS}
        deliver(folder, str(LEDGER.last_day), tables, company=company)
    days = ("--from", str(LEDGER.days[25]), "--to", str(LEDGER.last_day))
    result = CliRunner().invoke(app, ["run", "--site", str(folder), "--no-report", *days])
    assert result.exit_code == 0, result.output
    return folder


def test_every_view_of_metrics_has_a_spec(site: Path) -> None:
    views = published(site, "select view_name from duckdb_views() where schema_name = 'metrics'")

    assert {name for (name,) in views} == set(METRICS)


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_names_types_and_comments_are_those_of_the_spec(site: Path, metric: Metric) -> None:
    columns = published(
        site,
        "select column_name, data_type, comment from duckdb_columns() "
        "where schema_name = 'metrics' and table_name = ? order by column_index",
        [metric.name],
    )
    about = published(
        site,
        "select comment from duckdb_views() where schema_name = 'metrics' and view_name = ?",
        [metric.name],
    )

    wanted = [(each.name, str(each.type), each.comment) for each in (*metric.columns, *COMMON)]
    assert columns == wanted
    assert about == [(metric.about,)]


@pytest.mark.parametrize("schema", ["canonical", "quarantine", "metrics"])
def test_every_published_table_and_column_says_what_it_means(site: Path, schema: str) -> None:
    """Earlier versions, refused rows and the account of deliveries as well."""
    tables = "(select * exclude sql from duckdb_tables() union all by name from duckdb_views())"
    columns = published(
        site,
        "select table_name, column_name from duckdb_columns() "
        "where schema_name = ? and coalesce(comment, '') = '' order by all",
        [schema],
    )
    whole = published(
        site,
        f"select coalesce(table_name, view_name) from {tables} "
        "where schema_name = ? and coalesce(comment, '') = '' order by all",
        [schema],
    )

    assert (columns, whole) == ([], [])


def test_what_is_said_of_refused_rows_and_deliveries_is_their_own(site: Path) -> None:
    said = published(
        site,
        "select table_name, column_name, comment from duckdb_columns() where "
        "(schema_name, table_name, column_name) in (('quarantine', 'stock_movement', 'sku'), "
        "('quarantine', 'item', 'ended_by'), ('canonical', 'item_history', 'closed_on'), "
        "('canonical', 'delivery', 'rows_in')) order by all",
    )

    assert said == [
        ("delivery", "rows_in", "rows delivered: the sum of the five that follow"),
        ("item", "ended_by", REFUSAL["ended_by"][1]),
        ("item_history", "closed_on", "when the delivery came that ended this version"),
        ("stock_movement", "sku", "the item"),
    ]


PACKED = {name: metric for name, metric in METRICS.items() if not metric.is_fact}


@pytest.mark.parametrize("which", ["site", "lone"])
def test_packed_rows_are_counted_as_the_views_have_them(
    request: pytest.FixtureRequest, which: str
) -> None:
    folder: Path = request.getfixturevalue(which)
    of_each = {
        name: published(
            folder,
            f"select '{name}', as_of, count(*) from metrics.{name} group by as_of order by all",
        )
        for name in PACKED
    }

    assert all(of_each.values())
    counted = published(folder, f"{rows_by_date(PACKED.values())} order by all")
    assert counted == sorted(row for rows in of_each.values() for row in rows)


def test_ages_kept_beside_the_status_and_apart_from_it_are_all_there_is(site: Path) -> None:
    day = LEDGER.last_day
    shown = ["company", "sku", "warehouse", "supplier", "bucket", "quantity", "value"]
    with Warehouse(load_site(site)) as warehouse:
        made = stock_age(FactRows(warehouse).attributed("true"), masters_on(warehouse, day), day)
        said = warehouse.frame(f"FROM metrics.stock_age WHERE as_of = DATE '{day}'")
        beside = warehouse.value("SELECT count(*) FROM facts.stock_status WHERE is_of_one_age")
        apart = warehouse.value("SELECT count(*) FROM facts.stock_age")

    assert beside
    assert apart
    assert said.select(shown).sort(shown).equals(made.select(shown).sort(shown))


KEYED = {name: metric for name, metric in METRICS.items() if metric.key}


@pytest.mark.parametrize("metric", KEYED.values(), ids=KEYED)
def test_a_key_names_one_row(site: Path, metric: Metric) -> None:
    key = ", ".join(f'"{name}"' for name in metric.key)

    assert published(site, f"select count(*) > 0 from metrics.{metric.name}") == [(True,)]
    twice = f"select {key}, count(*) from metrics.{metric.name} group by all having count(*) > 1"
    assert published(site, twice) == []


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_null_stands_only_where_the_spec_says_what_it_means(site: Path, metric: Metric) -> None:
    never = [each.name for each in (*metric.columns, *COMMON) if not each.nulls]
    counted = ", ".join(f'count(*) - count("{name}")' for name in never)

    nulls = published(site, f"select {counted} from metrics.{metric.name}")[0]
    assert dict(zip(never, nulls, strict=True)) == dict.fromkeys(never, 0)


@pytest.mark.parametrize("basis", BASES)
def test_a_view_divides_the_kept_sums_to_the_bit_as_a_frame_does(site: Path, basis: Basis) -> None:
    """What is kept is not divided; who reads it, whichever way, must see one number."""
    key = [*TURNOVER.key[:3], *TURNOVER.key[4:]]
    ratios = [column.name for column in TURNOVER.columns if column.on_bases]
    with Warehouse(load_site(site)) as warehouse:
        kept = warehouse.frame("FROM facts.turnover")
        said = warehouse.frame(f"FROM metrics.turnover WHERE basis = '{basis}'")

    divided = by_basis(kept, [basis]).select(*key, *ratios).sort(key)
    assert set(divided["reason"]) >= {None, "short_history", "no_cost", "no_cogs"}
    assert divided["turnover"].count() > 0
    assert divided.equals(said.select(*key, *ratios).sort(key))
