"""What one unit of a currency is worth in the group's."""

from pipeline.canonical.rules import is_no_placeholder
from pipeline.canonical.spec import Column, ColumnType, Rule, TableSpec
from pipeline.canonical.surrogate_keys import number_of
from pipeline.settings import DeliveryMode

EXCHANGE_RATE = TableSpec(
    name="exchange_rate",
    about="The rate of one currency on one day, or on average of the month that ends there.",
    key=("currency", "rate_on", "kind"),
    columns=(
        Column("currency", ColumnType.CODE, "ISO 4217", required=True),
        Column("rate_on", ColumnType.DATE, "day; of averages the month's last", required=True),
        Column(
            "kind",
            ColumnType.CHOICE,
            "closing rate of the day or average of the month",
            required=True,
            choices=("closing", "average"),
        ),
        Column("rate", ColumnType.NUMBER, "group currency for one unit", required=True),
    ),
    rules=(
        Rule(
            "currency_is_three_capital_letters",
            "regexp_full_match(currency, '[A-Z]{3}')",
            "currencies are written as ISO 4217 does",
        ),
        is_no_placeholder("rate_on"),
        Rule("rate_is_positive", "rate > 0", "a currency is worth something"),
    ),
    mode=DeliveryMode.INCREMENT,
    dated_by="rate_on",
    numbers={"row_no": number_of("exchange_rate", "currency", "rate_on", "kind")},
)
