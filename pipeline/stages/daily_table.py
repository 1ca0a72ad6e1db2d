"""The daily table: kept up to date under the newest masters, made anew under any others.

    kept table = all days before the first stale one, and the days since on top of their closings

`metrics.daily` is that of the newest as-of date.  Dates under other masters get a table of their
own, which is used and forgotten: a backfill of old days leaves the kept one as it is.
"""

from typing import Any

import narwhals as nw
import polars as pl

from pipeline.metrics.consolidation import group_members
from pipeline.metrics.daily import Grain, closings, daily_sums
from pipeline.metrics.fixed_point import collected, stacked
from pipeline.metrics.packing import packed_daily
from pipeline.metrics.running_positions import BEGINNING
from pipeline.stages.as_of import AsOfPeriod
from pipeline.stages.attribute import STALE
from pipeline.stages.fact_rows import FactRows
from pipeline.stages.published_views import DAILY_PACKED
from pipeline.warehouse import Warehouse

MEMBERS = "facts.members"
"""Which member and scope everything counted in when the kept table was made."""
MEMBERSHIP = ("first", "second", "third", "is_abnormal")


class DailyTable:
    """The daily table of a warehouse."""

    def __init__(self, warehouse: Warehouse, rows: FactRows) -> None:
        """The table as it is kept, and the rows it is made of."""
        self.warehouse, self.rows = warehouse, rows
        self.written = 0

    def of(self, part: AsOfPeriod, *, is_newest: bool) -> pl.DataFrame:
        """The table under the masters of some dates, packed; only the newest masters' is kept."""
        used = _mapping(part)
        if not is_newest and self._other_members(used):
            return self._whole(part)
        made = self._keep(part, used)
        return self.warehouse.frame(f"FROM {DAILY_PACKED}") if made is None else made

    def refresh(self, newest: AsOfPeriod) -> None:
        """Bring the kept table up to the facts."""
        self._keep(newest, _mapping(newest))

    def _keep(self, part: AsOfPeriod, used: pl.DataFrame) -> pl.DataFrame | None:
        """Bring the kept table up to the facts; the whole of it, unless it is as it was."""
        first = self._first_stale_day(used)
        if first is None:
            return None
        where, kept, fresh = f"day >= {first}", None, None
        if first > BEGINNING:
            kept = self.warehouse.frame(f"FROM {DAILY_PACKED} WHERE NOT {where}")
            fresh = self._since(part, where, closings(kept, first))
        if fresh is None:
            where, kept, fresh = "true", None, self._whole(part)
        with self.warehouse.transaction():
            self.written += self.warehouse.replace(DAILY_PACKED, fresh, where)
            self.warehouse.execute(f"DROP TABLE IF EXISTS {MEMBERS}")
            self.warehouse.replace(MEMBERS, used)
            self.warehouse.execute(f"DELETE FROM {STALE}")
        return fresh if kept is None else stacked([kept, fresh.select(kept.columns)])

    def _first_stale_day(self, used: pl.DataFrame) -> int | None:
        """From which day on the kept table is to be made again; a very early one: all."""
        if self._other_members(used):
            return BEGINNING
        return self.warehouse.value(f"SELECT min(first_day) FROM {STALE}")

    def _other_members(self, used: pl.DataFrame) -> bool:
        """Whether the kept table was made, if at all, of other members."""
        if not self.warehouse.has(MEMBERS) or not self.warehouse.has(DAILY_PACKED):
            return True
        before = self.warehouse.frame(f"FROM {MEMBERS}")
        if before.columns != used.columns:
            return True
        both = before.join(used, on=["kind", "number"], suffix="_now")
        moved = pl.any_horizontal(
            pl.col(name).ne_missing(pl.col(f"{name}_now")) for name in MEMBERSHIP
        )
        return not both.filter(moved).is_empty()

    def _whole(self, part: AsOfPeriod) -> pl.DataFrame:
        made = self._since(part, "true")
        assert made is not None  # noqa: S101 - nothing came before that it might not fit
        return made

    def _since(
        self, part: AsOfPeriod, where: str, before: pl.DataFrame | None = None
    ) -> pl.DataFrame | None:
        """The days from some day on, on top of the closings before it."""
        hold = self.warehouse.hold
        items = nw.from_native(hold("member_items", part.members.items))
        places = nw.from_native(hold("member_places", part.members.places))
        rows: dict[Grain, nw.LazyFrame[Any]] = {
            "place": self.rows.stock(where),
            "item_class": self.rows.stock(where),
            "supplier_no": self.rows.attributed(where),
            "channel": self.rows.sold(where),
        }
        sums: dict[Grain, pl.DataFrame] = {
            grain: collected(daily_sums(frame, items, places, grain))
            for grain, frame in rows.items()
        }
        return packed_daily(sums, part.members, before)


def _mapping(part: AsOfPeriod) -> pl.DataFrame:
    """Which member and scope everything counts in, also of the group, to see when that changes."""
    members = part.members
    items = members.items.join(members.classes, on="item_class").select(
        kind=pl.lit("item"),
        number="item_no",
        first="category",
        second="subcategory",
        third="stage",
        is_abnormal="is_abnormal_item",
    )
    places = members.places.join(members.warehouses, on="place").select(
        "company",
        number="warehouse_no",
        dimension=pl.lit("warehouse"),
        member="warehouse",
        is_abnormal="is_abnormal_place",
    )
    suppliers = part.masters.suppliers.select(
        "company",
        number="supplier_no",
        dimension=pl.lit("supplier"),
        member="supplier",
        is_abnormal=pl.lit(value=False),
    )
    coded = stacked([places, suppliers])
    named = coded.join(group_members(coded, members.group), on=["company", "dimension", "member"])
    codes = named.select(
        kind="dimension",
        number="number",
        first="member",
        second="group_member",
        third=pl.lit(None, pl.String),
        is_abnormal="is_abnormal",
    )
    return stacked([items, codes]).sort("kind", "number")
