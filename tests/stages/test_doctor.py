"""`stockturn doctor`: what a night would stumble over is said before it does, with its remedy."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.settings import load_site
from pipeline.stages.doctor import Finding, examine
from pipeline.stages.site_lock import site_lock
from tests.house.processes import held, stockturn
from tests.house.sites import MASTERS, deliver, hold_for_one_row, movements, write_site

LEDGER = movements("1|2025-01-01|opening|9|90")
SUBSCRIBED = '\n[[subscription]]\nrecipients = ["board@example.com"]\n'


def run(site: Path) -> int:
    """The exit code of a run without documents."""
    return CliRunner().invoke(app, ["run", "--site", str(site), "--no-report"]).exit_code


def remedies(site: Path) -> dict[str, str]:
    """What has to be mended, by topic."""
    return {each.topic: each.remedy for each in examine(site) if each.remedy}


def said(site: Path, topic: str) -> Finding:
    return next(each for each in examine(site) if each.topic.startswith(topic))


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site of acme, where extracts may come."""
    folder = write_site(tmp_path / "site", today="2025-02-04")
    (folder / "landing" / "acme").mkdir(parents=True)
    return folder


def add(site: Path, text: str) -> None:
    settings = site / "site.toml"
    settings.write_text(settings.read_text() + text, encoding="utf-8")


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_a_site_in_order_needs_no_remedy(site: Path) -> None:
    assert remedies(site) == {}


@pytest.mark.parametrize(
    ("text", "topic", "remedy"),
    [
        ('erp = "u88"\n', "mapping u88", "ERP 'u88' is not known"),
        ('erp = "u88"\n', "settings", "company 1.erp: 'u88' is no known ERP, perhaps u8 is meant"),
        (SUBSCRIBED, "mail", "add [mail] to site.toml, or take the subscriptions out"),
        ('expected = "daily"\n', "deliveries of acme", "ask acme for its first extract"),
        ('tables = { stok = { mode = "snapshot" } }\n', "settings", "'stok' is no table"),
        (
            '\n[[company]]\nname = "beta"\n',
            "deliveries of beta",
            "landing/beta and deliver extracts there",
        ),
    ],
)
def test_what_the_settings_promise_and_is_not_there_is_said(
    site: Path, text: str, topic: str, remedy: str
) -> None:
    add(site, text)

    assert remedy in remedies(site)[topic]


@pytest.mark.parametrize(
    ("file", "text", "remedy"),
    [
        ("treshholds.toml", "", "is no policy, perhaps thresholds is meant"),
        ("abc.toml", "[[rule]]\nvalid_from = 2024-01-01\nb_upto = 1\n", "perhaps b_up_to is meant"),
        ("thresholds.toml.txt", "", "to *.toml if it is meant to hold"),
    ],
)
def test_policy_files_and_keys_that_nobody_reads_are_said(
    site: Path, file: str, text: str, remedy: str
) -> None:
    write(site / "policy" / file, text)

    assert remedy in remedies(site)["policies"]


def test_each_query_of_a_company_s_erp_is_tried_before_data_comes(site: Path) -> None:
    own = site / "sql" / "erp" / "generic"
    write(own / "item.sql", "select *\nfrom landed.itemm\n")
    write(own / "supplier.sql", "select supplier, name, title from landed.supplier\n")

    remedy = remedies(site)["mapping generic"]

    assert f"{own}/item.sql, line 2: Table with name itemm does not exist" in remedy
    assert f"{own}/supplier.sql, line 1:" in remedy


def test_every_erp_of_the_project_can_be_used(site: Path) -> None:
    add(site, '[[company]]\nname = "sap"\nerp = "sap_b1"\n[[company]]\nname = "yy"\nerp = "u8"\n')

    assert not [topic for topic in remedies(site) if topic.startswith("mapping")]


def test_every_default_is_said_also_of_what_is_not_set(site: Path) -> None:
    settings = said(site, "settings").state

    assert '"report_url": null' in settings
    assert '"lock_wait_seconds": 60.0' in settings
    assert "port 587, security starttls, timeout_seconds 30, max_attachment_mb 10" in (
        said(site, "mail").state
    )
    assert '"dead": 365' in said(site, "policy thresholds, the default").state


def test_late_deliveries_are_said(site: Path) -> None:
    """Weekdays: 31 January is a Friday, 3 February the Monday before today."""
    add(site, 'expected = "weekdays"\n')
    deliver(site, "2025-01-31", MASTERS | {"stock_movement": LEDGER})
    assert run(site) == 65  # 3 February is missing

    finding = said(site, "deliveries of acme")

    assert finding.state.startswith("the newest taken in is of 2025-01-31")
    assert "ask acme for the extracts of 2025-02-03; then stockturn run" in (finding.remedy or "")


def test_what_the_last_night_held_is_said(site: Path) -> None:
    hold_for_one_row(site)
    text = LEDGER + movements("2|2025-01-02|theft|-1|-10").partition("\n")[2]
    deliver(site, "2025-01-31", MASTERS | {"stock_movement": text})
    assert run(site) == 65

    finding = said(site, "night of 2025-01-31")

    assert "1 of 2 rows of stock_movement is refused" in (finding.remedy or "")


def test_a_night_that_works_meanwhile_is_not_in_the_way(site: Path) -> None:
    deliver(site, "2025-01-31", MASTERS | {"stock_movement": LEDGER})
    assert run(site) == 0

    with site_lock(load_site(site), "stockturn run"), held(site / "warehouse.duckdb"):
        code, output = stockturn("doctor", "--site", site)

    assert code == 0, output
    assert "night: stockturn run (process" in output
