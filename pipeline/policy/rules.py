"""What each policy file may say, and all of it together as it holds on one date.

A rule holds from its `valid_from` until the next one of its file.  Keys nobody knows are refused:
a misspelt threshold must not fall back to a default in silence.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from pipeline.policy.group_members import GroupMembersRule
from pipeline.settings import Strict

Days = Annotated[int, Field(ge=1, le=36_500)]
Share = Annotated[float, Field(ge=0, le=1)]
Turns = Annotated[float, Field(gt=0, le=1000)]
Basis = Literal["time_weighted", "two_point", "month_ends", "quarter_ends"]
WindowName = Literal["month", "quarter", "year_to_date", "trailing_12_months"]


class Rule(Strict):
    """One decision: since when it holds, why, and whether it is only an example."""

    valid_from: date
    """The first day it holds; it holds until the next rule of the file."""
    reason: str = Field(min_length=3)
    """Who decided it and where that is written."""
    example: bool = False
    """Whether it only stands there until somebody decides; the report says so."""


class StatusThresholds(Strict):
    """Days without an issue from which stock is slow, and from which it is dead."""

    slow: Days
    """From so many days without an issue stock is slow."""
    dead: Days
    """From so many days without an issue stock is dead."""

    @model_validator(mode="after")
    def _slow_comes_first(self) -> "StatusThresholds":
        if self.slow >= self.dead:
            message = f"slow ({self.slow}) must be fewer days than dead ({self.dead})"
            raise ValueError(message)
        return self


class ThresholdsRule(Rule, StatusThresholds):
    """When stock counts as slow, dead or stranded; a class goes before a stage, it before all."""

    stranded: Days | None = None
    """From so many days without outflow stock that moves elsewhere is stranded here; as slow, if
    not given."""
    stages: dict[str, StatusThresholds] = Field(default_factory=dict[str, StatusThresholds])
    """Other thresholds for a stage of items: `[rule.stages.raw]`."""
    classes: dict[str, StatusThresholds] = Field(default_factory=dict[str, StatusThresholds])
    """Other thresholds for an ABC class: `[rule.classes.C]`."""


class TurnoverRule(Rule):
    """Which turnover is the headline, how many days a year has, and when it starts."""

    headline_basis: Basis
    """How the average inventory of the headline is taken."""
    days_per_year: Literal[360, 365]
    """For days of inventory from turns a year."""
    fiscal_year_first_month: int = Field(ge=1, le=12)
    """The month in which the fiscal year begins."""
    fiscal_year_first_day: int = Field(default=1, ge=1, le=28)
    """The day of that month."""


class AbnormalRule(Rule):
    """Which stock the scope `normal` leaves out."""

    warehouse_kinds: tuple[str, ...]
    """Kinds of warehouses."""
    item_statuses: tuple[str, ...]
    """Statuses of items."""
    warehouses: tuple[str, ...] = ()
    """Codes of single warehouses."""


class AbcRule(Rule):
    """Cumulative shares of outflow, in percent, up to which an item is A, then B."""

    a_up_to: Annotated[int, Field(gt=0, lt=100)]
    """Percent of the outflow at cost up to which an item is A."""
    b_up_to: Annotated[int, Field(gt=0, lt=100)]
    """Percent up to which it is B; the rest is C."""

    @model_validator(mode="after")
    def _a_comes_first(self) -> "AbcRule":
        if self.a_up_to >= self.b_up_to:
            message = f"a_up_to ({self.a_up_to}) must be below b_up_to ({self.b_up_to})"
            raise ValueError(message)
        return self


class ReconciliationRule(Rule):
    """How far the ledger may stand from the ERP's own balance, per SKU and warehouse."""

    value_tolerance: float = Field(ge=0)
    """Money that is no difference yet."""
    quantity_tolerance: float = Field(ge=0)
    """Base units that are no difference yet."""


class QuarantineRule(Rule):
    """When refused rows hold a company's report: too many of a delivery, by share and by number."""

    blocking_share: Share
    """More than this share of a table's rows, and …"""
    fewest_rows: int = Field(ge=1)
    """… at least so many rows: fewer are told, and hold nothing."""


class BenchmarkMappingRule(Rule):
    """Which benchmark a category, or a whole company, is compared with; the rest with none."""

    categories: dict[str, str] = Field(default_factory=dict[str, str])
    """A benchmark's id by category."""
    companies: dict[str, str] = Field(default_factory=dict[str, str])
    """A benchmark's id by company; `*` is the group, and what a lone company is shown as."""


class TargetsRule(Rule):
    """What is aimed at: the highest dead share, and how often stock shall turn."""

    dead_share_limit: Share
    """The share of stock that may be dead."""
    level: Literal["category", "subcategory"] = "category"
    """Of what `turnover` speaks: first levels of the path, or whole paths."""
    turnover: dict[str, Turns] = Field(default_factory=dict[str, Turns])
    """Turns a year aimed at, by member of that level: `[rule.turnover]`."""
    other_turnover: Turns | None = None
    """The target of every member without one of its own; left out: they have none."""

    def target_of(self, member: str) -> float | None:
        """The turns a year a member of the level aims at."""
        return self.turnover.get(member, self.other_turnover)


class CarryingCostRule(Rule):
    """What it costs to hold stock for a year."""

    rate: Annotated[float, Field(ge=0, le=2)]
    """Capital, space, insurance, shrinkage and ageing, as a share of the average stock."""


class MaterialityRule(Rule):
    """What is large enough to be said or decided, and sure enough to be compared."""

    share_of_stock: Share
    """Less of the stock than this share is no finding, and nothing to decide."""
    amount: float = Field(ge=0)
    """Nor is less money, in the site's currency."""
    share_named: Share
    """Whoever a sentence names holds at least this share of what it speaks of."""
    unattributed_share: Share
    """With more than this share of a year's stock or outflow unattributed, no supplier is compared
    with that year."""
    change_of_turnover: Share
    """A relative change of turnover up to this counts as none."""
    change_of_share: Share
    """A change of a share up to this counts as none; 0.005 is half a percentage point."""
    far_over_limit: float = Field(gt=1)
    """A dead share of so many times its limit counts as two signs."""


class Benchmark(Strict):
    """One published figure of an industry, with what it is and where it stands."""

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    """What `benchmark_mapping` names it by."""
    industry: str
    """Of which industry it speaks."""
    industry_zh: str
    """The same on the Chinese report."""
    measure: Literal["turnover", "share_of_companies", "share_of_inventory"] = "turnover"
    """What was measured."""
    statistic: Literal["mean", "median", "range", "star", "laggard", "share"]
    """Which statistic of it; figures of different ones are never compared."""
    value: float | None = Field(default=None, gt=0)
    """The figure."""
    low: float | None = Field(default=None, gt=0)
    """The lower end, where it is a range."""
    high: float | None = Field(default=None, gt=0)
    """The upper end, where it is a range."""
    days: float | None = Field(default=None, gt=0)
    """The same as days of inventory, where the source says so."""
    note: str = ""
    """What a reader of the figure must know."""
    source: str
    """Where it stands."""
    year: int | None = None
    """Of which year it speaks."""
    region: str
    """Of which region it speaks."""

    @model_validator(mode="after")
    def _says_a_value_or_a_range(self) -> "Benchmark":
        is_range = self.low is not None or self.high is not None
        if (self.value is None) != is_range:
            message = f"benchmark {self.id} needs either a value or a range"
            raise ValueError(message)
        if self.low is not None and self.high is not None and self.low >= self.high:
            message = f"benchmark {self.id}: low must be below high"
            raise ValueError(message)
        return self


class Policy(Strict):
    """Everything that people decided, as it holds on one date."""

    on: date
    thresholds: ThresholdsRule
    turnover: TurnoverRule
    abnormal: AbnormalRule
    abc: AbcRule
    reconciliation: ReconciliationRule
    quarantine: QuarantineRule
    benchmark_mapping: BenchmarkMappingRule
    targets: TargetsRule
    carrying_cost: CarryingCostRule
    materiality: MaterialityRule
    group_members: GroupMembersRule = GroupMembersRule()
    benchmarks: Mapping[str, Benchmark]

    @property
    def version(self) -> str:
        """A short hash of what holds, whatever file or date it came from."""
        content = self.model_dump(mode="json", exclude={"on", "group_members", "quarantine"})
        for part in content.values():
            for key in ("valid_from", "reason"):
                part.pop(key, None)
        content |= {"group_members": said} if (said := self.group_members.said) else {}
        text = json.dumps(content, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @property
    def stranded_days(self) -> int:
        """Days without outflow from which stock that moves elsewhere is stranded here."""
        return self.thresholds.stranded or self.thresholds.slow

    def status_thresholds(
        self,
        stage: str | None = None,
        abc_class: str | None = None,
    ) -> StatusThresholds:
        """The thresholds of an item of that stage and class."""
        rule = self.thresholds
        of_class = rule.classes.get(abc_class) if abc_class else None
        of_stage = rule.stages.get(stage) if stage else None
        return of_class or of_stage or StatusThresholds(slow=rule.slow, dead=rule.dead)

    @property
    def benchmarks_of_categories(self) -> dict[str, Benchmark]:
        """What each category is compared with, where anybody decided that."""
        mapped = self.benchmark_mapping.categories
        return {category: self.benchmarks[name] for category, name in mapped.items()}

    def benchmark_of_company(self, company: str) -> Benchmark | None:
        """What a whole company is compared with, if anybody decided that."""
        name = self.benchmark_mapping.companies.get(company)
        return self.benchmarks[name] if name else None
