"""The policy files as one book that can be opened at any date.

The defaults travel with the package; a file of the same name in the site's `policy/` folder
replaces the default file as a whole.
"""

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError

from pipeline.policy.forgiven_rows import ForgivenRow
from pipeline.policy.group_members import GroupMember, GroupMembersRule, rules_of
from pipeline.policy.rules import (
    AbcRule,
    AbnormalRule,
    Benchmark,
    BenchmarkMappingRule,
    CarryingCostRule,
    MaterialityRule,
    Policy,
    QuarantineRule,
    ReconciliationRule,
    Rule,
    TargetsRule,
    ThresholdsRule,
    TurnoverRule,
)
from pipeline.settings import ConfigurationError, Site
from pipeline.strict_toml import faults_in_words, perhaps, strictly, toml_of

DEFAULTS = Path(str(files("pipeline.policy"))) / "defaults"
RULES: Mapping[str, type[Rule]] = {
    "thresholds": ThresholdsRule,
    "turnover": TurnoverRule,
    "abnormal": AbnormalRule,
    "abc": AbcRule,
    "reconciliation": ReconciliationRule,
    "quarantine": QuarantineRule,
    "benchmark_mapping": BenchmarkMappingRule,
    "targets": TargetsRule,
    "carrying_cost": CarryingCostRule,
    "materiality": MaterialityRule,
}
BENCHMARKS = "benchmarks"
GROUP_MEMBERS, GROUP_MEMBER = "group_members", "group_member"
FORGIVEN_ROWS, FORGIVEN_ROW = "forgiven_rows", "forgiven_row"
FILES = (*RULES, BENCHMARKS, GROUP_MEMBERS, FORGIVEN_ROWS)
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class PolicyBook:
    """All dated rules, each topic in the order of its dates."""

    rules: Mapping[str, Sequence[Rule]]
    benchmarks: Mapping[str, Benchmark]
    group_members: Sequence[GroupMembersRule] = (GroupMembersRule(),)
    forgiven_rows: Sequence[ForgivenRow] = ()

    def on(self, day: date) -> Policy:
        """The policy that holds on a day."""
        values: dict[str, Any] = {name: self._rule(name, day) for name in RULES}
        holding = bisect_right([rule.valid_from for rule in self.group_members], day)
        members = self.group_members[max(holding, 1) - 1]
        return Policy(on=day, benchmarks=self.benchmarks, group_members=members, **values)

    @cached_property
    def changes(self) -> tuple[date, ...]:
        """The dates from which some rule holds, in order."""
        dated = (*self.rules.values(), self.group_members)
        return tuple(sorted({rule.valid_from for rules in dated for rule in rules}))

    def _rule(self, name: str, day: date) -> Rule:
        rules = self.rules[name]
        holding = bisect_right([rule.valid_from for rule in rules], day)
        if not holding:
            message = (
                f"No rule of policy/{name}.toml holds on {day}, the first is valid from "
                f"{rules[0].valid_from}: add a rule that starts earlier"
            )
            raise ConfigurationError(message)
        return rules[holding - 1]


def site_policies(site: Site) -> PolicyBook:
    """The policies of a site, which name no company that it does not have.

    Raises:
        ConfigurationError: as `load_policies`.
    """
    return load_policies(site.policies, [company.name for company in site.companies])


def load_policies(
    site_folder: Path | None = None, companies: Collection[str] | None = None
) -> PolicyBook:
    """The default policies, each file replaced where the site has its own.

    Raises:
        ConfigurationError: a file is unknown, unreadable, or says something that is not valid.
    """
    _refuse_unknown_files(site_folder)
    paths = {name: _path(name, site_folder) for name in FILES}
    benchmarks = _read_benchmarks(paths[BENCHMARKS])
    rules = {name: _read_rules(paths[name], model) for name, model in RULES.items()}
    _refuse_unknown_benchmarks(paths["benchmark_mapping"], rules["benchmark_mapping"], benchmarks)
    members = _read_group_members(paths[GROUP_MEMBERS], companies)
    forgiven = _read_forgiven_rows(paths[FORGIVEN_ROWS], companies)
    return PolicyBook(rules, benchmarks, members, forgiven)


def _path(name: str, site_folder: Path | None) -> Path:
    own = site_folder / f"{name}.toml" if site_folder else None
    return own if own and own.is_file() else DEFAULTS / f"{name}.toml"


def _refuse_unknown_files(site_folder: Path | None) -> None:
    for path in sorted(site_folder.glob("*.toml")) if site_folder else ():
        if path.stem not in FILES:
            meant, names = perhaps(path.stem, FILES), ", ".join(sorted(FILES))
            message = f"{path} is no policy{meant}: rename it to one of {names}"
            raise ConfigurationError(message)


def _read(path: Path) -> Mapping[str, Any]:
    try:
        return toml_of(path)
    except ValueError as broken:
        raise ConfigurationError(str(broken)) from broken


def _entries(path: Path, key: str, least: int = 1) -> list[dict[str, Any]]:
    content = _read(path)
    entries, beside = content.get(key, []), [name for name in content if name != key]
    if beside or not isinstance(entries, list) or len(cast("list[Any]", entries)) < least:
        others = f", and nothing else ({', '.join(beside)})" if beside else ""
        some = "one or more" if least else "nothing but"
        message = f"{path} must hold {some} [[{key}]]{others}: correct it"
        raise ConfigurationError(message)
    return cast("list[dict[str, Any]]", entries)


def _read_rules(path: Path, model: type[Rule]) -> tuple[Rule, ...]:
    entries = _entries(path, "rule")
    rules = tuple(_valid(path, f"rule {n}", model, entry) for n, entry in enumerate(entries, 1))
    for earlier, later in pairwise(rules):
        if earlier.valid_from >= later.valid_from:
            message = (
                f"{path}: the rule valid from {later.valid_from} stands after the one valid from "
                f"{earlier.valid_from}; each date once, the oldest first"
            )
            raise ConfigurationError(message)
    return rules


def _read_benchmarks(path: Path) -> dict[str, Benchmark]:
    benchmarks: dict[str, Benchmark] = {}
    for n, entry in enumerate(_entries(path, "benchmark"), 1):
        benchmark = _valid(path, f"benchmark {n}", Benchmark, entry)
        if benchmark.id in benchmarks:
            message = f"{path}: benchmark {benchmark.id} stands there twice; remove one"
            raise ConfigurationError(message)
        benchmarks[benchmark.id] = benchmark
    return benchmarks


def _read_group_members(
    path: Path, companies: Collection[str] | None
) -> tuple[GroupMembersRule, ...]:
    entries = [
        _valid(path, f"{GROUP_MEMBER} {n}", GroupMember, entry)
        for n, entry in enumerate(_entries(path, GROUP_MEMBER, least=0), 1)
    ]
    for n, entry in enumerate(entries, 1):
        for company in entry.codes:
            _refuse_unknown_company(f"{path}, {GROUP_MEMBER} {n}, codes", company, companies)
    try:
        return rules_of(entries)
    except ValueError as invalid:
        message = f"{path}: {invalid}"
        raise ConfigurationError(message) from invalid


def _read_forgiven_rows(path: Path, companies: Collection[str] | None) -> tuple[ForgivenRow, ...]:
    entries = [
        _valid(path, f"{FORGIVEN_ROW} {n}", ForgivenRow, entry)
        for n, entry in enumerate(_entries(path, FORGIVEN_ROW, least=0), 1)
    ]
    first: dict[str, int] = {}
    for n, entry in enumerate(entries, 1):
        where = f"{path}, {FORGIVEN_ROW} {n}"
        _refuse_unknown_company(f"{where}, company", entry.company, companies)
        if first.setdefault(entry.row, n) != n:
            message = f"{where} names the row of {FORGIVEN_ROW} {first[entry.row]}: remove one"
            raise ConfigurationError(message)
    return tuple(entries)


def _refuse_unknown_company(where: str, company: str, companies: Collection[str] | None) -> None:
    if companies is not None and company not in companies:
        message = (
            f"{where}: the site has no company '{company}'; "
            f"write one of {', '.join(sorted(companies))}, or take it out"
        )
        raise ConfigurationError(message)


def _refuse_unknown_benchmarks(
    path: Path,
    rules: Sequence[Rule],
    benchmarks: Mapping[str, Benchmark],
) -> None:
    for rule in cast("Sequence[BenchmarkMappingRule]", rules):
        for member, name in {**rule.categories, **rule.companies}.items():
            benchmark = benchmarks.get(name)
            if benchmark is None or benchmark.measure != "turnover":
                meant = perhaps(name, benchmarks)
                message = f"{path}: '{member}' is mapped to '{name}', no turnover benchmark{meant}"
                raise ConfigurationError(message)


def _valid(path: Path, where: str, model: type[Model], entry: dict[str, Any]) -> Model:
    try:
        return strictly(model, entry)
    except ValidationError as invalid:
        faults = "; ".join(
            f"{place or where}: {words}" for place, words in faults_in_words(invalid, model)
        )
        message = f"{path}, {where} is not valid, correct it: {faults}"
        raise ConfigurationError(message) from invalid
