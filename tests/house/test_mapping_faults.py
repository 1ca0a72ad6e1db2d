"""A fault in an ERP's SQL is a sentence with file and line, and ends no other company's night."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from tests.house.sites import MASTERS, deliver, movements, published, write_site

DAY = "2025-01-31"
LEDGER = movements("1|2025-01-01|opening|100|1000", "2|2025-01-02|sale|-1|-10")
GOOD = """
select
    supplier,
    {name},
    source_file, source_row, delivery_no, unreadable
from {table}
"""


def run(site: Path) -> tuple[int, str]:
    arguments = ["run", "--site", str(site), "--no-report", "--date", DAY]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0 or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, " ".join(result.output.split())


def mapping(site: Path, name: str = "name", table: str = "landed.supplier") -> Path:
    """The site's own mapping of the supplier."""
    path = site / "sql" / "erp" / "generic" / "supplier.sql"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(GOOD.format(name=name, table=table), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "table", "line", "words"),
    [
        ("nam", "landed.supplier", 4, 'Referenced column "nam" not found in FROM clause'),
        ("name", "landed.supplierr", 6, "Table with name supplierr does not exist"),
        ("name,", "landed.supplier", 4, 'syntax error at or near ","'),
        ("name::date::text as name", "landed.supplier", 4, "invalid date field format"),
        ("nofunction(name) as name", "landed.supplier", 4, "nofunction does not exist"),
        ("strptime(name, '%Y')::text as name", "landed.supplier", None, "Could not parse string"),
    ],
)
def test_a_fault_in_a_mapping_is_one_sentence_with_its_file_and_line(
    tmp_path: Path, name: str, table: str, line: int | None, words: str
) -> None:
    site = write_site(tmp_path / "site")
    deliver(site, DAY, MASTERS | {"stock_movement": LEDGER})
    path = mapping(site, name, table)

    code, output = run(site)

    assert code == 78, output
    assert f"{path}{f', line {line}' if line else ''}: " in output
    assert words in output
    assert "correct the mapping of supplier" in output
    assert "Traceback" not in output


OTHER = """
name = "other"
[[file]]
name = "moves"
feeds = ["stock_movement"]
column = [{ name = "nr", type = "code", required = true }]
[[file]]
name = "partners"
feeds = ["supplier"]
column = [{ name = "supplier", type = "code" }, { name = "Name", type = "text" }]
[table.stock_movement]
mode = "increment"
driving = ["moves"]
[table.supplier]
mode = "snapshot"
driving = ["partners"]
"""
MOVES = """
select nr as movement_id, timestamp '2025-01-01' as posted_at, 'B-100' as sku, 'MAIN' as warehouse,
    'opening' as kind, 1 as quantity, source_file, source_row, delivery_no, unreadable
from landed.moves
"""
PARTNERS = (
    "select supplier, name as name, source_file, source_row, delivery_no from landed.partners"
)


def site_with_beta(folder: Path, moves: str, partners: str) -> tuple[Path, Path]:
    """A site whose company beta has an ERP of its own, and where that is described."""
    site = write_site(folder, extra='\n[[company]]\nname = "beta"\nerp = "other"\n')
    own = site / "sql" / "erp" / "other"
    own.mkdir(parents=True)
    for name, text in {
        "erp.toml": OTHER,
        "stock_movement.sql": moves,
        "supplier.sql": partners,
    }.items():
        (own / name).write_text(text, encoding="utf-8")
    deliver(site, DAY, {"moves": "nr\nM1\n", "partners": "supplier,Name\nS1,x\n"}, company="beta")
    return site, own


def test_faulty_columns_of_all_mappings_are_told_at_once(tmp_path: Path) -> None:
    partners = PARTNERS.replace("name as name", "name")  # DuckDB takes `name` for "Name"
    moves = MOVES.replace("delivery_no,", "1.5e0 as value, 1 as colour,")
    site, own = site_with_beta(tmp_path / "site", moves, partners)

    code, output = run(site)

    assert code == 78, output
    assert (
        f"{own / 'supplier.sql'}: column Name is called name in supplier: write 'Name as name',"
        f" since a column keeps the letters it has in {own / 'erp.toml'}"
    ) in output
    assert f"{own / 'stock_movement.sql'}: column colour is not of stock_movement" in output
    assert f"{own / 'stock_movement.sql'}: column delivery_no is missing: pass it on" in output
    assert f"{own / 'stock_movement.sql'}: value is DOUBLE; round it to DECIMAL(18,4)" in output


def test_the_other_companies_go_on_and_the_delivery_is_folded_once_its_mapping_is_mended(
    tmp_path: Path,
) -> None:
    broken = MOVES.replace("landed.moves", "landed.nothing")
    site, own = site_with_beta(tmp_path / "site", broken, PARTNERS)
    deliver(site, DAY, MASTERS | {"stock_movement": LEDGER})

    code, output = run(site)

    sql = own / "stock_movement.sql"
    assert code == 78, output
    assert f"refused: {sql}, line 4: Table with name nothing does not exist" in output
    assert f"beta: the extract of {DAY} is not in the ledger" in output
    assert published(site, "select distinct company from canonical.stock_movement") == [("acme",)]

    sql.write_text(MOVES)
    code, output = run(site)

    assert code == 0, output
    assert published(
        site, "select company, count(*) from canonical.stock_movement group by all order by all"
    ) == [("acme", 2), ("beta", 1)]
