"""The text of a chunk in `landed`, an in-memory database, and the typed views the mappings read."""

from contextlib import suppress

import duckdb

from pipeline.canonical.erp_contract import ErpContract, NativeFile
from pipeline.canonical.load_contract import Chunk, NativeText
from pipeline.canonical.typing_sql import literal, quoted, text_table, typed_view
from pipeline.warehouse.store import Warehouse

NOTHING_REFUSED = (
    "SELECT NULL::VARCHAR AS source_file, NULL::BIGINT AS source_row, "
    "NULL::BIGINT AS delivery_no, NULL::VARCHAR AS record, NULL::VARCHAR AS reason LIMIT 0"
)


class LandedText:
    """The native files of one chunk, while it is loaded."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self.tables: list[str] = []
        self.frames: list[str] = []

    def land(self, contract: ErpContract, chunk: Chunk, zone: str) -> None:
        """Make `landed.<file>` of every file the mappings of the stated tables may read."""
        texts = {text.file: text for text in chunk.texts}
        stated = {said.table for delivery in chunk.deliveries for said in delivery.statements}
        for file in contract.files:
            if stated.intersection(file.feeds):
                text = texts.get(file.name) or _nothing(file)
                self._land_text(file, text)
                typed = typed_view(file, zone, is_plain=text.is_plain, is_bare=text.is_bare)
                view = f"landed.{quoted(file.name)}"
                self.warehouse.execute(f"CREATE OR REPLACE VIEW {view} AS {typed}")
        self._land_codes(contract)

    def clear(self) -> None:
        """Free the memory the text took, unless the database has failed for good."""
        with suppress(duckdb.FatalException):
            for table in self.tables:
                self.warehouse.execute(f"DROP TABLE IF EXISTS {table}")
            for name in self.frames:
                self.warehouse.take_back(name)

    def _land_text(self, file: NativeFile, text: NativeText) -> None:
        records = f"landed.{quoted(file.name + '__records')}"
        refused = refused_table(file.name)
        for name, frame in text.frames.items():
            self.warehouse.lend(name, frame)
        self.frames.extend(text.frames)
        self.tables.extend((records, refused))
        make = self.warehouse.execute
        make(f"CREATE OR REPLACE TABLE {records} AS {text.records}")
        make(f"CREATE OR REPLACE VIEW {text_table(file.name)} AS {text.select}")
        make(f"CREATE OR REPLACE TABLE {refused} AS {text.refused or NOTHING_REFUSED}")

    def _land_codes(self, contract: ErpContract) -> None:
        make = self.warehouse.execute
        make("CREATE OR REPLACE TABLE landed.codes (list VARCHAR, code VARCHAR, meaning VARCHAR)")
        rows = [
            f"({literal(name)}, {literal(code)}, {literal(meaning)})"
            for name, codes in contract.codes.items()
            for code, meaning in codes.items()
        ]
        if rows:
            make(f"INSERT INTO landed.codes VALUES {', '.join(rows)}")


def refused_table(file: str) -> str:
    """Where the records of a native file stand that could not be split into cells."""
    return f"landed.{quoted(file + '__refused')}"


def _nothing(file: NativeFile) -> NativeText:
    """The text of a file that no delivery of a chunk has: mappings may still read it."""
    columns = [f"NULL::VARCHAR AS {quoted(column.name)}" for column in file.columns]
    record = "NULL::VARCHAR AS source_file, NULL::BIGINT AS source_row, NULL::BIGINT AS delivery_no"
    return NativeText(
        file=file.name,
        records=f"SELECT {', '.join((*columns, record))} LIMIT 0",
        select=f"SELECT * FROM landed.{quoted(file.name + '__records')}",
    )
