"""The attributed ledger as it is published; `attribution` makes it, `attribute` keeps it up."""

from pipeline.metrics.spec import (
    BASE_UNIT,
    COMPANY,
    CURRENCY,
    SKU,
    SUPPLIER,
    WAREHOUSE,
    Column,
    Kept,
    Metric,
    Type,
)

ATTRIBUTED_MOVEMENT = Metric(
    name="attributed_movement",
    about="The stock ledger once more, every piece said by supplier and day of receipt.",
    key=(),
    columns=(
        COMPANY,
        Column("movement", Type.CODE, "the movement the piece is of"),
        SKU,
        WAREHOUSE,
        SUPPLIER,
        Column("received_on", Type.DATE, "when the layer came in", nulls="no layer, or undated"),
        Column(
            "received_day", Type.DAY, "the same as a number", "days since 1970-01-01", "as there"
        ),
        Column("day", Type.DAY, "when it was posted", "days since 1970-01-01"),
        Column(
            "kind",
            Type.CODE,
            "kind of movement; negative_stock_filled and valuation_difference are no ERP's",
        ),
        Column("quantity", Type.PIECES, "signed as posted", BASE_UNIT),
        Column("value", Type.MONEY, "signed, at cost", CURRENCY, "the ledger has no cost"),
    ),
    needs=("canonical/stock_movement", "canonical/warehouse"),
    kept=Kept.NEWEST,
    version="1",
    is_fact=True,
    notes=(
        "Pieces of a movement add up to it.",
        "`negative_stock_filled` passes what a receipt fills of a hole to `unattributed`.",
        "`valuation_difference` passes there what costing left when a layer was used up.",
    ),
)
