"""The mapping of an ERP: which SQL gives a canonical table, and what is wrong with it, in words."""

import re
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipeline.canonical.admission import mapping_faults
from pipeline.canonical.spec import TableSpec
from pipeline.resources import sql_folder
from pipeline.settings import ConfigurationError
from pipeline.warehouse.store import Warehouse

PLACE = re.compile(r"\n+LINE (\d+): .*", re.DOTALL)
KIND = re.compile(r"^[A-Z][A-Za-z ]* Error: ")
HELPFUL = ("Did you mean", "Candidate bindings")

GIVES_WRONG: tuple[type[duckdb.Error], ...] = (
    duckdb.ConversionException,
    duckdb.OutOfRangeException,
    duckdb.InvalidInputException,
)
WRITTEN_WRONG = (
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.ParserException,
    *GIVES_WRONG,  # what is constant is computed when the query is looked at
)
OUR_OWN = re.compile(r"Read \d+ records of ")
"""How the check of what was read begins: no mapping is to blame for it."""


class MappingFault(ConfigurationError):
    """A mapping that cannot be used: whoever keeps the ERP's SQL must correct it."""


@dataclass(frozen=True)
class MappingSql:
    """The SQL that gives one canonical table, and the file it stands in."""

    spec: TableSpec
    path: Path
    text: str

    @property
    def query(self) -> str:
        """The text as something to select from; its lines keep their distance to its first."""
        return f"({self.text.rstrip().removesuffix(';')}\n)"

    @contextmanager
    def told(
        self, statement: str, kinds: tuple[type[duckdb.Error], ...] = WRITTEN_WRONG
    ) -> Generator[None]:
        """Run a statement that holds the query; a fault of these kinds is told by its line.

        Raises:
            MappingFault: the query is wrong, or gives what cannot be read.
        """
        try:
            yield
        except kinds as failure:
            if OUR_OWN.search(str(failure)):
                raise
            raise MappingFault(self._in_words(str(failure), statement)) from None

    def _in_words(self, failure: str, statement: str) -> str:
        place = PLACE.search(failure)
        before = statement[: statement.find(self.query)].count("\n")
        at = f", line {int(place[1]) - before}" if place else ""
        return f"{self.path}{at}: {_sentence(failure)}; correct the mapping of {self.spec.name}"


def mapping_sql(warehouse: Warehouse, erp: str, spec: TableSpec) -> MappingSql:
    """The mapping of a table: the site's own where it has one."""
    path = warehouse.text_path(f"erp/{erp}/{spec.name}")
    return MappingSql(spec, path, path.read_text(encoding="utf-8"))


def _types_of(warehouse: Warehouse, mapping: MappingSql) -> dict[str, str]:
    """The type of each column a mapping gives.

    Raises:
        MappingFault: the query cannot be run.
    """
    # DESCRIBE would say the name a column has where it is read, not the one it is given here.
    statement = f"SELECT * FROM {mapping.query} LIMIT 0"
    with mapping.told(statement):
        return warehouse.types(statement)


def check_mappings(
    warehouse: Warehouse, erp: str, specs: Iterable[TableSpec]
) -> dict[str, dict[str, str]]:
    """The types of the columns that the mapping of every table gives; what it reads must be landed.

    Raises:
        MappingFault: at least one cannot be used; the faults of all are told.
    """
    given: dict[str, dict[str, str]] = {}
    found: list[str] = []
    for spec in specs:
        mapping = mapping_sql(warehouse, erp, spec)
        try:
            types = given[spec.name] = _types_of(warehouse, mapping)
        except MappingFault as fault:
            found.append(str(fault))
        else:
            told = mapping_faults(spec, types, _contract_file(warehouse, erp))
            found += [f"{mapping.path}: {fault}" for fault in told]
    if found:
        raise MappingFault("\n".join(found))
    return given


def _contract_file(warehouse: Warehouse, erp: str) -> str:
    """Where the names of an ERP's columns are declared; the generic one needs no file."""
    folders = (warehouse.site.mappings, sql_folder() / "erp")
    files = (folder / erp / "erp.toml" for folder in folders)
    return next((str(path) for path in files if path.is_file()), f"the contract of {erp}")


def _sentence(failure: str) -> str:
    """What DuckDB says, without its kind of error, its excerpt and its lists."""
    said = KIND.sub("", PLACE.sub("", failure)).splitlines()
    more = [line.strip() for line in said[1:] if line.startswith(HELPFUL)]
    return " ".join((said[0].rstrip("!."), *more)).strip()
