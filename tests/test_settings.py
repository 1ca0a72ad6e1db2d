"""site.toml means what is written; each fault is told by its key, with what was meant."""

from datetime import time
from pathlib import Path

import pytest

from pipeline.settings import ConfigurationError, Site, load_site

SITE = """
[site]
name = "Two companies"
timezone = "Asia/Shanghai"
start = 2024-01-01
currency = "CNY"
languages = ["en"]
{site}

[[company]]
name = "acme"
{company}

[[company]]
name = "beta"

{more}
"""


def load(folder: Path, site: str = "", company: str = "", more: str = "") -> Site:
    (folder / "site.toml").write_text(SITE.format(site=site, company=company, more=more))
    return load_site(folder)


def refused(folder: Path, **parts: str) -> list[str]:
    """What is said of settings that cannot be used, fault by fault."""
    with pytest.raises(ConfigurationError) as caught:
        load(folder, **parts)
    first, *faults = str(caught.value).splitlines()
    assert first == f"{folder}/site.toml cannot be used; correct these settings:"
    return [fault.strip() for fault in faults]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("nightly_at = 430", "site.nightly_at: 430: write a time of day, such as 04:30:00"),
        ("nightly_at = 4.5", "site.nightly_at: 4.5: write a time of day, such as 04:30:00"),
        ('nightly_at = "4:30"', "site.nightly_at: '4:30': write a time of day, such as 04:30:00"),
        ('nightly_at = "04:30Z"', "site.nightly_at: write it without a zone"),
        ("detail_days = true", "site.detail_days: true: write a whole number"),
        ('detail_days = "7"', "site.detail_days: '7': write a whole number, without quotes"),
        ("detail_days = 7.0", "site.detail_days: 7.0: write a whole number"),
        ("settle_seconds = true", "site.settle_seconds: true: write a whole number"),
        ("max_quarantined_share = true", "site.max_quarantined_share: true: write a number"),
        ("max_closed_share = nan", "site.max_closed_share: NaN: write a number that is finite"),
        ("reconciliation_blocks = 1", "site.reconciliation_blocks: 1: write true or false"),
        ("today = 20241231", "site.today: 20241231: write a day, such as 2024-01-31"),
        ("today = 2024-12-31T00:00:00", "site.today: '2024-12-31 00:00:00': write a day"),
        ("title_zh = 1", "site.title_zh: 1: write a text"),
        ('report_url = "files.example.com"', "site.report_url: 'files.example.com' is no address"),
    ],
)
def test_nothing_is_converted(tmp_path: Path, typed: str, said: str) -> None:
    """430 was taken as 00:07:10, and `true` as a share of 1, which never blocks."""
    (fault,) = refused(tmp_path, site=typed)

    assert fault.startswith(said)


@pytest.mark.parametrize("typed", ["04:30:00", '"04:30"', '"04:30:00"'])
def test_a_time_of_day_is_toml_s_own_or_its_text(tmp_path: Path, typed: str) -> None:
    assert load(tmp_path, f"nightly_at = {typed}").settings.site.nightly_at == time(4, 30)


def test_a_whole_number_is_a_number(tmp_path: Path) -> None:
    assert load(tmp_path, "max_quarantined_share = 1").settings.site.max_quarantined_share == 1.0


@pytest.mark.parametrize(
    ("part", "typed", "said"),
    [
        (
            "more",
            '[[subscription]]\nrecipients = ["a@example.com"]\ncompany = "acmee"',
            "subscription 1.company: 'acmee' is no company of this site, perhaps acme is meant",
        ),
        (
            "more",
            '[[subscription]]\nrecipients = ["a@example.com"]\nlanguage = "zh"',
            "subscription 1.language: 'zh' is not made, only en: add it to languages in [site]",
        ),
        (
            "more",
            '[[subscription]]\nrecipients = ["a@example.com"]\nlanguage = "en-GB"',
            "subscription 1.language: 'en-GB' is not known here",
        ),
        (
            "more",
            '[[subscription]]\nrecipients = "a@example.com"',
            "subscription 1.recipients: 'a@example.com': write a list",
        ),
        (
            "company",
            'timezone = "Asia/Shangai"',
            "company 1.timezone: 'Asia/Shangai' is no time zone, perhaps Asia/Shanghai is meant",
        ),
        (
            "company",
            'timezone = "../../etc/passwd"',
            "company 1.timezone: '../../etc/passwd' is no time zone",
        ),
        ("more", '[[company]]\nname = "Group"', "company 3.name: 'Group' is how the files of the"),
        ("more", '[[company]]\nname = "beta"', "company 3.name: company beta is listed twice"),
        ("company", 'currency = "USD"', "company 1.currency: acme keeps its books in USD, the gr"),
        ("company", 'expected = "daly"', "company 1.expected: 'daly' is not known here, perhaps d"),
        (
            "company",
            'tables = { stock_movement = { mode = "windows" } }',
            "company 1.tables.stock_movement.mode: 'windows' is not known here, perhaps window is",
        ),
        (
            "company",
            'tables = { stock_movement = { mode = "snapshot", days = 3 } }',
            "company 1.tables.stock_movement: days belongs to mode 'window'",
        ),
        ("site", 'language = ["zh"]', "site.language: is no setting here, perhaps languages"),
        ("more", "[mails]", "mails: is no setting here, perhaps mail is meant"),
        ("more", "mail = 3", "company 2.mail: is no setting here"),
        ("more", "[engine]\nthreads = 0", "engine.threads: 0: must be at least 1"),
    ],
)
def test_a_fault_is_told_by_its_key_with_what_was_meant(
    tmp_path: Path, part: str, typed: str, said: str
) -> None:
    (fault,) = refused(tmp_path, **{part: typed})

    assert fault.startswith(said)


def test_all_faults_of_the_file_are_told_at_once(tmp_path: Path) -> None:
    faults = refused(tmp_path, site="detail_days = true", company='timezone = "Mars"')

    assert [fault.partition(":")[0] for fault in faults] == [
        "site.detail_days",
        "company 1.timezone",
    ]
