"""Loading a chunk of deliveries: landed as text, typed, admitted, folded, in one transaction."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from pipeline.canonical import folding
from pipeline.canonical.admission import DUPLICATE, conflicting, staging
from pipeline.canonical.chunk import Chunk, Delivery, LoadReport, NativeText, Statement, TableLoad
from pipeline.canonical.native import ErpContract, NativeFile
from pipeline.canonical.reading import literal, quoted, text_table, typed_view
from pipeline.canonical.spec import TableSpec
from pipeline.canonical.tables import TABLES, business, identity
from pipeline.settings import DataRefused, DeliveryMode, Site, StockturnError
from pipeline.warehouse import ledger, masters
from pipeline.warehouse.store import Warehouse


class ClosuresRefused(DataRefused):
    """A delivery that would empty much of what it states."""

    def __init__(self, delivery: Delivery, message: str) -> None:
        super().__init__(message)
        self.delivery = delivery


class HashCollision(StockturnError):
    """Two different keys share one surrogate number."""


@dataclass(frozen=True)
class Piece:
    """Deliveries folded together into one table: each newer than all before, or one alone."""

    company: str
    spec: TableSpec
    deliveries: tuple[Delivery, ...]
    is_late: bool

    def statement(self, delivery: Delivery) -> Statement:
        """What a delivery says about the table."""
        return next(said for said in delivery.statements if said.table == self.spec.name)

    @property
    def complete(self) -> list[Statement]:
        """Statements that close what they leave out."""
        statements = (self.statement(delivery) for delivery in self.deliveries)
        return [said for said in statements if said.mode is not DeliveryMode.INCREMENT]


@dataclass
class Counts:
    """What became of the rows of one delivery, while it is folded."""

    rows_in: int = 0
    new: int = 0
    corrected: int = 0
    unchanged: int = 0
    quarantined: int = 0
    duplicate: int = 0
    closed: int = 0
    left_out: int = 0


def load(
    warehouse: Warehouse,
    site: Site,
    contract: ErpContract,
    chunk: Chunk,
    *,
    accept_closures: bool = False,
) -> LoadReport:
    """Fold a chunk into the warehouse: all of it, or nothing.

    Raises:
        ClosuresRefused: a delivery leaves out more than `max_closed_share` of what it states.
        StockturnError: a delivery comes before one that is loaded; rewind first.
    """
    loading = Loading(warehouse, site, contract, chunk, accept_closures=accept_closures)
    try:
        loading.land()
        with warehouse.transaction():
            return loading.fold()
    finally:
        loading.clear()


class Loading:
    """One chunk on its way into the warehouse."""

    def __init__(
        self,
        warehouse: Warehouse,
        site: Site,
        contract: ErpContract,
        chunk: Chunk,
        *,
        accept_closures: bool,
    ) -> None:
        self.warehouse = warehouse
        self.site = site
        self.contract = contract
        self.chunk = chunk
        self.accept_closures = accept_closures
        self.landed: list[str] = []
        self.warnings: list[str] = []

    # ---------- text

    def land(self) -> None:
        """Make `landed.<file>` of every native file: typed views over text."""
        zone = self.site.zone(self.site.company(self.chunk.company)).key
        texts = {text.file: text for text in self.chunk.texts}
        for file in self.contract.files:
            self._land_text(file, texts.get(file.name))
            view = f"landed.{quoted(file.name)}"
            self.warehouse.execute(f"CREATE OR REPLACE VIEW {view} AS {typed_view(file, zone)}")
        self._land_codes()

    def _land_text(self, file: NativeFile, text: NativeText | None) -> None:
        records = f"landed.{quoted(file.name + '__records')}"
        refused = f"landed.{quoted(file.name + '__refused')}"
        if text is None:
            text = _nothing(file)
        for name, frame in text.frames.items():
            self.warehouse.connection.register(name, frame.to_arrow())
        make = self.warehouse.execute
        make(f"CREATE OR REPLACE TABLE {records} AS {text.records}")
        make(f"CREATE OR REPLACE VIEW {text_table(file.name)} AS {text.select}")
        make(f"CREATE OR REPLACE TABLE {refused} AS {text.refused or NOTHING_REFUSED}")
        self.landed.extend((records, refused))
        for name in text.frames:
            self.warehouse.connection.unregister(name)

    def _land_codes(self) -> None:
        make = self.warehouse.execute
        make("CREATE OR REPLACE TABLE landed.codes (list VARCHAR, code VARCHAR, meaning VARCHAR)")
        rows = [
            f"({literal(name)}, {literal(code)}, {literal(meaning)})"
            for name, codes in self.contract.codes.items()
            for code, meaning in codes.items()
        ]
        if rows:
            make(f"INSERT INTO landed.codes VALUES {', '.join(rows)}")

    def clear(self) -> None:
        """Free the memory the text took."""
        for table in self.landed:
            self.warehouse.execute(f"DROP TABLE IF EXISTS {table}")

    # ---------- the fold

    def fold(self) -> LoadReport:
        """Fold every table the chunk states, masters first."""
        loads: list[TableLoad] = []
        for deliveries, is_late in self._pieces():
            for spec in TABLES.values():
                stating = tuple(
                    delivery
                    for delivery in deliveries
                    if any(said.table == spec.name for said in delivery.statements)
                )
                if stating:
                    piece = Piece(self.chunk.company, spec, stating, is_late)
                    loads.extend(self._fold_table(piece))
        masters.complete(self.warehouse, self.chunk.company, loads)
        if self.contract.estimate_cost:
            ledger.estimate_cost(self.warehouse, self.chunk.company)
        return LoadReport(self.chunk.company, tuple(loads), tuple(self.warnings))

    def _pieces(self) -> list[tuple[tuple[Delivery, ...], bool]]:
        """The chunk, cut where an extract is not newer than all before it."""
        newest = self._newest_extract()
        pieces: list[tuple[tuple[Delivery, ...], bool]] = []
        for delivery in self.chunk.deliveries:
            is_late = newest is not None and delivery.extract_on <= newest
            if is_late or not pieces or pieces[-1][1]:
                pieces.append(((delivery,), is_late))
            else:
                pieces[-1] = ((*pieces[-1][0], delivery), False)
            newest = max(newest or delivery.extract_on, delivery.extract_on)
        return pieces

    def _newest_extract(self) -> date | None:
        numbers = [delivery.number for delivery in self.chunk.deliveries]
        row = self.warehouse.rows(
            "SELECT max(extract_on), max(delivery_no) FROM canonical.delivery "
            "WHERE company = $company",
            {"company": self.chunk.company},
        )[0]
        if numbers != sorted(set(numbers)) or (row[1] is not None and numbers[0] <= row[1]):
            message = (
                f"{self.chunk.deliveries[0].title} comes before a delivery that is loaded: "
                "rewind the company first"
            )
            raise StockturnError(message)
        return row[0]

    def _fold_table(self, piece: Piece) -> list[TableLoad]:
        table = TableFold(self, piece)
        table.stage()
        table.settle_duplicates()
        table.quarantine()
        table.fold()
        return table.report()


NOTHING_REFUSED = (
    "SELECT NULL::VARCHAR AS source_file, NULL::BIGINT AS source_row, "
    "NULL::BIGINT AS delivery_no, NULL::VARCHAR AS record, NULL::VARCHAR AS reason LIMIT 0"
)


def _nothing(file: NativeFile) -> NativeText:
    """The text of a file that no delivery of a chunk has: mappings may still read it."""
    columns = [f"NULL::VARCHAR AS {quoted(column.name)}" for column in file.columns]
    record = "NULL::VARCHAR AS source_file, NULL::BIGINT AS source_row, NULL::BIGINT AS delivery_no"
    return NativeText(
        file=file.name,
        records=f"SELECT {', '.join((*columns, record))} LIMIT 0",
        select=f"SELECT * FROM landed.{quoted(file.name + '__records')}",
    )


class TableFold:
    """One canonical table's part of a chunk; `staged` and its kin are temporary tables."""

    def __init__(self, loading: Loading, piece: Piece) -> None:
        self.loading = loading
        self.warehouse = loading.warehouse
        self.piece = piece
        self.spec = piece.spec
        self.number = identity(piece.spec)
        self.counts = {delivery.number: Counts() for delivery in piece.deliveries}
        self.has_repeated = False

    # ---------- rows in

    def stage(self) -> None:
        """Type and judge the rows of the mapping, and count them."""
        mapping = self.warehouse.text(f"erp/{self.loading.contract.name}/{self.spec.name}")
        mapping = mapping.strip().removesuffix(";")
        numbers = ", ".join(str(number) for number in self.counts)
        mapping = f"SELECT * FROM ({mapping}) WHERE delivery_no IN ({numbers})"
        types = {row[0]: row[1] for row in self.warehouse.rows(f"DESCRIBE {mapping}")}
        self._make("staged", staging(self.spec, mapping, types, self.piece.company))
        self._count("rows_in", "SELECT delivery_no, count(*) FROM staged GROUP BY delivery_no")
        self._count_left_out()
        self._make(
            "repeated",
            f"SELECT {self.number} AS row_no FROM staged WHERE {self.number} IS NOT NULL "
            f"GROUP BY {self.number} HAVING count(*) > 1",
        )
        self.has_repeated = self._any("repeated")

    def _count_left_out(self) -> None:
        """Records of the driving files that the mapping passes over: counted, never silent."""
        text = self._driving(text_table)
        read = self._by_delivery(f"SELECT delivery_no, count(*) FROM {text} GROUP BY delivery_no")
        if all(self.counts[number].rows_in == read.get(number, 0) for number in self.counts):
            return
        self._count(
            "left_out",
            f"SELECT delivery_no, count(*) FROM {text} AS record "
            "ANTI JOIN staged USING (delivery_no, source_file, source_row) GROUP BY delivery_no",
        )

    def _driving(self, table: Callable[[str], str]) -> str:
        """The tables of all driving files as one, by what they have in common."""
        names = self.loading.contract.tables[self.spec.name].driving
        if len(names) == 1:
            return table(names[0])
        record = "SELECT source_file, source_row, delivery_no"
        more = "" if table is text_table else ", record, reason"
        return f"({' UNION ALL '.join(f'{record}{more} FROM {table(name)}' for name in names)})"

    def settle_duplicates(self) -> None:
        """Keep one of identical rows of a delivery; refuse all of differing ones."""
        if not self.has_repeated:
            return
        self._make("twins", conflicting(self.spec))
        if self.warehouse.value("SELECT count(*) FROM twins WHERE collides"):
            raise HashCollision(f"{self.spec.name}: two keys of a delivery share one number")
        key = f"(delivery_no, {self.number})"
        self.warehouse.execute(
            f"UPDATE staged SET reasons = list_append(coalesce(reasons, []), '{DUPLICATE}') "
            f"WHERE {key} IN (SELECT (delivery_no, row_no) FROM twins WHERE differs)"
        )
        extra = (
            "SELECT rowid FROM (SELECT rowid, delivery_no, row_number() OVER "
            f"(PARTITION BY delivery_no, {self.number} ORDER BY source_file, source_row) AS place "
            f"FROM staged WHERE {key} IN (SELECT (delivery_no, row_no) FROM twins WHERE is_twin)) "
            "WHERE place > 1"
        )
        self._count(
            "duplicate",
            f"SELECT delivery_no, count(*) FROM staged WHERE rowid IN ({extra}) GROUP BY 1",
        )
        self.warehouse.execute(f"DELETE FROM staged WHERE rowid IN ({extra})")
        self._make(
            "repeated",
            f"SELECT {self.number} AS row_no FROM staged WHERE reasons IS NULL "
            f"GROUP BY {self.number} HAVING count(*) > 1",
        )

    # ---------- refused rows

    def quarantine(self) -> None:
        """Keep refused rows as they were delivered, with every reason."""
        self._quarantine_broken_records()
        self._count(
            "quarantined",
            "SELECT delivery_no, count(*) FROM staged WHERE reasons IS NOT NULL "
            "GROUP BY delivery_no",
        )
        refused = "SELECT * FROM staged WHERE reasons IS NOT NULL"
        self._make(
            "mentioned",
            f"SELECT delivery_no, {self.number} AS row_no FROM ({refused}) "
            f"WHERE {self.number} IS NOT NULL",
        )
        if not self.warehouse.value(f"SELECT count(*) FROM ({refused})"):
            return
        columns = (*business(self.spec), self.number)
        record = "source_file, source_row, delivery_no"
        self.warehouse.execute(
            f"INSERT INTO quarantine.{self.spec.name} BY NAME "
            f"SELECT refused.company, {', '.join(f'refused.{name}' for name in columns)}, "
            f"delivered, reasons, source_file, source_row, known_on AS seen_on, delivery_no "
            f"FROM ({refused}) AS refused LEFT JOIN ({self._delivered()}) USING ({record})"
        )
        self.warehouse.execute("DELETE FROM staged WHERE reasons IS NOT NULL")

    def _files(self) -> list[NativeFile]:
        return [file for file in self.loading.contract.files if self.spec.name in file.feeds]

    def _delivered(self) -> str:
        """The text of the refused rows, cell by cell."""
        record = "source_file, source_row, delivery_no"
        wanted = f"SELECT {record} FROM staged WHERE reasons IS NOT NULL"
        parts = [
            f"SELECT {record}, to_json(struct_pack("
            + ", ".join(f"{quoted(c.name)} := {quoted(c.name)}" for c in file.columns)
            + f"))::VARCHAR AS delivered FROM {text_table(file.name)} "
            f"WHERE ({record}) IN ({wanted})"
            for file in self._files()
        ]
        return (
            f"SELECT {record}, min(delivered) AS delivered "
            f"FROM ({' UNION ALL '.join(parts)}) GROUP BY ALL"
        )

    def _quarantine_broken_records(self) -> None:
        """Records that could not be split into cells are rows of the table they drive."""
        refused = self._driving(lambda name: f"landed.{quoted(name + '__refused')}")
        numbers = ", ".join(str(number) for number in self.counts)
        broken = f"{refused} AS broken WHERE delivery_no IN ({numbers})"
        by_delivery = f"SELECT delivery_no, count(*) FROM {broken} GROUP BY delivery_no"
        self._count("rows_in", by_delivery)
        self._count("quarantined", by_delivery)
        self.warehouse.execute(
            f"INSERT INTO quarantine.{self.spec.name} BY NAME "
            f"SELECT $company AS company, record AS delivered, [reason] AS reasons, source_file, "
            f"source_row, DATE '1970-01-01' + (delivery_no // 100000000)::INTEGER AS seen_on, "
            f"delivery_no FROM {broken}",
            {"company": self.piece.company},
        )

    # ---------- admitted rows

    def fold(self) -> None:
        """Fold the admitted rows into what is known."""
        run = self.warehouse.execute
        run("DROP TABLE IF EXISTS priors")
        run(folding.known_priors(self.spec))
        self._cover()
        if self.piece.is_late:
            self._pass_superseded()
        self._make("complex", self._complex_keys())
        self._count(
            "new",
            f"SELECT delivery_no, count(*) FROM staged "
            f"ANTI JOIN complex ON staged.{self.number} = complex.row_no GROUP BY delivery_no",
        )
        rank = ledger.rank_ties(self.warehouse) if self.spec.name == ledger.NAME else ""
        run(folding.insert_simple(self.spec, rank))
        if self._any("complex"):
            self._fold_complex()
        if self.spec.name == ledger.NAME:
            ledger.touch(self.warehouse, self.piece.company)
        masters.add_stubs(self.warehouse, self.spec)

    def _cover(self) -> None:
        """Add what a window or snapshot may close to the rows that are compared."""
        complete = self.piece.complete
        if not complete:
            return
        first = min((said.first for said in complete if said.first), default=None)
        last = max((said.last for said in complete if said.last), default=None)
        if any(said.mode is DeliveryMode.SNAPSHOT for said in complete):
            first, last = date.min, date.max
        self.warehouse.execute(
            folding.covered_priors(self.spec),
            {"company": self.piece.company, "first": first, "last": last},
        )

    def _pass_superseded(self) -> None:
        run = self.warehouse.execute
        run("DROP TABLE IF EXISTS superseded")
        run(folding.superseded(self.spec), {"company": self.piece.company})
        self._count(
            "unchanged",
            "SELECT delivery_no, count(DISTINCT rid) FROM superseded GROUP BY delivery_no",
        )
        run(
            "INSERT INTO mentioned "
            f"SELECT delivery_no, {self.number} FROM staged "
            "WHERE rowid IN (SELECT rid FROM superseded)"
        )
        run("DELETE FROM staged WHERE rowid IN (SELECT rid FROM superseded)")

    def _complex_keys(self) -> str:
        keys = ["SELECT row_no FROM priors", "SELECT row_no FROM repeated"]
        if self.piece.complete and len(self.piece.deliveries) > 1:
            keys.append(f"SELECT {self.number} FROM staged")
        return " UNION ".join(keys)

    def _fold_complex(self) -> None:
        run = self.warehouse.execute
        self._assert_same_keys()
        self._make("stating", self._stating())
        for name, sql in (
            ("events", folding.events(self.spec)),
            ("closers", folding.CLOSERS),
            ("versions", folding.VERSIONS),
            ("lives", folding.LIVES),
        ):
            run(f"DROP TABLE IF EXISTS {name}")
            run(sql)
        for number, new, corrected, unchanged in self.warehouse.rows(folding.COUNTS):
            count = self.counts[number]
            count.new += new
            count.corrected += corrected
            count.unchanged += unchanged
        self._count("closed", folding.CLOSED)
        self._guard_closures()
        for sql in (
            folding.restate_priors(self.spec),
            *folding.close_priors(self.spec),
            folding.insert_versions(self.spec),
            folding.insert_passed_versions(self.spec),
        ):
            run(sql)

    def _stating(self) -> str:
        rows: list[str] = []
        for place, delivery in enumerate(self.piece.deliveries, start=1):
            said = self.piece.statement(delivery)
            is_complete = said.mode is not DeliveryMode.INCREMENT
            window = [f"DATE '{day}'" if day else "NULL::DATE" for day in (said.first, said.last)]
            rows.append(
                f"({place}, {delivery.number}, DATE '{delivery.known_on}', "
                f"DATE '{delivery.extract_on}', {is_complete}, {', '.join(window)})"
            )
        columns = "place, delivery_no, known_on, extract_on, is_complete, first, last"
        return f"SELECT * FROM (VALUES {', '.join(rows)}) AS delivery ({columns})"

    def _assert_same_keys(self) -> None:
        differs = " OR ".join(
            f"held.{name} IS DISTINCT FROM staged.{name}" for name in self.spec.key
        )
        collisions = self.warehouse.value(
            f"SELECT count(*) FROM staged JOIN priors ON staged.{self.number} = priors.row_no "
            f"JOIN canonical.{self.spec.name} AS held ON held.rowid = priors.rid "
            f"WHERE staged.content_no <> priors.content_no AND ({differs})"
        )
        if collisions:
            raise HashCollision(f"{self.spec.name}: two keys share one number")

    def _guard_closures(self) -> None:
        """A truncated file must not empty the ledger."""
        most = self.loading.site.settings.site.max_closed_share
        for delivery in self.piece.deliveries:
            count = self.counts[delivery.number]
            known = count.closed + count.corrected + count.unchanged
            if count.closed > most * known and not self.loading.accept_closures:
                message = (
                    f"{delivery.title}: {self.spec.name} leaves out {count.closed} of {known} "
                    f"rows it should state again, more than {most:.0%}; have a complete extract "
                    "delivered, or accept it with --accept-closures"
                )
                raise ClosuresRefused(delivery, message)

    # ---------- the account

    def report(self) -> list[TableLoad]:
        """What became of the rows, delivery by delivery; written down beside them."""
        loads = [self._table_load(delivery) for delivery in self.piece.deliveries]
        for delivery, done in zip(self.piece.deliveries, loads, strict=True):
            self._record(delivery, done)
        return loads

    def _table_load(self, delivery: Delivery) -> TableLoad:
        count = self.counts[delivery.number]
        parts = (count.new, count.corrected, count.unchanged, count.quarantined, count.duplicate)
        if count.rows_in != sum(parts):
            message = (
                f"{delivery.title}: {self.spec.name} has {count.rows_in} rows, accounted for are "
                f"{parts} new, corrected, unchanged, quarantined, duplicate; report this as a bug"
            )
            raise StockturnError(message)
        return TableLoad(
            delivery_no=delivery.number,
            extract_on=delivery.extract_on,
            version=delivery.version,
            table=self.spec.name,
            rows_in=count.rows_in,
            rows_new=count.new,
            rows_corrected=count.corrected,
            rows_unchanged=count.unchanged,
            rows_quarantined=count.quarantined,
            rows_duplicate=count.duplicate,
            rows_closed=count.closed,
            rows_left_out=count.left_out,
        )

    def _record(self, delivery: Delivery, done: TableLoad) -> None:
        said = self.piece.statement(delivery)
        values: dict[str, Any] = {
            "company": delivery.company,
            "extract_on": delivery.extract_on,
            "version": delivery.version,
            "table_name": done.table,
            "delivery_no": delivery.number,
            "known_on": delivery.known_on,
            "mode": said.mode.value,
            "window_from": said.first,
            "window_to": said.last,
            "rows_in": done.rows_in,
            "rows_new": done.rows_new,
            "rows_corrected": done.rows_corrected,
            "rows_unchanged": done.rows_unchanged,
            "rows_quarantined": done.rows_quarantined,
            "rows_duplicate": done.rows_duplicate,
            "rows_closed": done.rows_closed,
            "rows_left_out": done.rows_left_out,
            "warnings": list(delivery.warnings),
        }
        self.warehouse.connection.execute(
            f"INSERT INTO canonical.delivery ({', '.join(values)}) "
            f"VALUES ({', '.join('?' for _ in values)})",
            list(values.values()),
        )

    # ---------- small things

    def _make(self, name: str, sql: str) -> None:
        self.warehouse.execute(f"DROP TABLE IF EXISTS {name}")
        self.warehouse.execute(f"CREATE TEMP TABLE {name} AS {sql}")

    def _any(self, table: str) -> bool:
        return bool(self.warehouse.value(f"SELECT count(*) FROM (FROM {table} LIMIT 1)"))

    def _by_delivery(self, sql: str) -> dict[int, int]:
        return dict(self.warehouse.rows(sql))

    def _count(self, what: str, sql: str) -> None:
        for number, rows in self._by_delivery(sql).items():
            if number in self.counts:
                count = self.counts[number]
                setattr(count, what, getattr(count, what) + rows)
