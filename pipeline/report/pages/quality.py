"""Data quality and definitions: what the figures rest on, and what is not known."""

from dataclasses import dataclass, replace
from datetime import date

from pipeline.metrics.reconciliation import differences
from pipeline.report.findings.reconciliation import Agreement, quality_title
from pipeline.report.inputs import PolicyValues
from pipeline.report.lookup import Facts
from pipeline.report.member_figures import Benchmark
from pipeline.report.pages.quality_check import Check, Result
from pipeline.report.pages.quality_checks import rules
from pipeline.report.pages.quality_deliveries import (
    DeliveryLine,
    ReasonLine,
    delivery_lines,
    reason_lines,
)
from pipeline.report.pages.quality_reconciliation import (
    BalanceLine,
    DifferenceLine,
    ProofLine,
    absolute_difference,
    balance_line,
    balance_lines,
    broken_positions,
    compared_positions,
    difference_lines,
    extent_of,
    proof_lines,
    tolerated_positions,
    valued_balances,
)
from pipeline.report.sentences import Label, Sentence, say, say_counted, term

MOST_REASONS = 10


@dataclass(frozen=True)
class SourceLine:
    """A benchmark with its source, and the members that are compared with it."""

    members: tuple[Label, ...]
    benchmark: Benchmark


@dataclass(frozen=True)
class QualityPage:
    """What the page shows."""

    title: Sentence
    proof: tuple[ProofLine, ...]
    balances: tuple[BalanceLine, ...]
    balances_total: BalanceLine
    is_compared: bool  # whether the ERP delivered any balance
    differences: tuple[DifferenceLine, ...]
    all_differences: int
    checks: tuple[Check, ...]
    deliveries: tuple[DeliveryLine, ...]
    reasons: tuple[ReasonLine, ...]
    other_reasons: int
    sources: tuple[SourceLine, ...]
    policy: PolicyValues
    dead_unknown_before: date | None
    lots: Sentence | None
    is_group: bool
    known_on: date
    data_through: date

    def with_missing_characters(self, characters: str) -> "QualityPage":
        """The page with a line on characters that no font of the report can draw."""
        codes = ", ".join(f"U+{ord(one):04X}" for one in characters[:8])
        check = Check(
            term("Every name can be printed"),
            Result.NOTED,
            say_counted(
                "One character is missing in the report's fonts and shown as □: %(codes)s",
                "%(count)s characters are missing in the report's fonts and shown as □: %(codes)s",
                len(characters),
                codes=codes,
            ),
        )
        return replace(self, checks=(*self.checks, check))


def quality_page(facts: Facts) -> QualityPage:
    """The page on data quality and definitions."""
    compared = compared_positions(facts)
    differing = differences(compared)
    reasons = reason_lines(facts)
    return QualityPage(
        title=quality_title(
            Agreement(
                positions=facts.given.reconciliation.height,
                compared=compared.height,
                valued=valued_balances(compared),
                differing=differing.height,
                difference=absolute_difference(differing),
                broken=broken_positions(facts),
                within=tolerated_positions(compared),
                share=extent_of(facts).value_share,
            )
        ),
        proof=proof_lines(facts),
        balances=balance_lines(facts),
        balances_total=balance_line(term("Total"), facts.given.reconciliation),
        is_compared=compared.height > 0,
        differences=difference_lines(facts),
        all_differences=differing.height,
        checks=tuple(check for rule in rules(facts) if (check := rule(facts))),
        deliveries=delivery_lines(facts),
        reasons=reasons[:MOST_REASONS],
        other_reasons=sum(line.rows for line in reasons[MOST_REASONS:]),
        sources=_sources(facts),
        policy=facts.policy,
        dead_unknown_before=facts.dead_unknown_before,
        lots=_lots(facts),
        is_group=facts.is_group,
        known_on=facts.given.known_on,
        data_through=facts.given.data_through,
    )


def _lots(facts: Facts) -> Sentence | None:
    """For whom layers are taken by lot; nothing where no ERP names any."""
    companies = facts.companies(facts.given.with_lots)
    if companies is None:
        return None
    return say(
        "%(companies)s: what the ERP posts to a lot is taken from that lot; all other stock first "
        "in, first out by item and warehouse.",
        companies=companies,
    )


def _sources(facts: Facts) -> tuple[SourceLine, ...]:
    found: dict[Benchmark, list[Label]] = {}
    listed = facts.members("category")
    for dimension, member, benchmark in facts.benchmarks:
        has_line = member == facts.company if dimension == "company" else member in listed
        if not has_line:
            continue
        found.setdefault(benchmark, []).append(
            term("All stock") if dimension == "company" else facts.label(dimension, member)
        )
    return tuple(SourceLine(tuple(labels), benchmark) for benchmark, labels in found.items())
