"""`stockturn ui`: the graph shows, and a backfill can be launched and ends, all by clicking.

Screenshots are kept in the folder `STOCKTURN_SCREENSHOTS` names, for people to look at.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.house.contents import ledger_of
from tests.house.ledgers import MASTERS, Ledger, stated
from tests.house.processes import PATIENCE, ROOT, start
from tests.house.served import Served, serving
from tests.house.sites import deliver, published, write_site

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
FEW, MANY = 8, 40  # longer than one chunk of days
SECONDS = 1000.0
PATIENT = f"\n[engine]\nlock_wait_seconds = {PATIENCE}\n"

BACKFILLS = """
{ partitionBackfillsOrError { ... on PartitionBackfills {
    results { id status numPartitions runs { status } } } } }
"""
REPORTED = """
{ assetNodeOrError(assetKey: {path: ["report", "pdf_en"]}) { ... on AssetNode {
    assetMaterializations { partition } } } }
"""
ASSETS = "{ assetNodes { groupName assetKey { path } } }"


@pytest.fixture(scope="module")
def ledger(request: pytest.FixtureRequest) -> Ledger:
    """What is delivered: every day of it is told to Dagster."""
    return Ledger(seed=11, days=MANY if request.config.getoption("acceptance") else FEW)


@pytest.fixture(scope="module")
def served(ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`stockturn ui` on a site whose extracts are delivered and not yet taken in."""
    if not CHROMIUM.exists():
        pytest.skip(f"no browser: {CHROMIUM} is missing (apt-get install chromium)")
    site = write_site(tmp_path_factory.mktemp("ui") / "site", today="2025-02-10", extra=PATIENT)
    for day in ledger.days:
        deliver(site, day.isoformat(), MASTERS | {"stock_movement": stated(ledger.of(day))})
    with serving(site) as up:
        yield up


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """Debian's Chromium with a fresh profile; it may talk to the UI and to nobody else."""
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("profile"),
            executable_path=CHROMIUM,
            headless=True,
            args=list(FLAGS),
            viewport={"width": 1600, "height": 1000},
        )
        context.set_default_timeout(240 * SECONDS)
        expect.set_options(timeout=240 * SECONDS)
        yield context
        context.close()


@pytest.fixture
def page(browser: BrowserContext) -> Iterator[Page]:
    """A fresh tab."""
    tab = browser.new_page()
    yield tab
    tab.close()


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go."""
    named = os.environ.get("STOCKTURN_SCREENSHOTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_the_graph_is_the_architecture(served: Served, page: Page, pictures: Path) -> None:
    """Every stage is a group of assets, and the global graph shows them by name."""
    nodes = served.ask(ASSETS)["assetNodes"]
    groups = {node["groupName"] for node in nodes}
    asked_for: list[str] = []
    page.on("request", lambda request: asked_for.append(request.url))

    page.goto(f"{served.url}/asset-groups")

    for group in groups:
        expect(page.get_by_text(group, exact=False).first).to_be_visible()
    page.screenshot(path=pictures / "graph.png")
    assert {"canonical", "metrics"} <= groups
    assert {url for url in asked_for if not url.startswith((served.url, "data:", "blob:"))} == set()


def test_an_asset_explains_itself(served: Served, page: Page, pictures: Path) -> None:
    page.goto(f"{served.url}/assets/canonical/stock_movement?view=overview")

    expect(page.get_by_text("movement_id").first).to_be_visible()
    page.screenshot(path=pictures / "asset.png")


# Each day of each asset is an event that Dagster writes for itself.
@pytest.mark.parametrize("days", [5, pytest.param(MANY, marks=pytest.mark.acceptance)])
def test_a_backfill_launched_by_clicking_ends_well(
    served: Served, ledger: Ledger, page: Page, pictures: Path, days: int
) -> None:
    """All assets over some days, as one run; then every posting is in the published ledger."""
    asked = ledger.days[-days:]
    page.goto(f"{served.url}/asset-groups")
    page.get_by_role("button", name=re.compile("Materialize")).first.click()
    dialog = page.get_by_role("dialog").filter(has_text="Partition selection")
    choose(dialog, asked[0], asked[-1], f"{days} partitions")
    page.screenshot(path=pictures / "backfill-dialog.png")
    dialog.get_by_role("button", name=re.compile("Launch (backfill|run)")).click()

    backfill = wait_for_backfill(served)

    page.goto(f"{served.url}/runs/b/{backfill['id']}")
    expect(page.get_by_text(re.compile("Complete|Succeeded|Success")).first).to_be_visible()
    page.screenshot(path=pictures / "backfill.png")
    page.goto(f"{served.url}/assets/canonical/stock_movement?view=overview")
    expect(page.get_by_text("rows_quarantined").first).to_be_visible()
    page.screenshot(path=pictures / "asset-after.png")
    assert backfill["status"] == "COMPLETED_SUCCESS"
    assert backfill["numPartitions"] == days
    assert [run["status"] for run in backfill["runs"]] == ["SUCCESS"]
    assert len(ledger_of(served.site)) == len(ledger.lines)
    figures = published(served.site, "select distinct as_of from metrics.turnover")
    assert {day for (day,) in figures} >= set(asked)


def test_a_report_opens_from_its_page(
    served: Served, ledger: Ledger, page: Page, pictures: Path
) -> None:
    """Of the last day of the backfill there is one, of no other."""
    page.goto(f"{served.url}/assets/report/pdf_en?view=events")
    link = page.locator("a[href$='group.en.pdf']").first
    expect(link).to_be_visible()
    page.screenshot(path=pictures / "report.png")

    opened = page.request.get(f"{served.url}{link.get_attribute('href')}")

    assert (opened.status, opened.headers["content-type"]) == (200, "application/pdf")
    assert opened.body().startswith(b"%PDF-")
    known = served.ask(REPORTED)["assetNodeOrError"]["assetMaterializations"]
    assert {each["partition"] for each in known} == {ledger.days[-1].isoformat()}


def test_a_night_of_the_command_line_shows(
    served: Served, ledger: Ledger, page: Page, pictures: Path
) -> None:
    """With its counts, on the day it was asked for."""
    day = ledger.days[1].isoformat()
    with start("run", "--site", served.site, "--date", day, "--no-report") as night:
        said, _ = night.communicate()
    assert night.returncode == 0, said

    who = page.get_by_text("stockturn run").first
    end = time.monotonic() + PATIENCE
    while not who.is_visible():  # the page does not look again by itself
        assert time.monotonic() < end, page.inner_text("body")
        page.goto(f"{served.url}/assets/metrics/turnover?view=partitions&partition={day}")
        with suppress(PlaywrightTimeout):
            who.wait_for(timeout=10 * SECONDS)
    page.screenshot(path=pictures / "command-line.png")
    rows = published(served.site, "select count(*) from metrics.turnover where as_of = ?", [day])
    expect(page.get_by_text(f"{rows[0][0]}", exact=True).first).to_be_visible()


def test_definitions_load_where_there_is_no_site(tmp_path: Path) -> None:
    """In a bare copy of the project, in an environment with nothing set."""
    clone = tmp_path / "clone"
    clone.mkdir()
    for part in ("pipeline", "sql", "report_templates"):
        shutil.copytree(ROOT / part, clone / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "workspace.yaml", clone)
    dagster = Path(sys.executable).with_name("dagster")

    validated = subprocess.run(
        [dagster, "definitions", "validate", "-w", "workspace.yaml"],
        cwd=clone,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert validated.returncode == 0, validated.stderr
    assert "All code locations passed validation" in validated.stdout + validated.stderr


def choose(dialog: Locator, first: date, last: date, chosen: str) -> None:
    """Type a range into the dialog.

    It is still loading its partitions and takes no notice of what is typed before: so again.
    """
    field = dialog.locator("input[type=text], input:not([type])").first
    end = time.monotonic() + PATIENCE
    while not dialog.get_by_text(chosen).first.is_visible():
        assert time.monotonic() < end, dialog.inner_text()
        field.fill(f"[{first}...{last}]")
        field.press("Enter")
        with suppress(PlaywrightTimeout):
            dialog.get_by_text(chosen).first.wait_for(timeout=5 * SECONDS)


def wait_for_backfill(served: Served) -> dict[str, object]:
    """The newest backfill, once it has ended."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        backfills = served.ask(BACKFILLS)["partitionBackfillsOrError"]["results"]
        if backfills and backfills[0]["status"] not in ("REQUESTED", "CANCELING"):
            return backfills[0]
        time.sleep(1)
    message = f"no backfill ended within {PATIENCE:.0f} s: {backfills}"
    raise AssertionError(message)
