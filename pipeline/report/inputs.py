"""What a report is made of: published rows of one audience on one date, and their policy.

A report never asks the warehouse for more.  Frames carry the columns of the published tables
(more do no harm); what is added to them here is said at each field.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl

FLOWS = (
    "opening",
    "purchase",
    "purchase_return",
    "sale",
    "sale_return",
    "transfer_in",
    "transfer_out",
    "production_receipt",
    "production_issue",
    "adjustment",
    "scrap",
    "revaluation",
    "landed_cost",
)
"""Columns of `daily` between opening and closing, signed as posted."""


@dataclass(frozen=True)
class PolicyValues:
    """The decisions of people that the figures rest on, as of the report's date."""

    slow_days: int = 90
    dead_days: int = 365
    days_per_year: int = 365
    basis: str = "time_weighted"
    dead_share_limit: float | None = None
    noise: float = 0.02  # a relative change of turnover inside it counts as unchanged
    notable_points: float = 0.005  # and a change of a share inside this
    far_over_limit: float = 2.0  # so many times the limit of dead stock count as two signs
    material_share: float = 0.001  # of stock; less is no finding and nothing to decide
    material_amount: float = 1000.0  # nor is less money
    share_named: float = 0.10  # who is named holds so much of what is spoken of
    unattributed_limit: float = 0.05  # with more of a year unattributed, suppliers are not compared
    is_example: bool = False
    targets_are_examples: bool = False
    carrying_rate: float = 0.0  # what holding stock costs a year, as a share of its average
    carrying_is_example: bool = False
    policy_version: str = ""
    definition_version: str = ""


@dataclass(frozen=True)
class Since:
    """What differs from the newest date before the report's of which details are kept."""

    on: date
    """That date; its policy is the report's."""
    turnover: float | None
    """The audience's headline turnover of then."""
    items: pl.DataFrame
    """company, sku, value, change of every item that was dead on one of the dates only, abnormal
    stock left out: `became_dead` with the dead value of the report's date; `moves_again` (an issue
    came) and `left` (nothing of it is held) with that of then."""


@dataclass(frozen=True)
class ReportInput:
    """One audience's report, before it has a language.

    `company` is the company's code, or `*`; then the frames hold the group's `*` rows and, where
    a field says so, those of its companies.  `titles` is the printed name by language.
    """

    company: str
    titles: Mapping[str, str]
    currency: str
    as_of: date
    known_on: date
    data_through: date
    run_label: str
    policy: PolicyValues

    turnover: pl.DataFrame
    """metrics.turnover of `as_of` and of the same day a year earlier, every dimension but `sku`,
    window, basis and scope; for a group also its companies' rows of dimension `company`."""
    trend: pl.DataFrame
    """metrics.turnover, trailing 12 months, headline basis, scope normal, dimensions company,
    category and supplier: one `as_of` a month, up to 24 before the report's own."""
    daily: pl.DataFrame
    """metrics.daily of the audience, dimension company, scope normal: `day` as a date,
    opening_value, closing_value and one column per kind of `FLOWS`; the 24 months to `as_of`."""
    dead_stock: pl.DataFrame
    """metrics.dead_stock of `as_of`, of the same day a year earlier, and of any month between."""
    stock_status: pl.DataFrame
    """metrics.stock_status of every company in the audience, plus `is_abnormal` and
    `supplier_member`, the audience's member that the supplier is."""
    stock_age: pl.DataFrame
    """metrics.stock_age of every company in the audience, plus the same two."""
    reconciliation: pl.DataFrame
    """metrics.reconciliation of the period of `as_of`, every company in the audience: where it
    ends (`RECONCILED`), not what it is made of."""

    items: pl.DataFrame
    """company, sku, name, category: the masters as known on `known_on`."""
    members: pl.DataFrame
    """company, dimension, member, name and, where there is one, name_zh; `owner` is the company
    that a name of the group is printed with.  For a group also the names its companies have."""
    benchmarks: pl.DataFrame
    """dimension, member, label_en, label_zh, statistic (mean, median, range, star,
    laggard, star_laggard), value (of all but range and star_laggard), low, high, source, year,
    region, is_example; only members with an explicit mapping."""

    deliveries: pl.DataFrame
    """company, table, rows_in, rows_new, rows_corrected, rows_unchanged, rows_quarantined,
    rows_duplicate: what the newest delivery of each company brought."""
    quarantine: pl.DataFrame
    """company, table, reason, source_file, rows, first: what is refused and not yet corrected;
    a row has several reasons, `first` counts it under its first one only."""
    coverage: pl.DataFrame
    """company, data_through."""
    stubs: pl.DataFrame
    """company, table, members: codes without a master; refused = those whose row was refused."""
    unpaired_transfers: pl.DataFrame
    """company, transfers, value, oldest_on: open for more than 30 days."""
    estimates: pl.DataFrame
    """company, movements, value: valued at the last known cost; cogs = what of it is in the cost
    of goods sold of the twelve months; missing = without any cost, of `missing_items` items, the
    first of which `missing_skus` names."""
    plausibility: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=PLAUSIBILITY))
    """metrics.cost_plausibility of `as_of`, every company in the audience."""
    ledger_from: date | None = None
    """First day the ledger covers, of the group the latest of its companies."""
    silent: tuple[str, ...] = ()
    """Companies of the audience that had delivered nothing by `as_of`."""
    with_lots: tuple[str, ...] = ()
    """Companies of the audience whose ledger names lots."""
    forgiven_rows: int = 0
    """How many refused rows somebody decided to leave out."""
    account: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ACCOUNT))
    """What became of every row of every delivery up to `as_of`, by company."""
    open_transfers: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(schema=OPEN_TRANSFERS)
    )
    """Every item of a transfer that left `warehouse` and has not arrived, whatever its age."""
    costs: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=COSTS))
    """What `estimates` says, by item."""
    costed: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=COSTED))
    """Where the turnover of twelve months lacks a cost: that of the items which lack none.  One row
    of cogs and average_inventory, headline basis and scope; `lacking` counts the others."""
    item_turnover: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ITEM_TURNOVER))
    """metrics.turnover of `as_of`, trailing 12 months, headline basis, scope normal, dimension
    `sku`, every company in the audience."""
    unestimated: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=COSTED))
    """The same of the items without an estimated movement, where others have some."""
    unknown_codes: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=UNKNOWN_CODES))
    """What `stubs` counts, code by code."""
    changes: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CHANGES))
    """metrics.turnover_change of the audience and `as_of`, scope normal: a year and a month."""
    release: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=RELEASE))
    """metrics.cash_release of the audience and `as_of`, scope normal."""
    since: Since | None = None
    """None where there is nothing to compare with."""


SAME_EVERYWHERE = (
    "as_of",
    "currency",
    "data_through",
    "definition_version",
    "known_on",
    "policy_version",
)
"""Columns of details that say the same in every row: a report does not carry them."""
RECONCILED = (
    "company",
    "warehouse",
    "sku",
    "period",
    "quantity_closing",
    "value_closing",
    "erp_quantity",
    "erp_value",
    "quantity_difference",
    "value_difference",
    "adds_up",
    "agrees",
)
PLAUSIBILITY = {
    "company": pl.String,
    "lines": pl.Int64,
    "alike": pl.Int64,
    "is_disguised": pl.Boolean,
}
_EFFECTS = ("change", "cogs_effect", "inventory_effect", "rate_effect", "mix_effect")
CHANGES = {
    "compared_on": pl.Date,
    "dimension": pl.String,
    "member": pl.String,
    "numerator": pl.Decimal(18, 4),
    "numerator_before": pl.Decimal(18, 4),
    "average_inventory": pl.Float64,
    "average_inventory_before": pl.Float64,
    "turnover": pl.Float64,
    "turnover_before": pl.Float64,
    **dict.fromkeys(_EFFECTS, pl.Float64),
    "tied_value": pl.Float64,
    "reason": pl.String,
}
_RELEASED = ("cash_release", "dead_release", "other_release", "shortfall", "targeted_inventory")
RELEASE = {
    "dimension": pl.String,
    "member": pl.String,
    "numerator": pl.Decimal(18, 4),
    "average_inventory": pl.Float64,
    "turnover": pl.Float64,
    "dio_days": pl.Float64,
    "target_turnover": pl.Float64,
    "gap_days": pl.Float64,
    "target_inventory": pl.Decimal(18, 4),
    **dict.fromkeys(_RELEASED, pl.Decimal(18, 4)),
    "carrying_cost": pl.Decimal(18, 4),
    "reason": pl.String,
}
SINCE = {
    "company": pl.String,
    "sku": pl.String,
    "value": pl.Decimal(18, 4),
    "change": pl.String,
}
BENCHMARKS = {
    "dimension": pl.String,
    "member": pl.String,
    "label_en": pl.String,
    "label_zh": pl.String,
    "statistic": pl.String,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "source": pl.String,
    "year": pl.Int64,
    "region": pl.String,
    "is_example": pl.Boolean,
}
DELIVERIES = {
    "company": pl.String,
    "table": pl.String,
    "rows_in": pl.Int64,
    "rows_new": pl.Int64,
    "rows_corrected": pl.Int64,
    "rows_unchanged": pl.Int64,
    "rows_quarantined": pl.Int64,
    "rows_duplicate": pl.Int64,
}
ACCOUNT = {
    "company": pl.String,
    "deliveries": pl.Int64,
    **{name: kind for name, kind in DELIVERIES.items() if name.startswith("rows_")},
}
QUARANTINE = {
    "company": pl.String,
    "table": pl.String,
    "reason": pl.String,
    "source_file": pl.String,
    "rows": pl.Int64,
    "first": pl.Int64,
}
ESTIMATES = {
    "company": pl.String,
    "movements": pl.Int64,
    "value": pl.Decimal(18, 4),
    "cogs": pl.Decimal(18, 4),
    "missing": pl.Int64,
    "missing_items": pl.Int64,
    "missing_skus": pl.String,
}
COSTS = {
    "company": pl.String,
    "sku": pl.String,
    "movements": pl.Int64,
    "value": pl.Decimal(18, 4),
    "cogs": pl.Decimal(18, 4),
    "missing": pl.Int64,
}
COSTED = {
    "lacking": pl.Int64,
    "cogs": pl.Decimal(38, 4),
    "average_inventory": pl.Float64,
}
ITEM_TURNOVER = {
    "company": pl.String,
    "sku": pl.String,
    "cogs": pl.Decimal(18, 4),
    "consumption": pl.Decimal(18, 4),
    "closing_value": pl.Decimal(18, 4),
    "average_inventory": pl.Float64,
    "turnover": pl.Float64,
    "dio_days": pl.Float64,
    "reason": pl.String,
}
OPEN_TRANSFERS = {
    "company": pl.String,
    "transfer": pl.String,
    "sku": pl.String,
    "warehouse": pl.String,
    "quantity": pl.Decimal(38, 6),
    "value": pl.Decimal(18, 4),
    "opened_on": pl.Date,
}
UNKNOWN_CODES = {
    "company": pl.String,
    "table": pl.String,
    "code": pl.String,
    "is_refused": pl.Boolean,
}
UNPAIRED = {
    "company": pl.String,
    "transfers": pl.Int64,
    "value": pl.Decimal(18, 4),
    "oldest_on": pl.Date,
}
STUBS = {"company": pl.String, "table": pl.String, "members": pl.Int64, "refused": pl.Int64}
COVERAGE = {"company": pl.String, "data_through": pl.Date}
MEMBERS = {
    "company": pl.String,
    "dimension": pl.String,
    "member": pl.String,
    "name": pl.String,
    "name_zh": pl.String,
    "owner": pl.String,
}
ITEMS = {"company": pl.String, "sku": pl.String, "name": pl.String, "category": pl.String}
