"""The manufacturer's extracts as U8 exports them: GB18030, ten decimals, cost run at month's end.

Headers, lines and 存货明细账 of a document stand in three files.  Of the running month only what
was bought has a cost; from the fifth of the next month on everything has.
"""

from datetime import date, timedelta

import polars as pl

from pipeline.canonical.movement_kinds import Kind
from pipeline.demo.group import FIRST_EXTRACT, LAST_EXTRACT, OPENING_ON
from pipeline.demo.sheets import (
    ORDER_DAYS,
    Format,
    Sheet,
    Window,
    balances,
    day_text,
    documents,
    fulfilled,
    money,
    named,
    number_of,
    stated,
    units,
    window,
)
from pipeline.demo.trade import Trade

MIDNIGHT = "%Y-%m-%d 00:00:00.000"
CLOSING_DAY = 5
VOUCHER = {  # kind: 单据类型 for what comes in, and for what goes out
    Kind.OPENING: ("34", "34"),
    Kind.PURCHASE: ("01", "01"),
    Kind.PURCHASE_RETURN: ("01", "01"),
    Kind.SALE: ("32", "32"),
    Kind.SALE_RETURN: ("32", "32"),
    Kind.TRANSFER_IN: ("08", "08"),
    Kind.TRANSFER_OUT: ("09", "09"),
    Kind.PRODUCTION_RECEIPT: ("10", "10"),
    Kind.PRODUCTION_ISSUE: ("11", "11"),
    Kind.ADJUSTMENT: ("08", "09"),
    Kind.SCRAP: ("09", "09"),
    Kind.REVALUATION: ("20", "20"),
}
BUSINESS = {
    Kind.OPENING: ("期初", "期初"),
    Kind.PURCHASE: ("普通采购", "普通采购"),
    Kind.PURCHASE_RETURN: ("普通采购", "普通采购"),
    Kind.SALE: ("普通销售", "普通销售"),
    Kind.SALE_RETURN: ("普通销售", "普通销售"),
    Kind.TRANSFER_IN: ("调拨入库", "调拨入库"),
    Kind.TRANSFER_OUT: ("调拨出库", "调拨出库"),
    Kind.PRODUCTION_RECEIPT: ("成品入库", "成品入库"),
    Kind.PRODUCTION_ISSUE: ("领料", "领料"),
    Kind.ADJUSTMENT: ("盘盈入库", "盘亏出库"),
    Kind.SCRAP: ("其他出库", "其他出库"),
    Kind.REVALUATION: ("调整", "调整"),
}
SCRAP_CODE = "205"
TABLES = ("01", "08", "09", "10", "11", "32", "34")
RECEIPTS = ("01", "08", "10", "34")
COSTED_AT_ONCE = ("01", "34", "20")
AUDITOR = "审核员"
SPARE_ROW = 8_000_000  # from here on: documents that never were stock, or no longer are


class U8Extracts:
    """What 用友 U8 hands over."""

    form = Format("gb18030", line_end="\r\n")

    def __init__(self, trade: Trade) -> None:
        """Write the whole story down once; deliveries are cut from it."""
        self.trade = trade
        self.places = [place.code for place in trade.trader.places]
        self.vendors = [source.code for source in trade.trader.sources]
        self.items = trade.catalogue.frame(trade.trader).with_columns(
            sku=pl.format("0{}{}", "group", pl.col("item").cast(pl.String).str.zfill(4))
        )
        self.skus = self.items["sku"].to_list()
        self.documents = self._documents()
        self.purchases = fulfilled(
            trade.journal,
            documents(trade.purchases, "day", "source", lines=20),
            int(Kind.PURCHASE),
        )

    def sheets(self, on: date, *, is_corrected: bool) -> list[Sheet]:
        """The files of one extract date; this company never sends one again."""
        _ = is_corrected
        states = window("stock_movement", on)
        rows = self._as_of(states)
        found = [
            sheet
            for table in TABLES
            for sheet in self._document_sheets(table, rows.filter(pl.col("voucher") == table))
        ]
        costing = self._costing(on, rows)
        found.append(Sheet("ia_subsidiary", "IA_Subsidiary.csv", costing, states))
        found.extend(self._order_sheets(on))
        if on in {FIRST_EXTRACT, LAST_EXTRACT}:
            found.append(Sheet("currentstock", "CurrentStock.csv", self._current_stock(on)))
        if on == FIRST_EXTRACT or on.day == CLOSING_DAY:
            found.append(Sheet("ia_summary", "IA_Summary.csv", self._summary(on)))
        if on == FIRST_EXTRACT:
            found.extend(self._masters())
        return found

    # ------------------------------------------------------------------ stock documents

    def _documents(self) -> pl.DataFrame:
        is_in = pl.col("quantity") > 0
        journal = pl.concat(
            [self.trade.journal, self._not_stock()], how="diagonal_relaxed"
        ).with_columns(
            voucher=_by_direction(VOUCHER, is_in),
            business=_by_direction(BUSINESS, is_in),
            is_red=pl.col("kind").is_in([int(Kind.PURCHASE_RETURN), int(Kind.SALE_RETURN)]),
        )
        by = ("voucher", "day", "place", "business", "is_red", "source", "_audited_until")
        return documents(journal, *by).with_columns(_day="day", _seen="day")

    def _not_stock(self) -> pl.DataFrame:
        """A draft, a sale audited by mistake until the 19th, and one deleted on the 15th."""
        start = number_of(FIRST_EXTRACT)
        made = [int(item) for item in self.items.filter(pl.col("source") < 0)["item"].head(3)]
        rows = [
            (SPARE_ROW, start + 3, made[0], -2, -1, 10**6),
            (SPARE_ROW + 1, start + 9, made[1], -3, start + 18, 10**6),
            (SPARE_ROW + 2, start + 7, made[2], -1, 10**6, start + 13),
            (SPARE_ROW + 3, start + 7, made[1], -2, 10**6, start + 13),
        ]
        names = ["row", "day", "item", "quantity", "_audited_until", "_deleted_after"]
        return pl.DataFrame(rows, schema=names, orient="row").with_columns(
            kind=pl.lit(int(Kind.SALE)),
            place=pl.lit(1),
            minute=pl.lit(800),
            cents=pl.lit(0),
            order=pl.lit(-1),
            sale=pl.lit(-1),
            transfer=pl.lit(-1),
            source=pl.lit(-1),
        )

    def _as_of(self, states: Window) -> pl.DataFrame:
        today = number_of(states.last)
        return (
            stated(self.documents, states)
            .filter(pl.col("_deleted_after").fill_null(10**6) >= today)
            .with_columns(is_audited=pl.col("_audited_until").fill_null(10**6) >= today)
        )

    def _document_sheets(self, table: str, rows: pl.DataFrame) -> list[Sheet]:
        return [
            Sheet(f"rdrecord{table}", f"RdRecord{table}.csv", self._heads(table, rows)),
            Sheet(f"rdrecords{table}", f"RdRecords{table}.csv", self._lines(table, rows)),
        ]

    def _heads(self, table: str, rows: pl.DataFrame) -> pl.DataFrame:
        is_in = table in RECEIPTS
        return rows.unique("document", keep="first", maintain_order=True).select(
            ID=pl.col("document").cast(pl.String),
            cCode=pl.format("{}{}", pl.lit(table), pl.col("document")),
            dDate=day_text("day", MIDNIGHT),
            bRdFlag=pl.lit("1" if is_in else "0"),
            cBusType="business",
            cWhCode=named("place", self.places),
            cRdCode=pl.when(pl.col("kind") == int(Kind.SCRAP)).then(pl.lit(SCRAP_CODE)),
            cVenCode=named("source", self.vendors),
            cCusCode=pl.when(pl.lit(table == "32")).then(
                pl.format("K{}", pl.col("document") % 23 + 101)
            ),
            cHandler=pl.when("is_audited").then(pl.lit(AUDITOR)),
        )

    def _lines(self, table: str, rows: pl.DataFrame) -> pl.DataFrame:
        quantity = pl.col("quantity") * (1 if table in RECEIPTS else -1)
        has_order = pl.col("order") >= 0
        has_transfer = pl.col("transfer") >= 0
        lines = rows.select(
            autoid=_auto_id(),
            id=pl.col("document").cast(pl.String),
            cinvcode=named("item", self.skus),
            iquantity=units(quantity, 10),
            iposid=pl.when(has_order).then((pl.col("order") + 1).cast(pl.String)),
            itrids=pl.when(has_transfer).then((pl.col("transfer") + 1).cast(pl.String)),
            cpoid=pl.when(has_order).then(self._order_number()),
        )
        # the export tools of different tables spell their headers differently
        names = {"autoid": "AutoID", "cinvcode": "cInvCode", "iquantity": "iQuantity"}
        return lines if table in {"09", "11"} else lines.rename(names)

    def _order_number(self) -> pl.Expr:
        heads = dict(
            zip(
                self.trade.purchases["row"].to_list(),
                documents(self.trade.purchases, "day", "source", lines=20)["document"].to_list(),
                strict=True,
            )
        )
        return named("order", [f"CG{heads[row]}" for row in range(len(heads))])

    # ------------------------------------------------------------------ costs

    def _costing(self, on: date, rows: pl.DataFrame) -> pl.DataFrame:
        """存货明细账: of months not yet costed, what was issued or made has no price."""
        is_costed = (pl.col("day") < _first_uncosted(on)) | pl.col("voucher").is_in(COSTED_AT_ONCE)
        is_in = pl.col("voucher").is_in([*RECEIPTS, "20"])
        price = pl.when(is_costed).then(
            money(pl.col("cents") * pl.when(is_in).then(1).otherwise(-1), 4)
        )
        return rows.filter("is_audited").select(
            AutoID=(pl.col("row") + 500001).cast(pl.String),
            ID=_auto_id(),
            bRdFlag=pl.when(is_in).then(pl.lit("True")).otherwise(pl.lit("False")),
            cVouType="voucher",
            cVouCode=pl.format("{}{}", "voucher", "document"),
            dVouDate=day_text("day", MIDNIGHT),
            cWhCode=named("place", self.places),
            cInvCode=named("item", self.skus),
            iAInPrice=pl.when(is_in).then(price),
            iAOutPrice=pl.when(~is_in).then(price),
        )

    def _summary(self, on: date) -> pl.DataFrame:
        """存货总账 of the months costed since it was last handed over, to the cent."""
        ends = _month_ends(on)
        months = ends if on == FIRST_EXTRACT else ends[-1:]
        return pl.concat(
            balances(self.trade.journal, pl.col("day") <= number_of(end)).select(
                cWhCode=named("place", self.places),
                cInvCode=named("item", self.skus),
                iYear=pl.lit(str(end.year)),
                iMonth=pl.lit(str(end.month)),
                iNum=units(pl.col("quantity"), 10),
                iMoney=money(pl.col("cents"), 4),
                iPeriod=pl.lit("1"),
            )
            for end in months[-3:]
        )

    def _current_stock(self, on: date) -> pl.DataFrame:
        """现存量: what the audited documents add up to."""
        return balances(self.trade.journal, pl.col("day") <= number_of(on)).select(
            cWhCode=named("place", self.places),
            cInvCode=named("item", self.skus),
            iQuantity=units(pl.col("quantity"), 6),
        )

    # ------------------------------------------------------------------ orders and masters

    def _order_sheets(self, on: date) -> list[Sheet]:
        today = number_of(on)
        states = window("purchase_order_line", on, ORDER_DAYS)
        orders = stated(self.purchases, states)
        is_done = (pl.col("_done") <= today).fill_null(value=False)
        lines = orders.select(
            ID=(pl.col("row") + 1).cast(pl.String),
            POID=pl.col("document").cast(pl.String),
            cInvCode=named("item", self.skus),
            iQuantity=units(pl.col("quantity"), 10),
            iNatUnitPrice=money(pl.col("price"), 4),
            dArriveDate=day_text("promised", MIDNIGHT),
            cbCloser=pl.when(is_done).then(pl.lit("系统关闭")),
        )
        heads = orders.unique("document", keep="first", maintain_order=True).select(
            POID=pl.col("document").cast(pl.String),
            cPOID=pl.format("CG{}", "document"),
            dPODate=day_text("day", MIDNIGHT),
            cVenCode=named("source", self.vendors),
            cState=pl.lit("1"),
            cVerifier=pl.lit(AUDITOR),
            cCloser=pl.lit(None, pl.String),
        )
        return [
            Sheet("po_pomain", "PO_Pomain.csv", heads),
            Sheet("po_podetails", "PO_Podetails.csv", lines, states),
        ]

    def _masters(self) -> list[Sheet]:
        trader = self.trade.trader
        return [
            Sheet("inventory", "Inventory.csv", self._inventory()),
            Sheet("inventoryclass", "InventoryClass.csv", self._classes()),
            Sheet(
                "computationunit",
                "ComputationUnit.csv",
                pl.DataFrame({"cComunitCode": ["01"], "cComUnitName": ["件"]}),
            ),
            Sheet(
                "vendor",
                "Vendor.csv",
                pl.DataFrame(
                    {
                        "cVenCode": self.vendors,
                        "cVenName": [source.name for source in trader.sources],
                    }
                ),
            ),
            Sheet(
                "warehouse",
                "Warehouse.csv",
                pl.DataFrame(
                    {
                        "cWhCode": self.places,
                        "cWhName": [place.name for place in trader.places],
                        "bProxyWh": ["0"] * len(self.places),
                    }
                ),
            ),
        ]

    def _inventory(self) -> pl.DataFrame:
        is_raw = pl.col("stage") == "raw"
        flag = {
            name: pl.when(is_raw).then(pl.lit(raw)).otherwise(pl.lit(made))
            for name, raw, made in (
                ("bPurchase", "1", "0"),
                ("bSelf", "0", "1"),
                ("bSale", "0", "1"),
            )
        }
        lead = [str(source.lead_days) for source in self.trade.trader.sources]
        is_stopped = pl.col("ends") < number_of(FIRST_EXTRACT) - 200
        return self.items.select(
            cInvCode="sku",
            cInvName="part_zh",
            cInvStd=pl.format("{}-{}", pl.col("group"), pl.col("item") * 7 % 900 + 100),
            cInvCCode=pl.format("0{}", "group"),
            cComUnitCode=pl.lit("01"),
            **flag,
            bComsume=flag["bPurchase"],
            bService=pl.lit("0"),
            bInvType=pl.lit("0"),
            dSDate=day_text("created", MIDNIGHT),
            dEDate=pl.when(is_stopped).then(day_text("ends", MIDNIGHT)),
            cVenCode=named("source", self.vendors),
            iInvAdvance=named("source", lead),
            fMinSupply=units(pl.col("minimum"), 10),
        )

    def _classes(self) -> pl.DataFrame:
        """Classes of two levels: 010 and 0100 are 机械 and what belongs to it."""
        parts = self.items.unique("group").sort("group")
        lines = parts.unique("line", keep="first", maintain_order=True)
        return pl.concat(
            [
                lines.select(
                    cInvCCode=pl.format("0{}", pl.col("group") // 10), cInvCName="category"
                ),
                parts.select(cInvCCode=pl.format("0{}", "group"), cInvCName="part"),
            ]
        )


def _auto_id() -> pl.Expr:
    return (pl.col("row") + 1).cast(pl.String)


def _by_direction(words: dict[Kind, tuple[str, str]], is_in: pl.Expr) -> pl.Expr:
    """The word of a kind, by whether stock came or went."""
    came, went = (
        pl.col("kind").replace_strict(
            {int(kind): pair[side] for kind, pair in words.items()}, return_dtype=pl.String
        )
        for side in (0, 1)
    )
    return pl.when(is_in).then(came).otherwise(went)


def _first_uncosted(on: date) -> int:
    """The first day whose month an extract does not know the cost of."""
    this_month = on.replace(day=1)
    open_from = this_month if on.day >= CLOSING_DAY else _month_before(this_month)
    return number_of(open_from)


def _month_before(first: date) -> date:
    year, month = (first.year - 1, 12) if first.month == 1 else (first.year, first.month - 1)
    return date(year, month, 1)


def _month_ends(on: date) -> list[date]:
    """Month ends that are costed as of an extract, oldest first."""
    ends: list[date] = []
    first = OPENING_ON.replace(day=1)
    while number_of(first) < _first_uncosted(on):
        following = (first + timedelta(days=31)).replace(day=1)
        ends.append(following - timedelta(days=1))
        first = following
    return ends
