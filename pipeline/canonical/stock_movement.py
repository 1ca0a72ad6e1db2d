"""The stock ledger: every posted change of an item's stock, in quantity and in value at cost."""

from pipeline.canonical.movement_kinds import INFLOWS, OUTFLOWS, VALUE_ONLY, Kind
from pipeline.canonical.ordering import LAST_ENTRY
from pipeline.canonical.rules import EARLIEST, is_no_placeholder, is_not_far_ahead
from pipeline.canonical.spec import Column, ColumnType, Rule, TableSpec
from pipeline.canonical.surrogate_keys import number_if_known, number_of
from pipeline.settings import DeliveryMode


def _is_none_of(kinds: frozenset[Kind]) -> str:
    # Word by word: DuckDB would join every row with a list of five or more.
    return " AND ".join(f"kind <> '{kind.word}'" for kind in sorted(kinds))


NUMBERED = " ".join(f"WHEN '{kind.word}' THEN {kind.value}" for kind in Kind)

# Legs of a transfer meet by its id, else by document, item and quantity.
IS_TRANSFERRED = "kind IN ('transfer_in', 'transfer_out')"
TRANSFER = """coalesce('=' || transfer_id,
    length(document_no) || ':' || document_no || length(sku) || ':' || sku || abs(quantity))"""

# Goods that become other goods; what takes a conversion back is one of its own.
IS_CONVERTED = "kind IN ('adjustment', 'production_issue', 'production_receipt')"
CONVERSION = "if(coalesce(is_reversal, false), '-', '+') || conversion_id"

# A reversal looks for the issue of its own document.
IS_GIVEN_BACK = "kind IN ('sale', 'sale_return', 'production_issue')"
DOCUMENT_TYPE = "coalesce(document_type, '')"

STOCK_MOVEMENT = TableSpec(
    name="stock_movement",
    about="One posted change of one item's stock in one warehouse, signed, at cost.",
    key=("movement_id",),
    columns=(
        Column("movement_id", ColumnType.CODE, "what identifies the posting", required=True),
        Column("posted_at", ColumnType.DATETIME, "when it counts, local time", required=True),
        Column(
            "entry_no",
            ColumnType.INTEGER,
            "the ERP's own booking order, on all movements of a day or none; it decides there",
        ),
        Column("sku", ColumnType.CODE, "the item", required=True),
        Column("warehouse", ColumnType.CODE, "where its stock changed", required=True),
        Column(
            "kind",
            ColumnType.CHOICE,
            "why stock changed",
            required=True,
            choices=tuple(kind.word for kind in Kind),
        ),
        Column("quantity", ColumnType.QUANTITY, "base units, in positive", required=True),
        Column("value", ColumnType.MONEY, "at cost, company currency, signed as the quantity"),
        Column("value_is_estimated", ColumnType.BOOLEAN, "whether cost is still to be run"),
        Column("is_reversal", ColumnType.BOOLEAN, "whether it takes back an earlier posting"),
        Column("received_on", ColumnType.DATE, "of an opening: since when the stock is there"),
        Column("document_type", ColumnType.CODE, "the document that moved the stock"),
        Column("document_no", ColumnType.CODE, "its number"),
        Column("order_no", ColumnType.CODE, "the order it fulfils"),
        Column("order_line_no", ColumnType.CODE, "the order's line"),
        Column("supplier", ColumnType.CODE, "who delivered it, on purchases and their returns"),
        Column("customer", ColumnType.CODE, "who got it"),
        Column("channel", ColumnType.CODE, "how it was sold"),
        Column("lot", ColumnType.CODE, "batch or serial number"),
        Column("promotion", ColumnType.CODE, "the promotion it was sold under"),
        Column("transfer_id", ColumnType.CODE, "what both legs of a transfer share"),
        Column(
            "conversion_id",
            ColumnType.CODE,
            "what the lines of a conversion share: what went in and what came out of it",
        ),
    ),
    rules=(
        Rule(
            "posted_in_1990_or_later",
            f"posted_at >= {EARLIEST}",
            "nothing was posted before 1990",
        ),
        is_not_far_ahead("posted_at"),
        Rule(
            "entry_no_is_a_running_number",
            f"entry_no BETWEEN 0 AND {LAST_ENTRY}",
            f"entry_no counts the ERP's postings, 0 to {LAST_ENTRY:,}",
        ),
        Rule(
            "inflow_is_not_negative",
            f"quantity >= 0 OR is_reversal OR ({_is_none_of(INFLOWS)})",
            "receipts add stock, unless they take back an earlier posting",
        ),
        Rule(
            "outflow_is_not_positive",
            f"quantity <= 0 OR is_reversal OR ({_is_none_of(OUTFLOWS)})",
            "issues take stock, unless they take back an earlier posting",
        ),
        Rule(
            "value_only_kinds_move_no_stock",
            f"quantity = 0 OR ({_is_none_of(VALUE_ONLY)})",
            "revaluation and landed cost change value, not quantity",
        ),
        Rule(
            "value_only_kinds_state_a_value",
            f"value IS NOT NULL OR ({_is_none_of(VALUE_ONLY)})",
            "revaluation and landed cost state the value they change",
        ),
        is_no_placeholder("received_on"),
        Rule(
            "opening_stock_was_received_before",
            "received_on <= posted_at::DATE OR kind <> 'opening'",
            "opening stock was received before it stood there",
        ),
    ),
    mode=DeliveryMode.INCREMENT,
    dated_by="posted_at",
    numbers={
        "movement_no": number_of("stock_movement", "movement_id"),
        "item_no": number_of("item", "sku"),
        "warehouse_no": number_of("warehouse", "warehouse"),
        "supplier_no": number_if_known("supplier", "supplier"),
        "order_line_key": number_if_known("order_line", "order_no", "order_line_no"),
        "transfer_key": number_if_known("transfer", TRANSFER, when=IS_TRANSFERRED),
        "conversion_key": number_if_known("conversion", CONVERSION, when=IS_CONVERTED),
        "document_key": number_if_known(
            "document", DOCUMENT_TYPE, "document_no", when=IS_GIVEN_BACK
        ),
        "lot_no": number_if_known("lot", "lot"),
    },
)
