"""What the figures of a period are made of, read while the figures before are worked out.

    reading   | flows of statuses, sums of items | what stands on date 1 | on date 2 | …
    figures                 | summaries …                  | of date 1               | …
    writing   | daily table …      | summaries …                  | of date 1             …

Each has a thread; the first two read what is committed, on connections of their own.  Reading is
one date ahead of the figures, and these one metric ahead of writing.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

import narwhals as nw
import polars as pl

from pipeline.metrics import status_changes as changing
from pipeline.metrics.cost_gaps import cost_gaps
from pipeline.metrics.dead_stock import COUNTED
from pipeline.metrics.fixed_point import collected, stacked
from pipeline.metrics.item_sums import item_sums
from pipeline.metrics.ledger_outline import outlined
from pipeline.metrics.running_positions import BEGINNING, Carried, Standing
from pipeline.metrics.running_sums import RunningSums, items_running
from pipeline.metrics.stock_status import thresholds_of
from pipeline.metrics.time_windows import day_number, windows
from pipeline.metrics.window_edges import edge_days
from pipeline.stages.as_of import AsOfPeriod
from pipeline.stages.fact_rows import FactRows, until
from pipeline.warehouse import Warehouse

Told = TypeVar("Told")


def in_turn(thread: ThreadPoolExecutor, tasks: Iterable[Callable[[], Told]]) -> Iterator[Told]:
    """What the tasks give, in their order; each is carried out while the one before is used."""
    coming: Future[Told] | None = None
    for task in tasks:
        done, coming = coming, thread.submit(task)
        if done is not None:
            yield done.result()
    if coming is not None:
        yield coming.result()


@contextmanager
def reading_ahead(warehouse: Warehouse) -> Generator["Reader"]:
    """Whoever reads and works out ahead, until nobody needs it any more."""
    with (
        warehouse.beside() as read,
        warehouse.beside() as worked_out,
        ThreadPoolExecutor(1) as reading,
        ThreadPoolExecutor(1) as working,
    ):
        try:
            yield Reader(read, worked_out, reading, working)
        finally:
            reading.shutdown(cancel_futures=True)
            working.shutdown(cancel_futures=True)


class Reader:
    """Reads of periods, one after the other, and whoever works out their figures."""

    def __init__(
        self,
        warehouse: Warehouse,
        beside: Warehouse,
        reading: ThreadPoolExecutor,
        working: ThreadPoolExecutor,
    ) -> None:
        """Nothing is read yet; a connection is its thread's alone, `beside` that of the figures."""
        self.warehouse, self.beside = warehouse, beside
        self.reading, self.working = reading, working
        self.rows = FactRows(warehouse)
        self.carried = Carried(self.rows.attributed, self.rows.ledger, self.rows.stock)

    def begin(
        self, part: AsOfPeriod, detailed: Sequence[date], summed_up: Sequence[date]
    ) -> "PeriodAhead":
        """Begin with a period: `summed_up` are the dates of its trends and those without detail."""
        return PeriodAhead(self, _Ledgers(self, part, detailed), summed_up)


class PeriodAhead:
    """What a period is made of, as far as it was read."""

    def __init__(self, reader: Reader, ledgers: "_Ledgers", summed_up: Sequence[date]) -> None:
        """Read what all its dates share, and what stands on the first one."""
        self._submit, self._ledgers = reader.reading.submit, ledgers
        self._flows = self._submit(ledgers.status_flows, summed_up)
        self._waiting = list(ledgers.detailed)
        self._items = self._submit(ledgers.items_running) if self._waiting else None
        self._standing: Future[Standing] | None = None
        self._read_on()

    @property
    def status_flows(self) -> pl.DataFrame:
        """What enters and leaves each status, as the dates that are summed up see it."""
        return self._flows.result()

    @property
    def items_running(self) -> RunningSums:
        """What the turnover of items is made of on all detailed dates."""
        assert self._items is not None, "only detailed dates have items"  # noqa: S101
        return self._items.result()

    def standing(self, day: date) -> Standing:
        """What stands on a detailed date, asked for in their order; the one after it is begun."""
        coming = self._standing
        assert coming is not None, "there is no other date"  # noqa: S101
        expected = self._waiting.pop(0)
        assert expected == day, "dates are asked for in their order"  # noqa: S101
        self._read_on()
        return coming.result()

    def _read_on(self) -> None:
        if self._waiting:
            self._standing = self._submit(self._ledgers.standing, self._waiting[0])


class _Ledgers:
    """The ledgers as a period looks at them."""

    def __init__(self, reader: Reader, part: AsOfPeriod, detailed: Sequence[date]) -> None:
        self.warehouse, self.rows, self.carried = reader.warehouse, reader.rows, reader.carried
        self.part, self.detailed = part, detailed

    @cached_property
    def items(self) -> nw.LazyFrame[Any]:
        """The items' classes, where the facts are."""
        return nw.from_native(self.warehouse.hold("member_items", self.part.members.items))

    @cached_property
    def places(self) -> nw.LazyFrame[Any]:
        """The warehouses' places, where the facts are."""
        return nw.from_native(self.warehouse.hold("member_places", self.part.members.places))

    def items_running(self) -> RunningSums:
        """What the turnover of items is made of on all detailed dates, in one pass."""
        asked = windows(self.detailed, self.part.fiscal)
        edges = nw.from_native(self.warehouse.hold("edges", edge_days(asked)))
        rows = self.rows.attributed(until(day_number(asked[-1].as_of)))
        sums = collected(item_sums(rows, self.items, self.places, edges, asked))
        return items_running(sums, self.part.masters.items, asked)

    def standing(self, day: date) -> Standing:
        """What stands on a date not before the last one."""
        return self.carried.to(day, self.outline if day == self.detailed[0] else None)

    @cached_property
    def outline(self) -> pl.DataFrame:
        """The ledger in outline up to the first detailed date, which needs it too."""
        return self._outlined(BEGINNING, day_number(self.detailed[0]))

    def _outline(self, last: int) -> pl.DataFrame:
        """The ledger in outline up to a day."""
        if not self.detailed:
            return self._outlined(BEGINNING, last)
        first = day_number(self.detailed[0])
        if first == last:
            return self.outline
        since = self._outlined(first, last)
        return stacked([self.outline, since.select(self.outline.columns)])

    def _outlined(self, after: int, until_day: int) -> pl.DataFrame:
        items = thresholds_of(self.part.masters.items, self.part.policy)
        span = changing.span_of(items, self.part.policy.stranded_days)
        rows = self.rows.ledger(f"day > {after} AND {until(until_day)}")
        return collected(outlined(rows, until_day, span))

    def status_flows(self, dates: Sequence[date]) -> pl.DataFrame:
        """What enters and leaves each status, as the dates see it, in one pass."""
        days = [day_number(day) for day in dates]
        items = thresholds_of(self.part.masters.items, self.part.policy)
        stranded = self.part.policy.stranded_days
        rows = nw.from_native(self._outline(days[-1]).lazy())
        events = collected(changing.clock_events(rows, days[-1]))
        of_items, of_places = changing.status_stretches(events, items, stranded, days)
        hold, attributed = self.warehouse.hold, self.rows.attributed(until(days[-1]))
        flows = changing.status_flows(
            attributed,
            nw.from_native(hold("of_items", of_items)),
            nw.from_native(hold("of_places", of_places)),
            self.items,
            self.places,
            seen=nw.from_native(hold("seen_on", changing.seen_on(days))),
            first_day=days[0],
            last_day=days[-1],
        )
        gaps = cost_gaps(attributed, self.part.members, COUNTED.index("without_cost"), days[-1])
        return pl.concat([collected(flows), gaps], how="vertical_relaxed")
