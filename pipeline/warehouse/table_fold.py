"""One canonical table's part of a chunk: its rows staged, judged, refused and folded.

`staged` and its kin are temporary tables; what they hold
is told in pipeline/canonical/versioning.py.
"""

from datetime import date
from functools import cached_property

from pipeline.canonical import versioning
from pipeline.canonical.admission import (
    DUPLICATE,
    KNOWN_ON,
    Mapped,
    admissible,
    conflicting,
    staging,
)
from pipeline.canonical.erp_contract import ErpContract, NativeFile
from pipeline.canonical.load_contract import TableLoad
from pipeline.canonical.tables import MASTERS, business, identity, stored
from pipeline.canonical.typing_sql import literal, quoted, text_table
from pipeline.settings import DeliveryMode
from pipeline.warehouse import key_numbers
from pipeline.warehouse.broken_records import broken_records
from pipeline.warehouse.fold_piece import ClosuresRefused, Counts, Piece
from pipeline.warehouse.mapping import GIVES_WRONG, MappingSql, mapping_sql
from pipeline.warehouse.store import Warehouse


class TableFold:
    """The fold of one table over one piece of a chunk."""

    def __init__(
        self,
        warehouse: Warehouse,
        contract: ErpContract,
        piece: Piece,
        types: dict[str, str],
        most_closed: float,
    ) -> None:
        """`types` are those of the columns that the table's mapping gives."""
        self.warehouse = warehouse
        self.contract = contract
        self.piece = piece
        self.types = types
        self.most_closed = most_closed
        self.spec = piece.spec
        self.number = identity(piece.spec)
        self.counts = {delivery.number: Counts() for delivery in piece.deliveries}

    def run(self) -> list[TableLoad]:
        """Fold, and say what became of the rows, delivery by delivery."""
        mapping = mapping_sql(self.warehouse, self.contract.name, self.spec)
        mapped = self._mapped(mapping)
        with mapping.told(staging(mapped), GIVES_WRONG):
            self._stage(mapped)
        self._quarantine_broken_records()
        if self.piece.complete or self.warehouse.any("staged"):
            key_numbers.tell_staged_apart(self.warehouse, self.spec)
            self._settle_duplicates()
            self._quarantine()
            self._fold()
        return [
            self.counts[delivery.number].load_of(delivery, self.spec.name)
            for delivery in self.piece.deliveries
        ]

    # ---------- rows in

    def _mapped(self, mapping: MappingSql) -> Mapped:
        """The mapping's rows of these deliveries."""
        rows = f"SELECT * FROM {mapping.query} WHERE delivery_no IN ({self.piece.numbers})"
        given = key_numbers.spaces(self.warehouse)
        return Mapped(self.spec, rows, self.types, self.piece.company, given)

    def _stage(self, mapped: Mapped) -> None:
        if self.piece.is_late or self.piece.complete:
            self.warehouse.make("staged", staging(mapped))
            self._count_rows_in("staged")
        else:
            self._admit_at_once(mapped)

    def _admit_at_once(self, mapped: Mapped) -> None:
        """Admit the good rows of increments; stage those that are refused or need comparing.

        Nearly all rows of a ledger say something new: they are read and written once.
        """
        table, columns = f"canonical.{self.spec.name}", ", ".join(stored(self.spec))
        self.warehouse.execute(
            f"INSERT INTO {table} ({columns}) SELECT {columns} FROM ({admissible(mapped)})"
        )
        whose = f"company = {literal(self.piece.company)}"
        admitted = f"{table} WHERE {whose} AND delivery_no IN ({self.piece.numbers})"
        records = self._records(admitted)
        for number, (rows, _) in records.items():
            self.counts[number].new += rows
            self.counts[number].rows_in += rows
        if records == self._records_read:
            nothing = f"SELECT *, NULL::VARCHAR[] AS reasons FROM {table} WHERE false"
            self.warehouse.make("staged", nothing)
        else:
            refused = f"SELECT * FROM ({staging(mapped)}) WHERE reasons IS NOT NULL"
            self.warehouse.make("staged", refused)
            record = "SELECT delivery_no, source_file, source_row FROM"
            self._count_rows_in("staged", f"({record} staged UNION ALL {record} {admitted})")
        self._stage_complex_rows(admitted)

    def _stage_complex_rows(self, admitted: str) -> None:
        """Take back rows whose key was known, is stated twice, or is refused elsewhere.

        Only where there are any: DuckDB writes a transaction that changes its own rows twice.
        """
        number, table = self.number, f"canonical.{self.spec.name}"
        self.warehouse.make("keys", f"SELECT {number} AS row_no FROM {admitted}")
        self.warehouse.hold("repeated", self.warehouse.repeated("SELECT row_no FROM keys"))
        self.warehouse.make(
            "complex",
            "SELECT row_no FROM repeated "
            f"UNION SELECT held.{number} FROM {table} AS held SEMI JOIN keys "
            f"ON held.{number} = keys.row_no WHERE held.delivery_no < {min(self.counts)} "
            f"{self._of_the_past()}"
            f"UNION SELECT {number} FROM staged WHERE {number} IN (SELECT row_no FROM keys)",
        )
        if not self.warehouse.any("complex"):
            return
        columns = ", ".join(stored(self.spec))
        complex_rows = f"{admitted} AND {number} IN (SELECT row_no FROM complex)"
        taken_back = f"SELECT delivery_no, count(*) FROM {complex_rows} GROUP BY delivery_no"
        for delivery_no, count in self._by_delivery(taken_back).items():
            self.counts[delivery_no].new -= count
        self.warehouse.execute(
            f"INSERT INTO staged ({columns}) SELECT {columns} FROM {complex_rows}"
        )
        self.warehouse.execute(f"DELETE FROM {complex_rows}")

    def _of_the_past(self) -> str:
        """A master's number stays its own after the master is gone: facts go on saying it."""
        if self.spec.name not in MASTERS:
            return ""
        past = f"canonical.{self.spec.name}_history"
        return f"UNION SELECT {self.number} FROM {past} SEMI JOIN keys ON {self.number} = row_no "

    @cached_property
    def _records_read(self) -> dict[int, tuple[int, int | None]]:
        return self._records(self._driving())

    def _records(self, rows: str) -> dict[int, tuple[int, int | None]]:
        """How many records rows come from, and a checksum of which, delivery by delivery.

        The number alone would not do: a mapping may make two rows of one record and none of the
        next.  Records of a file differ in an integer, which DuckDB's hash spreads well.
        """
        found = {
            number: (count, checksum)
            for number, count, checksum in self.warehouse.rows(
                f"SELECT delivery_no, count(*), sum(hash(source_file, source_row)) FROM {rows} "
                "GROUP BY delivery_no"
            )
        }
        return {number: found.get(number, (0, None)) for number in self.counts}

    def _count_rows_in(self, table: str, accounted: str | None = None) -> None:
        """Count a table's rows as delivered, and the records the mapping passes over."""
        self._count("rows_in", f"SELECT delivery_no, count(*) FROM {table} GROUP BY delivery_no")
        if self._records(accounted or table) != self._records_read:
            self._count(
                "left_out",
                f"SELECT delivery_no, count(*) FROM {self._driving()} AS record "
                f"ANTI JOIN {accounted or table} AS found "
                "USING (delivery_no, source_file, source_row) GROUP BY delivery_no",
            )

    def _driving(self) -> str:
        """The tables of all driving files as one, by what they have in common."""
        names = self.contract.tables[self.spec.name].driving
        if len(names) == 1:
            return text_table(names[0])
        record = "SELECT source_file, source_row, delivery_no FROM"
        return f"({' UNION ALL '.join(f'{record} {text_table(name)}' for name in names)})"

    def _settle_duplicates(self) -> None:
        """Keep one of identical rows of a delivery; refuse all of differing ones."""
        repeated = f"SELECT {self.number} AS row_no FROM staged WHERE {{}} GROUP BY ALL"
        known = f"{self.number} IS NOT NULL"
        self.warehouse.make("repeated", f"{repeated.format(known)} HAVING count(*) > 1")
        if not self.warehouse.any("repeated"):
            return
        self.warehouse.make("twins", conflicting(self.spec))
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
        self.warehouse.make(
            "repeated",
            f"SELECT {self.number} AS row_no FROM staged WHERE reasons IS NULL "
            f"GROUP BY {self.number} HAVING count(*) > 1",
        )

    # ---------- refused rows

    def _quarantine(self) -> None:
        """Keep refused rows as they were delivered, with every reason."""
        self._count(
            "quarantined",
            "SELECT delivery_no, count(*) FROM staged WHERE reasons IS NOT NULL "
            "GROUP BY delivery_no",
        )
        refused = "SELECT * FROM staged WHERE reasons IS NOT NULL"
        self.warehouse.make(
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
        return [file for file in self.contract.files if self.spec.name in file.feeds]

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
        """Keep records that could not be split into cells as they were delivered."""
        broken = f"({broken_records(self.contract, self.piece)}) AS broken"
        by_delivery = f"SELECT delivery_no, count(*) FROM {broken} GROUP BY delivery_no"
        self._count(("rows_in", "quarantined"), by_delivery)
        self.warehouse.execute(
            f"INSERT INTO quarantine.{self.spec.name} BY NAME "
            f"SELECT $company AS company, record AS delivered, [reason] AS reasons, source_file, "
            f"source_row, {KNOWN_ON} AS seen_on, delivery_no FROM {broken}",
            {"company": self.piece.company},
        )

    # ---------- admitted rows

    def _fold(self) -> None:
        """Fold the admitted rows into what is known."""
        run = self.warehouse.execute
        self.warehouse.make("priors", versioning.known_priors(self.spec))
        self._cover()
        if self.piece.is_late:
            self._pass_superseded()
        self.warehouse.make("complex", self._complex_keys())
        has_complex = self.warehouse.any("complex")
        simple = f" ANTI JOIN complex ON staged.{self.number} = complex.row_no"
        self._count(
            "new",
            f"SELECT delivery_no, count(*) FROM staged{simple if has_complex else ''} "
            "GROUP BY delivery_no",
        )
        run(versioning.insert_simple(self.spec, has_complex=has_complex))
        if has_complex:
            self._fold_complex()

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
            versioning.covered_priors(self.spec),
            {"company": self.piece.company, "first": first, "last": last},
        )

    def _pass_superseded(self) -> None:
        run = self.warehouse.execute
        whose = {"company": self.piece.company}
        self.warehouse.make("superseded", versioning.superseded(self.spec), whose)
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
        self.warehouse.make("stating", self._stating())
        for name, sql in (
            ("events", versioning.events(self.spec)),
            ("closers", versioning.CLOSERS),
            ("versions", versioning.VERSIONS),
            ("lives", versioning.LIVES),
        ):
            self.warehouse.make(name, sql)
        for number, new, corrected, unchanged in self.warehouse.rows(versioning.COUNTS):
            count = self.counts[number]
            count.new += new
            count.corrected += corrected
            count.unchanged += unchanged
        self._count("closed", versioning.CLOSED)
        self._guard_closures()
        for sql in (
            versioning.restate_priors(self.spec),
            *versioning.close_priors(self.spec),
            versioning.insert_versions(self.spec),
            versioning.insert_passed_versions(self.spec),
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

    def _guard_closures(self) -> None:
        """A truncated file must not empty the ledger."""
        for delivery in self.piece.deliveries:
            count = self.counts[delivery.number]
            known = count.closed + count.corrected + count.unchanged
            if count.closed > self.most_closed * known and not delivery.closures_accepted:
                what = (
                    f"{delivery.title}: {self.spec.name} leaves out {count.closed} of {known} "
                    "rows it should state again"
                )
                raise ClosuresRefused(delivery, what, self.most_closed)

    # ---------- small things

    def _by_delivery(self, sql: str) -> dict[int, int]:
        return dict(self.warehouse.rows(sql))

    def _count(self, what: str | tuple[str, ...], sql: str) -> None:
        names = (what,) if isinstance(what, str) else what
        for number, rows in self._by_delivery(sql).items():
            if number in self.counts:
                count = self.counts[number]
                for name in names:
                    setattr(count, name, getattr(count, name) + rows)
