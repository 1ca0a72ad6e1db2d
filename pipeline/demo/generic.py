"""The retailer's extracts: canonical CSV, with prices of one day that were wrong at first."""

from datetime import date

import polars as pl

from pipeline.canonical.movement_kinds import Kind
from pipeline.demo.group import FIRST_EXTRACT, LAST_EXTRACT
from pipeline.demo.sheets import (
    ORDER_DAYS,
    Format,
    Sheet,
    Window,
    balances,
    day_text,
    documents,
    fulfilled,
    late,
    money,
    named,
    number_of,
    stated,
    units,
    window,
)
from pipeline.demo.trade import Trade

CORRECTED_EXTRACT = date(2026, 10, 20)
MISPRICED_ON = date(2026, 9, 6)  # the last day the newer windows no longer reach
MASTERS_AGAIN = date(2026, 10, 12)
BALANCED_ON = (date(2026, 7, 31), date(2026, 8, 31), date(2026, 9, 30))
TYPED_LETTER = "1O"  # a letter O where a zero belongs
BAD_ROW = 9_000_000
WAITING_DAYS = 21  # an order that is short is given up then
TYPES = {
    Kind.OPENING: "OB",
    Kind.PURCHASE: "GR",
    Kind.PURCHASE_RETURN: "RV",
    Kind.SALE: "SI",
    Kind.SALE_RETURN: "CR",
    Kind.TRANSFER_IN: "TI",
    Kind.TRANSFER_OUT: "TO",
    Kind.ADJUSTMENT: "AD",
    Kind.SCRAP: "SC",
    Kind.REVALUATION: "RE",
    Kind.LANDED_COST: "LC",
}


class GenericExtracts:
    """What a system without a name hands over in the canonical shape."""

    form = Format("utf-8")

    def __init__(self, trade: Trade) -> None:
        """Write the whole story down once; deliveries are cut from it."""
        self.trade = trade
        self.places = [place.code for place in trade.trader.places]
        self.suppliers = [source.code for source in trade.trader.sources]
        self.items = trade.catalogue.frame(trade.trader)
        self.skus = [f"C-{item:05}" for item in range(trade.catalogue.size)]
        self.purchases = fulfilled(
            trade.journal,
            documents(trade.purchases, "day", "source", lines=20),
            int(Kind.PURCHASE),
        )
        self.journal = pl.concat(
            [trade.journal.with_columns(pl.col("row").cast(pl.Int64)), self._mistyped()],
            how="diagonal_relaxed",
        )
        self.movements = self._movements()
        self.sales = self._sales()
        self.counts = self._counts()

    def sheets(self, on: date, *, is_corrected: bool) -> list[Sheet]:
        """The files of one extract date, as first sent or as sent again."""
        value = "value" if is_corrected and on == CORRECTED_EXTRACT else "_value_at_first"
        moved = window("stock_movement", on)
        sold = window("sales_order_line", on, WAITING_DAYS)
        bought = window("purchase_order_line", on, ORDER_DAYS)
        movements = stated(self.movements, moved).with_columns(pl.col(value).alias("value"))
        found = [
            Sheet("stock_movement", "stock_movement.csv", movements, moved),
            Sheet("sales_order_line", "sales_order_line.csv", self._stated_sales(sold), sold),
            Sheet("purchase_order_line", "purchase_order_line.csv", self._orders(bought), bought),
        ]
        if on in {FIRST_EXTRACT, LAST_EXTRACT}:
            found.append(Sheet("stock_balance", "stock_balance.csv", self._balances(on)))
            counted = window("stock_count", on)
            counts = stated(self.counts, counted)
            found.append(Sheet("stock_count", "stock_count.csv", counts, counted))
        if on == FIRST_EXTRACT:
            found.extend(self._masters())
        if on in {FIRST_EXTRACT, MASTERS_AGAIN}:
            found.append(Sheet("item", "item.csv", self._items(on)))
        return found

    # ------------------------------------------------------------------ the ledger

    def _mistyped(self) -> pl.DataFrame:
        """A sale whose quantity nobody can read: the ledger lacks it, the balance does not."""
        return pl.DataFrame(
            {
                "row": [BAD_ROW],
                "day": [number_of(FIRST_EXTRACT) + 13],
                "minute": [830],
                "kind": [int(Kind.SALE)],
                "place": [0],
                "item": [5],
                "quantity": [-10],
                "cents": [-42000],
                "order": [-1],
                "sale": [-1],
                "transfer": [-1],
                "source": [-1],
            }
        )

    def _movements(self) -> pl.DataFrame:
        kind = pl.col("kind")
        is_opening = kind == int(Kind.OPENING)
        is_sale = kind.is_in([int(Kind.SALE), int(Kind.SALE_RETURN)])
        purchase_no, purchase_line = self._order_names()
        clock = pl.format(
            " {}:{}:00",
            (pl.col("minute") // 60).cast(pl.String).str.zfill(2),
            (pl.col("minute") % 60).cast(pl.String).str.zfill(2),
        )
        words = {int(each): each.word for each in TYPES}
        codes = {int(each): code for each, code in TYPES.items()}
        readable = units(pl.col("quantity"))
        # freight was billed twice on one day's receipts
        is_mispriced = (kind == int(Kind.PURCHASE)) & (pl.col("day") == number_of(MISPRICED_ON))
        first_cents = pl.when(is_mispriced).then(pl.col("cents") * 6 // 5).otherwise("cents")
        return self.journal.with_columns(received=-(pl.col("item") * 7 % 400) - 1).select(
            movement_id=pl.format("M{}", pl.col("row") + 1),
            posted_at=pl.when(is_opening).then(day_text("day")).otherwise(day_text("day") + clock),
            sku=named("item", self.skus),
            warehouse=named("place", self.places),
            kind=kind.replace_strict(words, return_dtype=pl.String),
            quantity=pl.when(pl.col("row") == BAD_ROW)
            .then(pl.lit("-" + TYPED_LETTER))
            .otherwise(readable),
            value=money(pl.col("cents")),
            received_on=pl.when(is_opening).then(day_text("received")),
            document_type=kind.replace_strict(codes, return_dtype=pl.String),
            document_no=pl.format("{}", pl.col("row") // 4 + 40000),
            order_no=pl.when(is_sale & (pl.col("sale") >= 0))
            .then(pl.format("SO{}", "sale"))
            .otherwise(named("order", purchase_no)),
            order_line_no=pl.when(is_sale & (pl.col("sale") >= 0))
            .then(pl.lit("1"))
            .otherwise(named("order", purchase_line)),
            supplier=named("source", self.suppliers),
            channel=pl.when(is_sale).then(self._channel()),
            transfer_id=pl.when(pl.col("transfer") >= 0).then(pl.format("T{}", "transfer")),
            _value_at_first=money(first_cents),
            _day="day",
            _seen=late([int(Kind.SALE)], every=89),
        )

    def _channel(self) -> pl.Expr:
        return pl.when(pl.col("place") == 0).then(pl.lit("online")).otherwise(pl.lit("store"))

    def _order_names(self) -> tuple[list[str], list[str]]:
        orders = self.purchases.sort("row").select(
            number=pl.format("PO{}", "document"), line=(pl.col("line") + 1).cast(pl.String)
        )
        return orders["number"].to_list(), orders["line"].to_list()

    # ------------------------------------------------------------------ orders and counts

    def _sales(self) -> pl.DataFrame:
        """A customer's order a line: what is short is waited for a while, then given up."""
        margin = 150 + pl.col("item") * 13 % 60
        unit_cents = pl.lit(self.items["unit_cents"]).gather(pl.col("item"))
        revenue = pl.col("wanted") * (unit_cents * margin // 100)
        return self.trade.sales.select(
            order_no=pl.format("SO{}", "row"),
            line_no=pl.lit("1"),
            ordered_on=day_text("day"),
            requested_on=day_text("day"),
            sku=named("item", self.skus),
            warehouse=named("place", self.places),
            ordered_quantity=units(pl.col("wanted")),
            revenue=money(revenue),
            channel=self._channel(),
            _day="day",
            _seen="day",
            _is_short=pl.col("sold") < pl.col("wanted"),
        )

    def _stated_sales(self, states: Window) -> pl.DataFrame:
        """Orders with what became of them so far."""
        is_recent = pl.col("_day") > number_of(states.last) - WAITING_DAYS + 1
        return stated(self.sales, states).with_columns(
            status=pl.when(~pl.col("_is_short"))
            .then(pl.lit("closed"))
            .when(is_recent)
            .then(pl.lit("open"))
            .otherwise(pl.lit("cancelled"))
        )

    def _orders(self, states: Window) -> pl.DataFrame:
        is_done = (pl.col("_done") <= number_of(states.last)).fill_null(value=False)
        return stated(self.purchases, states).select(
            order_no=pl.format("PO{}", "document"),
            line_no=(pl.col("line") + 1).cast(pl.String),
            ordered_on=day_text("day"),
            promised_on=day_text("promised"),
            sku=named("item", self.skus),
            warehouse=pl.lit(self.places[0]),
            supplier=named("source", self.suppliers),
            ordered_quantity=units(pl.col("quantity")),
            unit_price=money(pl.col("price")),
            currency=pl.lit("CNY"),
            status=pl.when(is_done).then(pl.lit("closed")).otherwise(pl.lit("open")),
        )

    def _counts(self) -> pl.DataFrame:
        return self.trade.counts.select(
            count_no=pl.format("K{}-{}", "day", "place"),
            line_no=pl.col("row").cast(pl.String),
            counted_at=day_text("day"),
            sku=named("item", self.skus),
            warehouse=named("place", self.places),
            book_quantity=units(pl.col("book")),
            counted_quantity=units(pl.col("counted")),
            _day="day",
            _seen="day",
        )

    # ------------------------------------------------------------------ balances and masters

    def _balances(self, on: date) -> pl.DataFrame:
        """What the system believes stood there: at month ends, and as the extract runs."""
        days = (*BALANCED_ON, on) if on == FIRST_EXTRACT else (on,)
        return pl.concat(
            balances(self.journal, pl.col("day") <= number_of(day)).select(
                balance_on=pl.lit(day.isoformat()),
                sku=named("item", self.skus),
                warehouse=named("place", self.places),
                quantity=units(pl.col("quantity")),
                value=money(pl.col("cents")),
            )
            for day in days
        )

    def _items(self, on: date) -> pl.DataFrame:
        """The catalogue; in October some of what nobody buys was declared obsolete."""
        is_dead = pl.col("ends") < number_of(on) - 365
        is_obsolete = is_dead & (pl.col("item") % (3 if on == MASTERS_AGAIN else 7) == 0)
        has_ended = pl.col("ends") < number_of(on)
        return self.items.select(
            sku=named("item", self.skus),
            name="name",
            category=pl.format("{} / {}", "category", "part"),
            base_uom=pl.lit("pcs"),
            stage="stage",
            status=pl.when(is_obsolete)
            .then(pl.lit("obsolete"))
            .when(has_ended)
            .then(pl.lit("inactive"))
            .otherwise(pl.lit("active")),
            created_on=day_text("created"),
        )

    def _masters(self) -> list[Sheet]:
        trader = self.trade.trader
        sources, places = trader.sources, trader.places
        return [
            Sheet(
                "supplier",
                "supplier.csv",
                pl.DataFrame(
                    {
                        "supplier": self.suppliers,
                        "name": [source.name for source in sources],
                    }
                ),
            ),
            Sheet(
                "warehouse",
                "warehouse.csv",
                pl.DataFrame(
                    {
                        "warehouse": self.places,
                        "name": [place.name for place in places],
                        "kind": [place.kind for place in places],
                    }
                ),
            ),
            Sheet("item_supplier", "item_supplier.csv", self._terms()),
            Sheet("stock_rule", "stock_rule.csv", self._rules()),
        ]

    def _terms(self) -> pl.DataFrame:
        lead = [str(source.lead_days) for source in self.trade.trader.sources]
        return self.items.select(
            sku=named("item", self.skus),
            supplier=named("source", self.suppliers),
            is_primary=pl.lit("true"),
            lead_time_days=named("source", lead),
            moq=units(pl.col("minimum")),
            pack_size=units(pl.col("pack")),
            unit_price=money(pl.col("unit_cents")),
            currency=pl.lit("CNY"),
        )

    def _rules(self) -> pl.DataFrame:
        """Reorder points as somebody once set them: two years ago, for the demand of then."""
        a_day = pl.col("a_day")
        return self.trade.catalogue.positions().select(
            sku=named("item", self.skus),
            warehouse=named("place", self.places),
            reorder_point=units((a_day * 30).ceil()),
            safety_stock=units((a_day * 10).ceil()),
            changed_on=pl.lit("2024-06-15"),
        )
