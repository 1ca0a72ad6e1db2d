"""Contracts of ERPs: the project's, the site's, and the site's over the project's."""

from pathlib import Path

import pytest

from pipeline.canonical.spec import ColumnType
from pipeline.canonical.tables import TABLES
from pipeline.landing import read_contract
from pipeline.settings import ConfigurationError, DeliveryMode

OWN = """
name = "own"
[style]
encoding = "gb18030"
delimiter = "\\t"
decimal = ","
[[file]]
name = "moves"
file = "Moves"
feeds = ["stock_movement"]
style = { encoding = "utf-8" }
column = [{ name = "Nr", type = "code", required = true, aliases = ["单号"] }]
[table.stock_movement]
mode = "window"
driving = ["moves"]
[codes.reason]
"1" = "scrap"
[options]
estimate_cost = true
"""


def site_with(folder: Path, erp: str, toml: str) -> Path:
    (folder / erp).mkdir(parents=True)
    (folder / erp / "erp.toml").write_text(toml, encoding="utf-8")
    return folder


def test_the_generic_erp_is_one_csv_per_canonical_table(tmp_path: Path) -> None:
    contract = read_contract("generic", TABLES.values(), tmp_path)
    assert {file.name for file in contract.files} == set(TABLES)
    movement = contract.file("stock_movement")
    assert [column.name for column in movement.columns] == [
        column.name for column in TABLES["stock_movement"].columns
    ]
    assert movement.required
    assert contract.tables["item"].mode is TABLES["item"].mode
    assert contract.tables["item"].driving == ("item",)


@pytest.mark.parametrize("erp", ["sap_b1", "u8"])
def test_the_projects_erps_are_valid(tmp_path: Path, erp: str) -> None:
    contract = read_contract(erp, TABLES.values(), tmp_path)
    assert contract.name == erp
    assert "stock_movement" in contract.tables


def test_a_site_brings_an_erp_of_its_own(tmp_path: Path) -> None:
    contract = read_contract("own", TABLES.values(), site_with(tmp_path, "own", OWN))
    moves = contract.file("moves")
    assert (moves.file, moves.style.encoding, moves.style.decimal) == ("Moves", "utf-8", ",")
    assert moves.columns[0].aliases == ("单号",)
    assert contract.tables["stock_movement"].mode is DeliveryMode.WINDOW
    assert contract.codes == {"reason": {"1": "scrap"}}
    assert contract.estimate_cost


def test_a_site_overrides_single_keys(tmp_path: Path) -> None:
    toml = """
[style]
delimiter = ";"
[[file]]
name = "item"
[[file.column]]
name = "sku"
aliases = ["Artikel"]
[[file.column]]
name = "colour"
type = "text"
[codes.stage]
"F" = "finished"
"""
    contract = read_contract("generic", TABLES.values(), site_with(tmp_path, "generic", toml))
    item = contract.file("item")
    assert item.style.delimiter == ";"
    sku = next(column for column in item.columns if column.name == "sku")
    assert (sku.type, sku.required, sku.aliases) == (ColumnType.CODE, True, ("Artikel",))
    assert item.columns[-1].name == "colour"
    assert contract.codes["stage"] == {"F": "finished"}


def test_an_unknown_erp_says_where_to_describe_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="ERP 'nope' is not known"):
        read_contract("nope", TABLES.values(), tmp_path)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('mode = "window"', 'mode = "sometimes"', "table.stock_movement.mode"),
        ('mode = "window"', 'mode = "window"\nspeed = 1', "speed"),
        ('encoding = "gb18030"', 'encoding = "ebcdic"', "encoding"),
        ('driving = ["moves"]', 'driving = ["other"]', "driven by file 'other'"),
        ('feeds = ["stock_movement"]', 'feeds = ["item"]', "feeds 'item'"),
        ("[table.stock_movement]", "[table.movement]", "'movement' is no canonical table"),
        ('aliases = ["单号"]', 'aliases = ["Ｎr"]', "two columns of the name or alias 'nr'"),
        ('delimiter = "\\t"', 'delimiter = "||"', "delimiter"),
        ("[options]", "[options", "is not valid TOML"),
        ('"1" = "scrap"', '"1" = 2', "codes.reason.1"),
    ],
)
def test_what_is_wrong_with_a_contract_is_told(
    tmp_path: Path, before: str, after: str, told: str
) -> None:
    assert before in OWN
    folder = site_with(tmp_path, "own", OWN.replace(before, after))
    with pytest.raises(ConfigurationError) as refusal:
        read_contract("own", TABLES.values(), folder)
    assert told in str(refusal.value)
    assert "own" in str(refusal.value)
