"""Facts of a few figures: what one rule asks, and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache

import polars as pl

from pipeline.report.inputs import ESTIMATES, UNPAIRED, PolicyValues, ReportInput
from pipeline.report.lookup import Facts
from pipeline.report.member_figures import DeadStock
from pipeline.report.pages.members import MemberLine
from pipeline.report.sentences import Label, Sentence
from pipeline.report.translate import Words
from tests.report.sample import AS_OF, MONEY, TURNOVER, empty_input, month_end

WORDS = Words("en", "CNY")
LONG_AGO = date(2020, 1, 1)
YEAR_AGO = month_end(12)


@cache
def nothing() -> ReportInput:
    """A report without a row."""
    return empty_input()


def said(sentence: Sentence | None) -> str:
    """The sentence in English; nothing where a rule is silent."""
    return WORDS.plain(sentence) if sentence else ""


def line(
    code: str,
    stock: int = 1000,
    *,
    dead: int = 0,
    turnover: float | None = 4.0,
    prior: float | None = None,
    reason: str | None = None,
    slower: bool | None = None,
    below: bool | None = None,
    of: int = 10_000,
) -> MemberLine:
    """A line of a table; its stock is a part `of` all."""
    share = dead / stock if stock > 0 else None
    parts = (Decimal(stock), Decimal(dead), *(Decimal(0),) * 3)
    return MemberLine(
        code=code,
        label=Label(code),
        stock=Decimal(stock),
        turnover=None if reason else turnover,
        prior=prior,
        dio=None,
        reason=reason,
        dead=DeadStock(*parts, share, "no_cost" if reason == "no_cost" else None),
        stock_share=stock / of if of > 0 else None,
        months=(),
        benchmark=None,
        is_slower=slower,
        is_below_benchmark=below,
        dead_signs=None,
    )


def facts(
    *,
    stock: int = 10_000,
    turnover: float | None = 4.0,
    reason: str | None = None,
    prior: float | None = 4.0,
    dead: int = 0,
    slow: int = 0,
    undated: int = 0,
    prior_dead: int = 0,
    left_out: tuple[int, int] = (0, 0),
    windows: Mapping[str, float] | None = None,
    unattributed: tuple[float, float] = (0.0, 0.0),
    ledger_from: date = LONG_AGO,
    policy: PolicyValues | None = None,
    **fields: object,
) -> Facts:
    """A whole of one company: now, a year ago, and what its stock is made of.

    `left_out` is stock and dead stock that policy calls abnormal; `unattributed` what part of the
    year's flow had no supplier, now and a year ago.
    """
    rows = [_turnover(AS_OF, stock, turnover, reason)]
    if prior is not None:
        rows.append(_turnover(YEAR_AGO, stock, prior, None))
    rows += [
        _turnover(AS_OF, stock, pace, None, time_window=window)
        for window, pace in (windows or {}).items()
    ]
    trend = [
        _turnover(on, stock, 4.0, None, "supplier", member) | {"cogs": Decimal(str(part))}
        for on, loose in zip((AS_OF, YEAR_AGO), unattributed, strict=True)
        for member, part in (("unattributed", loose), ("S1", 1 - loose))
    ]
    everything = (stock + left_out[0], dead + left_out[1])
    given = replace(
        nothing(),
        policy=policy or PolicyValues(dead_share_limit=0.10),
        turnover=pl.DataFrame(rows, schema=TURNOVER),
        trend=pl.DataFrame(trend, schema=TURNOVER).with_columns(
            average_inventory=pl.col("cogs").cast(pl.Float64)
        ),
        dead_stock=_dead_stock(
            [
                (AS_OF, "normal", stock, dead, slow, reason),
                (AS_OF, "all", *everything, slow, reason),
                (YEAR_AGO, "normal", stock, prior_dead, 0, None),
            ]
        ),
        stock_status=positions([(undated, undated, True)] if undated else []),
        ledger_from=ledger_from,
    )
    return Facts(replace(given, **fields))  # type: ignore[arg-type]


def positions(rows: Sequence[tuple[int, int, bool]]) -> pl.DataFrame:
    """Stock status: quantity, value and whether it is opening stock nobody dated."""
    given = nothing().stock_status
    frame = pl.DataFrame(
        [
            {
                "company": "acme", "sku": f"A-{at}", "warehouse": "MAIN", "quantity": quantity,
                "value": value, "status": "moving", "history_from": undated, "is_abnormal": False,
            }
            for at, (quantity, value, undated) in enumerate(rows)
        ],
        schema_overrides={"quantity": given.schema["quantity"], "value": MONEY},
    )  # fmt: skip
    return pl.concat([given, frame], how="diagonal") if rows else given


def missing_costs(movements: int) -> pl.DataFrame:
    """So many movements without a cost."""
    row = ("acme", 0, Decimal(0), Decimal(0), movements, 1, "A-0")
    return pl.DataFrame([row], schema=ESTIMATES, orient="row")


def open_transfers(count: int, value: int) -> pl.DataFrame:
    """So many transfers that never arrived."""
    rows = [("acme", count, Decimal(value), date(2026, 2, 20))]
    return pl.DataFrame(rows if count else [], schema=UNPAIRED, orient="row")


def balances(rows: Sequence[tuple[int, int | None]]) -> pl.DataFrame:
    """Reconciliation: the ledger's value of each position, and the ERP's where it gave one."""
    return pl.DataFrame(
        [
            {
                "company": "acme", "warehouse": "MAIN", "sku": f"A-{at}",
                "value_closing": Decimal(value),
                "erp_value": None if erp is None else Decimal(erp),
                "erp_quantity": Decimal(1), "quantity_difference": Decimal(0),
                "value_difference": None if erp is None else Decimal(value - erp),
                "adds_up": True, "agrees": erp in (None, value),
            }
            for at, (value, erp) in enumerate(rows)
        ],
        schema_overrides=dict.fromkeys(("value_closing", "erp_value", "value_difference"), MONEY),
        infer_schema_length=None,
    )  # fmt: skip


def _turnover(
    on: date,
    stock: int,
    pace: float | None,
    reason: str | None,
    dimension: str = "company",
    member: str = "*",
    time_window: str = "trailing_12_months",
) -> dict[str, object]:
    return {
        "company": "*", "currency": "CNY", "as_of": on, "known_on": on, "data_through": on,
        "time_window": time_window, "basis": "time_weighted", "dimension": dimension,
        "member": member, "scope": "normal", "days": 365, "cogs": Decimal(4000),
        "consumption": Decimal(0), "opening_value": Decimal(stock), "closing_value": Decimal(stock),
        "inventory_days": 0.0, "average_inventory": float(stock),
        "turnover": None if reason else pace,
        "dio_days": None if reason or not pace else 365 / pace, "reason": reason,
    }  # fmt: skip


def _dead_stock(
    rows: Sequence[tuple[date, str, int, int, int, str | None]],
) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "company": "*", "as_of": on, "dimension": "company", "member": "*", "scope": scope,
                "value": Decimal(value), "slow_value": Decimal(slow), "dead_value": Decimal(dead),
                "new_value": Decimal(0), "stranded_value": Decimal(0),
                "dead_share": None if reason == "no_cost" or value <= 0 else dead / value,
                "reason": reason if reason == "no_cost" else None,
            }
            for on, scope, value, dead, slow, reason in rows
        ],
        schema_overrides=dict.fromkeys(
            ("value", "slow_value", "dead_value", "new_value", "stranded_value"), MONEY
        )
        | {"dead_share": pl.Float64, "reason": pl.String},
    )  # fmt: skip
