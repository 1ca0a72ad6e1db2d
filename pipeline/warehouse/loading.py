"""Loading a chunk of deliveries: landed as text, typed, admitted, folded, in one transaction."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from pipeline.canonical.erp_contract import ErpContract
from pipeline.canonical.load_contract import Chunk, Delivery, LoadReport, TableLoad
from pipeline.canonical.movement_kinds import Kind
from pipeline.canonical.spec import TableSpec
from pipeline.canonical.stock_movement import STOCK_MOVEMENT
from pipeline.canonical.tables import TABLES
from pipeline.settings import StockturnError
from pipeline.warehouse import inferred_members, key_numbers, refusals, stock_ledger
from pipeline.warehouse.fold_piece import OrderRefused, Piece
from pipeline.warehouse.landed_text import LandedText
from pipeline.warehouse.mapping import check_mappings
from pipeline.warehouse.store import Warehouse
from pipeline.warehouse.table_fold import TableFold
from pipeline.wording import counted, have

NO_END = 1 << 62
MAY_STATE_VALUE_ALONE = f"{Kind.OPENING}, {Kind.ADJUSTMENT}"


def load(
    warehouse: Warehouse,
    contract: ErpContract,
    chunk: Chunk,
) -> LoadReport:
    """Fold a chunk into the warehouse: all of it, or nothing.

    Raises:
        MappingFault: the ERP's SQL is wrong, or gives what cannot be read.
        ClosuresRefused: a delivery leaves out more than `max_closed_share` of what it states,
            which nobody has accepted.
        OrderRefused: a delivery numbers some movements of a day and others not.
        StockturnError: a delivery comes before one that is loaded; rewind first.
    """
    site = warehouse.site
    most_closed = site.settings.site.max_closed_share
    text = LandedText(warehouse)
    try:
        text.land(contract, chunk, site.zone(site.company(chunk.company)).key)
        stated = (
            spec for spec in TABLES.values() if any(_states(d, spec) for d in chunk.deliveries)
        )
        types = check_mappings(warehouse, contract.name, stated)
        with warehouse.transaction():
            report = Loading(warehouse, contract, chunk, types, most_closed).fold()
        with warehouse.transaction():
            stock_ledger.settle(warehouse)
        return report
    finally:
        text.clear()


class Loading:
    """The fold of one chunk."""

    def __init__(
        self,
        warehouse: Warehouse,
        contract: ErpContract,
        chunk: Chunk,
        types: Mapping[str, dict[str, str]],
        most_closed: float,
    ) -> None:
        """`types` are those of the columns that each table's mapping gives."""
        self.warehouse = warehouse
        self.contract = contract
        self.chunk = chunk
        self.types = types
        self.most_closed = most_closed
        self.warnings: list[str] = []

    def fold(self) -> LoadReport:
        """Fold every table the chunk states, masters first."""
        company = self.chunk.company
        pieces = self._pieces()
        before = stock_ledger.newest(self.warehouse, company) if len(pieces) == 1 else NO_END
        loads: list[TableLoad] = []
        for deliveries, is_late in pieces:
            for spec in TABLES.values():
                stating = tuple(delivery for delivery in deliveries if _states(delivery, spec))
                if stating:
                    loads.extend(self._fold_table(Piece(company, spec, stating, is_late)))
        numbers = (self.chunk.deliveries[0].number, self.chunk.deliveries[-1].number)
        self._refuse_mixed_order(*numbers)
        stock_ledger.touch_stated(self.warehouse, company, *numbers)
        estimate = self.contract.estimate_cost
        stock_ledger.leave_unsettled(self.warehouse, company, numbers, before, estimate=estimate)
        key_numbers.leave_uncompared(self.warehouse, company, *numbers)
        inferred_members.add_in_transit(self.warehouse, company)
        self._record(loads)
        first = min(delivery.extract_on for delivery in self.chunk.deliveries)
        refusals.end_refusals(self.warehouse, company, first)
        return LoadReport(company, tuple(loads), tuple(self.warnings))

    def _refuse_mixed_order(self, first: int, last: int) -> None:
        """What stood in the ledger once is not judged again."""
        mixed = stock_ledger.mixed_day(self.warehouse, self.chunk.company, first, last)
        if mixed is None:
            return
        number, day, rows, numbered = mixed
        delivery = next(each for each in self.chunk.deliveries if each.number == number)
        if not delivery.closures_accepted:
            raise OrderRefused(delivery, day, rows, numbered)

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
        types = self.types[piece.spec.name]
        loads = TableFold(self.warehouse, self.contract, piece, types, self.most_closed).run()
        first, last = piece.deliveries[0].number, piece.deliveries[-1].number
        stated = (self.warehouse, piece.company, piece.spec, first, last)
        incomplete = key_numbers.tell_codes_apart(*stated)
        inferred_members.settle(*stated)
        limits = {"company": piece.company, "first": first, "last": last}
        made = inferred_members.add_stubs(self.warehouse, piece.spec, limits, incomplete)
        for master, stubs in made.items():
            self.warnings.append(
                f"{piece.company}: {counted(stubs.made, f'new {master} code')} in "
                f"{piece.spec.name} {have(stubs.made)} no {master} master ({', '.join(stubs.codes)}"
                f"{' …' if stubs.made > len(stubs.codes) else ''}); {_remedy(master, stubs)}; "
                "until then they are shown by code"
            )
        if piece.spec.name == STOCK_MOVEMENT.name:
            self._warn_of_values_without_quantity(piece.company, first, last)
        return loads

    def _warn_of_values_without_quantity(self, company: str, first: int, last: int) -> None:
        """Rows that belong to no receipt and move nothing: their money is no layer's."""
        found = self.warehouse.rows(
            "SELECT kind, count(*), sum(value) FROM canonical.stock_movement "
            "WHERE company = $company AND delivery_no BETWEEN $first AND $last "
            f"AND quantity = 0 AND value <> 0 AND kind_no IN ({MAY_STATE_VALUE_ALONE}) "
            "GROUP BY kind ORDER BY kind",
            {"company": company, "first": first, "last": last},
        )
        self.warnings += [
            f"{company}: {counted(count, f'row of kind {kind}')} {have(count)} quantity 0 and a "
            f"value, {value.normalize():,f} in all: it is kept as a valuation difference of "
            "nobody's goods; ask its ERP team whether they are revaluations, or lack their quantity"
            for kind, count, value in found
        ]

    def _record(self, loads: list[TableLoad]) -> None:
        """Write down what became of the rows, in the transaction that holds them."""
        deliveries = {delivery.number: delivery for delivery in self.chunk.deliveries}
        rows = [_recorded(deliveries[done.delivery_no], done) for done in loads]
        self.warehouse.insert("canonical.delivery", pl.DataFrame(rows, schema=RECORDED))


def _remedy(master: str, stubs: inferred_members.Stubs) -> str:
    """Who must do what: a row that came and was refused need not be asked for again."""
    ask = f"ask its ERP team for their {master} rows"
    if not stubs.refused:
        return ask
    look = f"'stockturn quarantine --table {master}' says why"
    if stubs.refused == stubs.made:
        return f"their {master} rows came and were refused: {look}"
    return f"the rows of {stubs.refused} of them came and were refused: {look}; else {ask}"


RECORDED = {
    "company": pl.String,
    "extract_on": pl.Date,
    "version": pl.Int32,
    "table_name": pl.String,
    "delivery_no": pl.Int64,
    "known_on": pl.Date,
    "mode": pl.String,
    "window_from": pl.Date,
    "window_to": pl.Date,
    "rows_in": pl.Int64,
    "rows_new": pl.Int64,
    "rows_corrected": pl.Int64,
    "rows_unchanged": pl.Int64,
    "rows_quarantined": pl.Int64,
    "rows_duplicate": pl.Int64,
    "rows_closed": pl.Int64,
    "rows_left_out": pl.Int64,
    "warnings": pl.List(pl.String),
}


def _recorded(delivery: Delivery, done: TableLoad) -> dict[str, object]:
    said = next(said for said in delivery.statements if said.table == done.table)
    return {
        **{name: value for name, value in vars(done).items() if name != "table"},
        "table_name": done.table,
        "company": delivery.company,
        "known_on": delivery.known_on,
        "mode": said.mode.value,
        "window_from": said.first,
        "window_to": said.last,
        "warnings": list(delivery.warnings),
    }


def _states(delivery: Delivery, spec: TableSpec) -> bool:
    return any(said.table == spec.name for said in delivery.statements)
