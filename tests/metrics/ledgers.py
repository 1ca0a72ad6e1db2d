"""Small ledgers and masters, written as tables a controller could check with a pencil."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from zlib import crc32

import narwhals as nw
import polars as pl

from pipeline.canonical.movement_kinds import OWN_PRODUCTION, UNATTRIBUTED, Kind
from pipeline.metrics.daily import Grain, Members, daily, daily_sums, members_of
from pipeline.metrics.dead_stock import dead_stock
from pipeline.metrics.fixed_point import collected
from pipeline.metrics.item_sums import history
from pipeline.metrics.stock_status import Masters, activity, positions, stock_status
from pipeline.metrics.time_windows import BASES, Basis, day_number, window
from pipeline.metrics.turnover import turnover
from pipeline.policy import Policy, load_policies

GRAINS: tuple[Grain, ...] = ("item_class", "place", "supplier_no")
SPECIAL = {"unattributed": UNATTRIBUTED, "own_production": OWN_PRODUCTION}
ATTRIBUTED = {
    "company": pl.String,
    "movement_no": pl.Int64,
    "item_no": pl.Int64,
    "warehouse_no": pl.Int64,
    "supplier_no": pl.Int64,
    "received_day": pl.Int32,
    "day": pl.Int32,
    "kind_no": pl.Int8,
    "quantity_e6": pl.Int64,
    "value_e4": pl.Int64,
    "is_reversal": pl.Boolean,
    "annulled_day": pl.Int32,
}


def number(company: str, code: str) -> int:
    """The surrogate key of a code, the same in every table."""
    return SPECIAL.get(code, crc32(f"{company}/{code}".encode()))


def table(text: str) -> list[dict[str, str | None]]:
    """The rows of a table drawn with `|`; `-` and empty cells are null."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    header = [cell.strip() for cell in lines[0].split("|")]
    rows = [[cell.strip() for cell in line.split("|")] for line in lines[1:]]
    return [
        {name: None if cell in {"-", ""} else cell for name, cell in zip(header, row, strict=True)}
        for row in rows
    ]


def scaled(text: str | None, scale: int) -> int | None:
    return None if text is None else int(Decimal(text.replace(",", "")) * 10**scale)


@dataclass(frozen=True)
class Books:
    """An attributed ledger and the masters it speaks of."""

    rows: pl.DataFrame
    items: pl.DataFrame
    warehouses: pl.DataFrame
    suppliers: pl.DataFrame
    policy: Policy

    @property
    def members(self) -> Members:
        return members_of(self.items, self.warehouses, self.suppliers, self.policy)

    def lazy(self) -> nw.LazyFrame[pl.LazyFrame]:
        return nw.from_native(self.rows.lazy())

    def daily(self, since: int | None = None, before: pl.DataFrame | None = None) -> pl.DataFrame:
        rows = self.lazy() if since is None else self.lazy().filter(nw.col("day") >= since)
        members = self.members
        items, places = (nw.from_native(frame.lazy()) for frame in (members.items, members.places))
        sums = {grain: collected(daily_sums(rows, items, places, grain)) for grain in GRAINS}
        return daily(sums, members, before)

    @property
    def masters(self) -> Masters:
        return Masters(self.items, self.warehouses, self.suppliers)

    def ledger(self) -> nw.LazyFrame[pl.LazyFrame]:
        """The same rows as the ledger states them."""
        return self.lazy()

    def status(self, as_of: str) -> pl.DataFrame:
        """Every position as of a date."""
        day = date.fromisoformat(as_of)
        return stock_status(
            collected(positions(self.lazy(), day_number(day))),
            collected(activity(self.ledger(), day_number(day))),
            self.masters,
            policy=self.policy,
            as_of=day,
        )

    def dead_stock(self, as_of: str) -> pl.DataFrame:
        """The summary as of a date."""
        return dead_stock(self.status(as_of), self.members.group)

    def companies(self, covered_to: date = date(2099, 12, 31)) -> pl.DataFrame:
        known = collected(history(self.lazy()))
        return known.with_columns(covered_to=pl.lit(day_number(covered_to), pl.Int32))


def books(
    movements: str,
    items: str = "sku",
    warehouses: str = "warehouse",
    policy: Policy | None = None,
) -> Books:
    """Books of the movements drawn: posted | kind | value, and sku, warehouse, supplier, company,
    quantity, received, reversal, annulled where they matter.  Masters name only what differs from
    the usual.
    """  # noqa: D205
    posted = [_row(row, place) for place, row in enumerate(table(movements))]
    rows = pl.DataFrame(posted, schema=ATTRIBUTED, orient="row")
    drawn = table(movements)
    return Books(
        rows,
        _items(_codes(drawn, "sku", "A-1"), table(items)),
        _warehouses(_codes(drawn, "warehouse", "W1"), table(warehouses)),
        pl.DataFrame(
            [
                {"company": company, "supplier_no": number(company, code), "supplier": code}
                for company, code in _codes(drawn, "supplier", "S1")
                if code not in SPECIAL
            ],
            schema={"company": pl.String, "supplier_no": pl.Int64, "supplier": pl.String},
        ).with_columns(name="supplier"),
        policy or load_policies().on(date(2025, 1, 1)),
    )


def _row(row: dict[str, str | None], place: int) -> tuple[object, ...]:
    company = row.get("company") or "acme"
    kind = Kind[(row["kind"] or "").upper()]
    day = day_number(date.fromisoformat(row["posted"] or ""))
    received = row.get("received")
    return (
        company,
        place + 1,
        number(company, row.get("sku") or "A-1"),
        number(company, row.get("warehouse") or "W1"),
        number(company, row.get("supplier") or "S1"),
        day_number(date.fromisoformat(received)) if received else None,
        day - 1 if kind is Kind.OPENING else day,
        kind.value,
        scaled(row.get("quantity") or "0", 6),
        scaled(row.get("value"), 4),
        row.get("reversal") == "yes",
        day_number(date.fromisoformat(annulled)) if (annulled := row.get("annulled")) else None,
    )


def _codes(
    drawn: Sequence[dict[str, str | None]], column: str, usual: str
) -> list[tuple[str, str]]:
    return sorted({(row.get("company") or "acme", row.get(column) or usual) for row in drawn})


def _items(codes: list[tuple[str, str]], drawn: list[dict[str, str | None]]) -> pl.DataFrame:
    special = {((row.get("company") or "acme"), row["sku"]): row for row in drawn}
    rows = []
    for company, sku in codes:
        own = special.get((company, sku), {})
        path = own.get("category")
        rows.append(
            {
                "company": company,
                "item_no": number(company, sku),
                "sku": sku,
                "name": sku,
                "category": path.split(" / ")[0] if path else "uncategorised",
                "subcategory": path or "uncategorised",
                "stage": own.get("stage") or "trading",
                "status": own.get("status") or "active",
                "created_on": None,
                "is_stub": False,
            }
        )
    return pl.DataFrame(rows, schema_overrides={"created_on": pl.Date})


def _warehouses(codes: list[tuple[str, str]], drawn: list[dict[str, str | None]]) -> pl.DataFrame:
    kinds = {((row.get("company") or "acme"), row["warehouse"]): row.get("kind") for row in drawn}
    return pl.DataFrame(
        [
            {
                "company": company,
                "warehouse_no": number(company, code),
                "warehouse": code,
                "name": code,
                "kind": kinds.get((company, code)) or "dc",
            }
            for company, code in codes
        ]
    )


def turns(
    stock: Books,
    as_of: str,
    name: str = "trailing_12_months",
    bases: Sequence[Basis] = BASES,
) -> pl.DataFrame:
    """Turnover of every member in one window."""
    asked = [window(name, date.fromisoformat(as_of))]
    return turnover(stock.daily(), asked, stock.companies(), bases)


def one(frame: pl.DataFrame, **wanted: str) -> dict[str, object]:
    """The one row that matches."""
    return frame.filter(**wanted).row(0, named=True) if frame.filter(**wanted).height == 1 else {}
