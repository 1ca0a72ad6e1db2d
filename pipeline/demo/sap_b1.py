"""The trading company's extracts as `bcp -w` writes SAP Business One: UTF-16, tabs, midnights."""

import codecs
from datetime import date

import polars as pl

from pipeline.canonical.movement_kinds import Kind
from pipeline.demo.group import FIRST_EXTRACT, LAST_EXTRACT
from pipeline.demo.sheets import (
    ORDER_DAYS,
    Format,
    Sheet,
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

MIDNIGHT = "%Y-%m-%d 00:00:00.000"
EVENING = 840  # the last extract ran at two in the afternoon and was sent again at night
TRANS_TYPE = {
    Kind.OPENING: 310000001,
    Kind.PURCHASE: 20,
    Kind.PURCHASE_RETURN: 21,
    Kind.SALE: 15,
    Kind.SALE_RETURN: 16,
    Kind.TRANSFER_IN: 67,
    Kind.TRANSFER_OUT: 67,
    Kind.ADJUSTMENT: 10000071,
    Kind.SCRAP: 60,
    Kind.REVALUATION: 162,
    Kind.LANDED_COST: 69,
}
INVOICED_IN_STORES = {15: 13, 16: 14}
UNKNOWN_TYPE = 931
ORPHAN = "N-999999"
FROZEN_FROM = 500  # items that stopped to sell before that day are frozen
BUYS = int(Kind.PURCHASE)


class SapB1Extracts:
    """What SAP Business One hands over."""

    form = Format("utf-16-le", codecs.BOM_UTF16_LE, "\t", "\r\n")

    def __init__(self, trade: Trade) -> None:
        """Write the whole story down once; deliveries are cut from it."""
        self.trade = trade
        self.skus = [f"N-{100001 + item}" for item in range(trade.catalogue.size)] + [ORPHAN]
        self.places = [place.code for place in trade.trader.places]
        self.vendors = [source.code for source in trade.trader.sources]
        self.journal = pl.concat([self._journal(), self._oddities()], how="diagonal_relaxed")
        self.oinm = self._oinm()
        self.purchases = self._purchases()

    def sheets(self, on: date, *, is_corrected: bool) -> list[Sheet]:
        """The files of one extract date, as first sent or as sent again."""
        is_early = on == LAST_EXTRACT and not is_corrected
        until = EVENING if is_early else 24 * 60
        states = window("stock_movement", on)
        rows = stated(self.oinm, states).filter(
            (pl.col("_day") < number_of(on)) | (pl.col("_minute") < until)
        )
        if on == FIRST_EXTRACT:
            rows = pl.concat([rows, rows.filter(pl.col("TransNum") == "5000")])
        found = [
            Sheet("oinm", "OINM.csv", rows, states),
            Sheet("pdn1", "PDN1.csv", self._receipt_lines(rows)),
            *self._order_sheets(on),
        ]
        if on in {FIRST_EXTRACT, LAST_EXTRACT}:
            found.append(Sheet("oitw", "OITW.csv", self._on_hand(on, until)))
        if on == FIRST_EXTRACT:
            found.extend(self._masters())
        return found

    # ------------------------------------------------------------------ the ledger

    def _journal(self) -> pl.DataFrame:
        """Postings with their document: receipts by order and supplier, transfers one by one."""
        journal = documents(self.trade.journal, "kind", "day", "place", "source")
        is_transfer = pl.col("transfer") >= 0
        is_shop = pl.col("place").is_between(1, 2)
        plain = pl.col("kind").replace_strict(
            {int(kind): number for kind, number in TRANS_TYPE.items()}, return_dtype=pl.Int64
        )
        return journal.with_columns(
            type=pl.when(is_shop).then(plain.replace(INVOICED_IN_STORES)).otherwise(plain),
            document=pl.when(is_transfer).then(pl.col("transfer") + 1).otherwise("document"),
            line=pl.when(is_transfer).then(0).otherwise("line"),
            _day="day",
            _seen=late([int(Kind.SALE)], every=97),
        )

    def _oinm(self) -> pl.DataFrame:
        kind, quantity = pl.col("kind"), pl.col("quantity")
        customer = pl.format("C{}", pl.col("document") % 37 + 10001)
        hour_minute = pl.col("minute") // 60 * 100 + pl.col("minute") % 60
        return self.journal.select(
            TransNum=(pl.col("row") + 1).cast(pl.String),
            TransType=pl.col("type").cast(pl.String),
            CreatedBy=pl.col("document").cast(pl.String),
            BASE_REF=(pl.col("document") + 200000).cast(pl.String),
            DocLineNum=pl.col("line").cast(pl.String),
            DocDate=day_text("day", MIDNIGHT),
            DocTime=hour_minute.cast(pl.String),
            ItemCode=named("item", self.skus),
            Warehouse=named("place", self.places),
            InQty=units(quantity.clip(0), 6),
            OutQty=units((-quantity).clip(0), 6),
            TransValue=money(pl.col("cents"), 6),
            CardCode=pl.when(kind.is_in([int(Kind.SALE), int(Kind.SALE_RETURN)]))
            .then(customer)
            .otherwise(named("source", self.vendors)),
            ApplObj=pl.lit("-1"),
            AppObjType=pl.lit(None, pl.String),
            JrnlMemo=pl.when(kind == int(Kind.SCRAP)).then(pl.lit("Scrap")),
            _day="_day",
            _seen="_seen",
            _minute="minute",
            _order="order",
        )

    def _oddities(self) -> pl.DataFrame:
        """A delivery and its cancellation, an add-on's document type, an item nobody created."""
        start, orphan = number_of(FIRST_EXTRACT), len(self.skus) - 1
        return pl.DataFrame(
            [
                (9000000, 15, start + 21, 900001, 3, -5, -60000),
                (9000001, 15, start + 21, 900002, 3, 5, 60000),
                (9000002, UNKNOWN_TYPE, start + 19, 900003, 11, 4, 48000),
                (9000003, 59, start - 6, 900004, orphan, 3, 3600),
            ],
            schema=["row", "type", "day", "document", "item", "quantity", "cents"],
            orient="row",
        ).with_columns(
            kind=pl.lit(-1),
            place=pl.lit(0),
            minute=pl.lit(675),
            line=pl.lit(0),
            source=pl.lit(-1),
            order=pl.lit(-1),
            _day="day",
            _seen="day",
        )

    def _receipt_lines(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Which order line each goods receipt in these rows fulfils."""
        receipts = rows.filter((pl.col("TransType") == "20") & (pl.col("_order") >= 0))
        lines = self.purchases.select(
            pl.col("row").cast(pl.Int64).alias("_order"),
            BaseEntry=pl.col("document").cast(pl.String),
            BaseLine=pl.col("line").cast(pl.String),
        )
        return receipts.join(lines, on="_order", how="left", maintain_order="left").select(
            DocEntry="CreatedBy",
            LineNum="DocLineNum",
            BaseType=pl.lit("22"),
            BaseEntry="BaseEntry",
            BaseLine="BaseLine",
        )

    # ------------------------------------------------------------------ orders

    def _purchases(self) -> pl.DataFrame:
        purchases = documents(self.trade.purchases, "day", "source", lines=20)
        return fulfilled(self.journal, purchases, BUYS)

    def _order_sheets(self, on: date) -> list[Sheet]:
        today = number_of(on)
        states = window("purchase_order_line", on, ORDER_DAYS)
        orders = stated(self.purchases, states)
        is_done = (pl.col("_done") <= today).fill_null(value=False)
        lines = orders.select(
            DocEntry=pl.col("document").cast(pl.String),
            LineNum=pl.col("line").cast(pl.String),
            ItemCode=named("item", self.skus),
            InvQty=units(pl.col("quantity"), 6),
            LineTotal=money(pl.col("quantity") * pl.col("price"), 6),
            ShipDate=day_text("promised", MIDNIGHT),
            WhsCode=pl.lit(self.places[0]),
            LineStatus=pl.when(is_done).then(pl.lit("C")).otherwise(pl.lit("O")),
        )
        heads = orders.unique("document", keep="first", maintain_order=True).select(
            DocEntry=pl.col("document").cast(pl.String),
            DocDate=day_text("day", MIDNIGHT),
            DocDueDate=day_text("promised", MIDNIGHT),
            CardCode=named("source", self.vendors),
            CANCELED=pl.lit("N"),
        )
        return [Sheet("opor", "OPOR.csv", heads), Sheet("por1", "POR1.csv", lines, states)]

    # ------------------------------------------------------------------ balances and masters

    def _on_hand(self, on: date, until: int) -> pl.DataFrame:
        """OITW as the extract runs: what SAP itself believes, oddities included."""
        today = number_of(on)
        is_posted = (pl.col("_day") < today) | (
            (pl.col("_day") == today) & (pl.col("minute") < until)
        )
        held = balances(self.journal, is_posted).join(
            self.trade.catalogue.positions(), on=["place", "item"], how="left"
        )
        a_day = pl.col("a_day").fill_null(0)
        return held.select(
            ItemCode=named("item", self.skus),
            WhsCode=named("place", self.places),
            OnHand=units(pl.col("quantity"), 6),
            StockValue=money(pl.col("cents"), 6),
            MinStock=units((a_day * 10).ceil(), 6),
            MaxStock=units((a_day * 45).ceil(), 6),
        )

    def _masters(self) -> list[Sheet]:
        trader = self.trade.trader
        items = self.trade.catalogue.frame(trader)
        groups = items.unique("group").sort("group")
        return [
            Sheet("oitm", "OITM.csv", self._items(items)),
            Sheet(
                "oitb",
                "OITB.csv",
                groups.select(
                    ItmsGrpCod=pl.col("group").cast(pl.String),
                    ItmsGrpNam=pl.format("{} / {}", "category", "part"),
                ),
            ),
            Sheet("ocrd", "OCRD.csv", self._partners()),
            Sheet("itm2", "ITM2.csv", self._further_vendors(items)),
            Sheet(
                "owhs",
                "OWHS.csv",
                pl.DataFrame(
                    {
                        "WhsCode": self.places,
                        "WhsName": [place.name for place in trader.places],
                    }
                ),
            ),
        ]

    def _items(self, items: pl.DataFrame) -> pl.DataFrame:
        is_frozen = pl.col("ends") < FROZEN_FROM
        lead = [str(source.lead_days) for source in self.trade.trader.sources]
        return items.select(
            ItemCode=named("item", self.skus),
            ItemName="name",
            ItmsGrpCod=pl.col("group").cast(pl.String),
            InvntryUom=pl.lit("PCS"),
            PrcrmntMtd=pl.lit("B"),
            SellItem=pl.lit("Y"),
            frozenFor=pl.when(is_frozen).then(pl.lit("Y")).otherwise(pl.lit("N")),
            CreateDate=day_text("created", MIDNIGHT),
            CardCode=named("source", self.vendors),
            LeadTime=named("source", lead),
            MinOrdrQty=units(pl.col("minimum"), 6),
            OrdrMulti=units(pl.col("pack"), 6),
        )

    def _partners(self) -> pl.DataFrame:
        """Vendors and customers stand in one table; only CardType tells them apart."""
        sources = self.trade.trader.sources
        customers = [f"C{number}" for number in range(10001, 10038)]
        return pl.DataFrame(
            {
                "CardCode": [*self.vendors, *customers],
                "CardName": [
                    *(source.name for source in sources),
                    *(f"Customer {code}" for code in customers),
                ],
                "CardType": ["S"] * len(sources) + ["C"] * len(customers),
            }
        )

    def _further_vendors(self, items: pl.DataFrame) -> pl.DataFrame:
        return items.filter(pl.col("item") % 9 == 0).select(
            ItemCode=named("item", self.skus),
            VendorCode=pl.lit(self.vendors[1]),
        )
