"""What people decided, read from dated files."""

from datetime import date
from pathlib import Path

import pytest

from pipeline.policy import load_policies
from pipeline.settings import ConfigurationError

A_DAY = date(2025, 6, 30)
FORGIVEN = """
[[forgiven_row]]
valid_from = 2025-01-02
company = "acme"
table = "stock_movement"
by = "Controller"
reason = "a test posting"
"""
KEYED = f'{FORGIVEN}key = {{ movement_id = "M1" }}'


def site(tmp_path: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    return tmp_path


def test_defaults_are_the_documented_ones() -> None:
    policy = load_policies().on(A_DAY)

    assert (policy.thresholds.slow, policy.thresholds.dead) == (90, 365)
    assert policy.turnover.headline_basis == "time_weighted"
    assert policy.turnover.days_per_year == 365
    assert policy.turnover.fiscal_year_first_month == 1
    assert policy.abnormal.warehouse_kinds == ("quarantine", "consigned")
    assert policy.abnormal.item_statuses == ("obsolete",)
    assert (policy.abc.a_up_to, policy.abc.b_up_to) == (80, 95)
    # 0.0049 is rounding, 0.0050 would be shown as a cent.
    assert policy.reconciliation.value_tolerance == 0.0049
    assert policy.targets.example


def test_a_rule_holds_from_its_date_until_the_next_one(tmp_path: Path) -> None:
    book = load_policies(
        site(
            tmp_path,
            thresholds="""
            [[rule]]
            valid_from = 2024-01-01
            slow = 90
            dead = 365
            reason = "Group inventory policy, section 4.2"
            [[rule]]
            valid_from = 2026-01-01
            slow = 90
            dead = 270
            reason = "Decision of the CFO, minutes of 2025-12-04"
            """,
        ),
    )

    assert book.on(date(2025, 12, 31)).thresholds.dead == 365
    assert book.on(date(2026, 1, 1)).thresholds.dead == 270
    assert date(2026, 1, 1) in book.changes


def test_a_day_before_the_first_rule_is_a_clear_error(tmp_path: Path) -> None:
    folder = site(
        tmp_path,
        abc='[[rule]]\nvalid_from = 2024-01-01\na_up_to = 70\nb_up_to = 90\nreason = "ours"',
    )

    with pytest.raises(ConfigurationError, match=r"abc\.toml holds on 2023-12-31.*2024-01-01"):
        load_policies(folder).on(date(2023, 12, 31))


def test_a_site_overrides_file_by_file(tmp_path: Path) -> None:
    folder = site(
        tmp_path,
        abc='[[rule]]\nvalid_from = 2000-01-01\na_up_to = 70\nb_up_to = 90\nreason = "ours"',
    )
    policy = load_policies(folder).on(A_DAY)

    assert policy.abc.a_up_to == 70
    assert policy.thresholds.dead == 365


@pytest.mark.parametrize(
    ("file", "text", "complaint"),
    [
        (
            "abc",
            '[[rule]]\nvalid_from = 2000-01-01\na_up_to = 80\nb_upto = 95\nreason = "typo"',
            "b_upto",
        ),
        (
            "abc",
            '[[rule]]\nvalid_from = 2000-01-01\na_up_to = 95\nb_up_to = 80\nreason = "turned"',
            "must be below",
        ),
        (
            "thresholds",
            '[[rule]]\nvalid_from = 2000-01-01\nslow = 365\ndead = 90\nreason = "turned"',
            "must be fewer days",
        ),
        (
            "thresholds",
            '[[rule]]\nvalid_from = 2000-01-01\nslow = 90\ndead = 365\nreason = ""',
            "reason",
        ),
        ("turnover", 'title = "x"', r"must hold one or more \[\[rule\]\].*title"),
        ("turnover", "[[rule", "not valid TOML"),
        ("benchmarks", "[[benchmark]]\nid = 'x'", "benchmark 1 is not valid"),
        (
            "benchmark_mapping",
            '[[rule]]\nvalid_from=2000-01-01\nreason="why"\ncategories={Seals="nowhere"}',
            "'Seals' is mapped to 'nowhere'",
        ),
        (
            "benchmark_mapping",
            '[[rule]]\nvalid_from=2000-01-01\nreason="why"\ncategories={Seals="dead_stock_smb"}',
            "no turnover benchmark",
        ),
        ("treshholds", "", "is no policy"),
        ("forgiven_rows", FORGIVEN, "must name the row either by key, or by file and records"),
        ("forgiven_rows", f'{FORGIVEN}file = "a.csv"', "either by key, or by file and records"),
        ("forgiven_rows", f"{FORGIVEN}key = {{ movement_id = 7 }}", "write a text, in quotes"),
        ("forgiven_rows", f'{FORGIVEN}kee = "M1"', "kee: is no setting here, perhaps key is meant"),
        ("forgiven_rows", f"{KEYED}{KEYED}", "forgiven_row 2 names the row of forgiven_row 1"),
    ],
)
def test_what_is_not_valid_is_refused(tmp_path: Path, file: str, text: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        load_policies(site(tmp_path, **{file: text}))


@pytest.mark.parametrize("second", ["2024-01-01", "2023-01-01"])
def test_dates_that_overlap_or_stand_out_of_order_are_refused(tmp_path: Path, second: str) -> None:
    rule = 'slow = 90\ndead = 365\nreason = "why not"\n'
    text = f"[[rule]]\nvalid_from = 2024-01-01\n{rule}[[rule]]\nvalid_from = {second}\n{rule}"

    with pytest.raises(ConfigurationError, match="each date once, the oldest first"):
        load_policies(site(tmp_path, thresholds=text))


def test_thresholds_of_a_class_go_before_those_of_a_stage(tmp_path: Path) -> None:
    policy = load_policies(
        site(
            tmp_path,
            thresholds="""
            [[rule]]
            valid_from = 2024-01-01
            slow = 90
            dead = 365
            stages = { raw = { slow = 120, dead = 540 } }
            classes = { A = { slow = 30, dead = 180 } }
            reason = "Raw material waits for campaigns"
            """,
        ),
    ).on(A_DAY)

    assert policy.status_thresholds("finished", "B").dead == 365
    assert policy.status_thresholds("raw").dead == 540
    assert policy.status_thresholds("raw", "A").dead == 180
    assert policy.stranded_days == 90


def test_no_mapping_no_comparison(tmp_path: Path) -> None:
    assert load_policies().on(A_DAY).benchmarks_of_categories == {}

    mapping = '[[rule]]\nvalid_from=2000-01-01\nreason="why"\ncategories={B="pharma_range_china"}'
    policy = load_policies(site(tmp_path, benchmark_mapping=mapping)).on(A_DAY)
    pharma = policy.benchmarks_of_categories["B"]

    assert (pharma.low, pharma.high, pharma.region) == (5, 15, "China")
    assert policy.benchmarks_of_categories.keys() == {"B"}


def test_benchmark_days_and_turns_say_the_same() -> None:
    benchmarks = load_policies().benchmarks.values()
    with_days = [b for b in benchmarks if b.days is not None and b.value is not None]

    assert len(with_days) == 5
    for benchmark in with_days:  # G07: 33 / 40 / 90 / 94 / 106 days
        assert round(365 / (benchmark.days or 0), 1) == benchmark.value


def test_version_changes_with_the_content_and_not_with_the_date_or_the_reason(
    tmp_path: Path,
) -> None:
    plain = load_policies().on(A_DAY)
    rule = "[[rule]]\nvalid_from = 2001-01-01\na_up_to = {}\nb_up_to = 95\nreason = 'other'"
    same = load_policies(site(tmp_path, abc=rule.format(80))).on(A_DAY)
    other = load_policies(site(tmp_path, abc=rule.format(70))).on(A_DAY)

    assert plain.version == load_policies().on(date(2020, 1, 1)).version == same.version
    assert other.version != plain.version
