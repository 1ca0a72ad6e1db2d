"""Native extracts through the real landing and warehouse, and tables of text to compare with."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from pipeline.settings import Site, load_site
from pipeline.stages.days import Days
from pipeline.stages.ingest import take_in
from pipeline.warehouse import Warehouse

SITE = """
[site]
name = "Mapping test"
timezone = "Asia/Shanghai"
start = 2026-01-01
currency = "CNY"
settle_seconds = 0

[[company]]
name = "acme"
erp = "{erp}"
"""


class Intake:
    """A site of one company whose extracts are written and taken in date by date."""

    def __init__(self, folder: Path, erp: str, codes: str = "") -> None:
        """Make the site; `codes` are the lists it overrides in the ERP's contract."""
        folder.joinpath("site.toml").write_text(SITE.format(erp=erp))
        if codes:
            own = folder / "sql" / "erp" / erp / "erp.toml"
            own.parent.mkdir(parents=True)
            own.write_text(f'name = "{erp}"\n{codes}', encoding="utf-8")
        self.site: Site = load_site(folder)

    def deliver(self, on: date, files: dict[str, bytes]) -> None:
        """Put an extract into the landing folder and take it in."""
        place = self.site.landing / "acme" / on.isoformat()
        place.mkdir(parents=True)
        for name, content in files.items():
            (place / name).write_bytes(content)
        with Warehouse(self.site) as warehouse:
            take_in(warehouse, Days(on, on), say=lambda _: None)

    def table(self, query: str) -> list[tuple[str, ...]]:
        """What a query over the warehouse gives, as people would write it."""
        with Warehouse(self.site) as warehouse:
            return [tuple(_shown(cell) for cell in row) for row in warehouse.rows(query)]


def table(text: str) -> list[tuple[str, ...]]:
    """Rows of cells divided by |, without the heading; - is empty."""
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return [tuple(cell.strip() for cell in line.split("|")) for line in lines[1:]]


def columns(text: str) -> str:
    """The heading of such a table, as a list of columns."""
    return ", ".join(cell.strip() for cell in text.strip().splitlines()[0].split("|"))


def delimited(text: str, separator: str, line_end: str) -> str:
    """A readable table as the text of a delimited file; empty cells stay empty."""
    rows: Iterable[list[str]] = (
        ["" if cell.strip() == "-" else cell.strip() for cell in line.split("|")]
        for line in text.strip().splitlines()
    )
    return "".join(separator.join(row) + line_end for row in rows)


def _shown(cell: object) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, list):
        return "; ".join(str(part) for part in cell)
    return str(cell)
