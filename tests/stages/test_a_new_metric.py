"""A metric is one file: its spec in the list brings table, view, comments, asset, page and end."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.defs.graph import definitions
from pipeline.metrics.dictionary import markdown
from pipeline.metrics.given import OneDate
from pipeline.metrics.spec import COMPANY, Column, Kept, Metric, Type
from pipeline.metrics.tables import METRICS
from pipeline.settings import load_site
from tests.house.sites import MASTERS, deliver, movements, published, write_site


def _positions(given: OneDate) -> pl.DataFrame:
    """How many positions each company holds."""
    return given.status.group_by("company").agg(positions=pl.len().cast(pl.Int64))


TOY = Metric(
    name="toy",
    about="How many positions there are.",
    key=("company", "as_of"),
    columns=(COMPANY, Column("positions", Type.COUNT, "positions on hand")),
    of_date=_positions,
    needs=("metrics/attributed_movement",),
    kept=Kept.DETAIL,
    version="7",
)


def run(folder: Path, *options: str) -> None:
    result = CliRunner().invoke(app, ["run", "--site", str(folder), "--no-report", *options])
    assert result.exit_code == 0, result.output


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A site with one metric more, of one position."""
    folder = write_site(tmp_path_factory.mktemp("toy") / "site")
    ledger = movements("1|2025-03-01|opening|10|100.00")
    deliver(folder, "2025-03-10", MASTERS | {"stock_movement": ledger})
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(METRICS, "toy", TOY)
        run(folder, "--date", "2025-03-10")
        yield folder


def test_its_rows_are_published_with_what_all_rows_have_and_with_comments(site: Path) -> None:
    rows = published(site, "select company, positions, as_of, definition_version from metrics.toy")
    said = published(
        site,
        "select column_name, comment from duckdb_columns() "
        "where table_name = 'toy' and schema_name = 'metrics' order by column_index limit 2",
    )

    assert rows == [("acme", 1, date(2025, 3, 10), "7")]
    assert said == [("company", COMPANY.comment), ("positions", "positions on hand")]


def test_it_is_an_asset_with_columns_needs_and_version(site: Path) -> None:
    specs = {
        spec.key.to_user_string(): spec
        for spec in definitions(load_site(site)).resolve_all_asset_specs()
    }
    toy = specs["metrics/toy"]

    assert toy.description == TOY.about
    assert toy.code_version == "7"
    assert [dep.asset_key.to_user_string() for dep in toy.deps] == list(TOY.needs)
    columns = toy.metadata["dagster/column_schema"].columns
    assert [column.name for column in columns][:2] == ["company", "positions"]


def test_it_is_in_the_document() -> None:
    assert "| `positions` | BIGINT | – | positions on hand | never |" in markdown({"toy": TOY})


def test_it_is_kept_as_long_as_its_spec_says(site: Path, tmp_path: Path) -> None:
    """Of 10 March only until the newest seven days have passed it; then the last day asked for."""
    site = shutil.copytree(site, tmp_path / "site")
    run(site, "--date", "2025-03-20")

    assert published(site, "select as_of from metrics.toy") == [(date(2025, 3, 20),)]
