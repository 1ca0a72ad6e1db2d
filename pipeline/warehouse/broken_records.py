"""Records that could not be split into cells: of which table they are told.

A file's records are rows of the tables it drives.  A file that is only looked up in drives none:
what is broken in it is told with the first table it feeds that the delivery states.
"""

from pipeline.canonical.erp_contract import ErpContract, NativeFile
from pipeline.canonical.load_contract import Delivery
from pipeline.warehouse.fold_piece import Piece
from pipeline.warehouse.landed_text import refused_table


def broken_records(contract: ErpContract, piece: Piece) -> str:
    """SELECT of the broken records of a piece's table: where they stand, their text, the reason."""
    parts: list[str] = []
    for file in contract.files:
        numbers = [
            str(delivery.number)
            for delivery in piece.deliveries
            if piece.spec.name in _told_with(contract, file, delivery)
        ]
        if numbers:
            parts.append(
                "SELECT source_file, source_row, delivery_no, record, reason "
                f"FROM {refused_table(file.name)} WHERE delivery_no IN ({', '.join(numbers)})"
            )
    return " UNION ALL ".join(parts)


def _told_with(contract: ErpContract, file: NativeFile, delivery: Delivery) -> list[str]:
    """The tables whose rows a file's broken records are."""
    driven = [name for name, table in contract.tables.items() if file.name in table.driving]
    stated = {said.table for said in delivery.statements}
    return driven or [name for name in file.feeds if name in stated][:1]
