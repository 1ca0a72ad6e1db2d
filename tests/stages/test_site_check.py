"""What site.toml refers to, and the policies: known, or refused with what was meant."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.demo.site import site_files
from pipeline.settings import ConfigurationError
from pipeline.stages.site_check import open_site
from tests.house.plain_documents import make_plain_documents
from tests.house.sites import MASTERS, deliver, movements, write_site

RULE = '[[rule]]\nvalid_from = 2024-01-01\nreason = "Minutes of May"\n'


def refused(site: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        open_site(site)
    return str(caught.value)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (
            'erp = "sapb1"',
            "company 1.erp: 'sapb1' is no known ERP, perhaps sap_b1 is meant: one of",
        ),
        (
            'tables = { stock_movements = { mode = "window", days = 3 } }',
            "company 1.tables.stock_movements: 'stock_movements' is no table, perhaps stock_mo",
        ),
        (
            '[[subscription]]\nrecipients = ["board at example.com"]',
            "subscription 1.recipients: 'board at example.com' is no mail address",
        ),
        (
            '[mail]\nhost = "relay"\nsender = "nobody"',
            "mail.sender: 'nobody' is no mail address",
        ),
        (
            '[mail]\nhost = "relay"\nsender = "a@example.com"\nca_file = "/nowhere/ca.pem"',
            "mail.ca_file: /nowhere/ca.pem does not exist",
        ),
    ],
)
def test_what_the_settings_refer_to_is_known(tmp_path: Path, typed: str, said: str) -> None:
    site = write_site(tmp_path / "site", extra=typed)

    assert said in refused(site)


@pytest.mark.parametrize(
    ("file", "typed", "said"),
    [
        (
            "abnormal",
            'item_statuses = []\nwarehouse_kinds = ["quarantin"]',
            "perhaps quarantine is",
        ),
        ("abnormal", 'item_statuses = ["dead"]\nwarehouse_kinds = []', "'dead' is no item status"),
        (
            "thresholds",
            "slow = 90\ndead = 365\nstages = { finish = { slow = 1, dead = 2 } }",
            "rule 1.stages.finish: 'finish' is no stage, perhaps finished is meant: one of raw, ",
        ),
        (
            "thresholds",
            "slow = 90\ndead = 365\nclasses = { D = { slow = 1, dead = 2 } }",
            "rule 1.classes.D: 'D' is no ABC class",
        ),
        (
            "benchmark_mapping",
            'companies = { acmee = "manufacturing_mean_china" }',
            "rule 1.companies.acmee: 'acmee' is no company of this site, perhaps acme is meant",
        ),
        (
            "benchmark_mapping",
            'categories = { Seals = "manufacturing_mean_chin" }',
            "no turnover benchmark, perhaps manufacturing_mean_china is meant",
        ),
        ("thresholds", "slow = true\ndead = 365", "slow: true: write a whole number"),
        ("targets", "dead_share_limit = true", "dead_share_limit: true: write a number"),
        ("targets", "dead_share_limits = 0.1", "perhaps dead_share_limit is meant"),
        ("treshholds", "slow = 90\ndead = 365", "is no policy, perhaps thresholds is meant"),
    ],
)
def test_what_a_policy_says_is_known(tmp_path: Path, file: str, typed: str, said: str) -> None:
    site = write_site(tmp_path / "site")
    (site / "policy").mkdir()
    (site / "policy" / f"{file}.toml").write_text(RULE + typed)

    words = refused(site)

    assert said in words
    assert str(site / "policy" / f"{file}.toml") in words


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (
            {"table": '"stock_movements"'},
            "table: 'stock_movements' is no table, perhaps stock_movement is meant",
        ),
        ({"key": '{ movement = "M1" }'}, "key.movement: 'movement' is no part of the key of stock"),
        (
            {"table": '"stock_count"', "key": '{ count_no = "1" }'},
            "key: line_no is missing: the key of stock_count is count_no, line_no",
        ),
        ({"valid_from": "2027-01-01"}, "valid_from: 2027-01-01 has not come"),
        ({"company": '"nobody"'}, "company: the site has no company 'nobody'; write one of acme"),
    ],
)
def test_what_is_forgiven_is_known(tmp_path: Path, typed: dict[str, str], said: str) -> None:
    entry = {
        "valid_from": "2025-01-02",
        "company": '"acme"',
        "table": '"stock_movement"',
        "key": '{ movement_id = "M1" }',
        "by": '"Controller"',
        "reason": '"a test posting"',
    }
    site = write_site(tmp_path / "site")
    policy = site / "policy" / "forgiven_rows.toml"
    policy.parent.mkdir()
    lines = (f"{name} = {value}" for name, value in (entry | typed).items())
    policy.write_text("\n".join(("[[forgiven_row]]", *lines)))

    words = refused(site)

    assert "forgiven_row 1" in words
    assert said in words
    assert str(policy) in words


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("[options]\nestimate_cost = 1", "options.estimate_cost: 1: write true or false"),
        ("[option]\nestimate_cost = true", "option: is no setting here, perhaps options is meant"),
        ('[style]\ndecimals = ","', "decimals: is no setting here, perhaps decimal is meant"),
    ],
)
def test_what_a_mapping_declares_is_known(tmp_path: Path, typed: str, said: str) -> None:
    site = write_site(tmp_path / "site", extra='erp = "sap_b1"')
    own = site / "sql" / "erp" / "sap_b1" / "erp.toml"
    own.parent.mkdir(parents=True)
    own.write_text(f'name = "sap_b1"\n{typed}')

    words = refused(site)

    assert said in words
    assert str(own) in words


def test_the_demo_fits(tmp_path: Path) -> None:
    for name, text in site_files().items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")

    assert len(open_site(tmp_path).companies) == 3


def test_who_subscribed_to_a_company_that_has_not_delivered_yet_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody's report ended in a stack trace."""
    more = """
    [[company]]
    name = "beta"
    [[subscription]]
    recipients = ["beta@example.com"]
    company = "beta"
    [[subscription]]
    recipients = ["acme@example.com"]
    company = "acme"
    """
    site = write_site(tmp_path / "site", extra=more)
    deliver(
        site, "2025-01-31", MASTERS | {"stock_movement": movements("1|2025-01-01|opening|9|90")}
    )

    make_plain_documents(monkeypatch)
    result = CliRunner().invoke(app, ["run", "--site", str(site)])

    assert result.exit_code == 0, result.output
    assert "report: beta has delivered nothing yet" in result.output
    made = {path.name for path in site.glob("reports/*/*.pdf")}
    assert made == {"group.en.pdf", "acme.en.pdf"}
