"""`stockturn demo`: the sample group from its first extract to its report, in one go."""

import time
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.demo import DemoStory, write_corrections, write_demo
from pipeline.settings import GROUP, Site, load_site
from pipeline.stages.progress import Say
from pipeline.stages.run_site import Order, run_site
from pipeline.warehouse import Warehouse
from pipeline.wording import counted


def show(folder: Path, say: Say) -> None:
    """Write the sample group, run all its nights, and print the five lines that matter."""
    started = time.monotonic()
    story = write_demo(folder)
    companies = counted(len(story.companies), "company")
    say(f"{counted(story.deliveries, 'delivery')} of {companies} in {folder}/landing")
    site = load_site(folder)
    nights = (story.first, story.last)
    is_told = story.files_written == 0 and site.warehouse.exists()
    if not is_told:
        run_site(site, Order(nights, report=False), say)
    corrected = write_corrections(folder)
    outcome = run_site(site, Order(nights), say)
    if is_told and not corrected:
        say("Nothing changed: every delivery was known, the ledger and its figures are as before")
    for line in outcome.lines():
        say(line)
    say("")
    for line in _five_lines(site, story):
        say(line)
    say(f"Done in {time.monotonic() - started:.0f} s")


def _five_lines(site: Site, story: DemoStory) -> list[str]:
    """Headline turnover, the year before it, dead stock, the proof, and where the report is."""
    with Warehouse(site) as warehouse:
        now = _headline(warehouse, story.last)
        dead = warehouse.rows(
            "SELECT dead_value, dead_share FROM metrics.dead_stock "
            "WHERE as_of = $day AND company = $group AND dimension = 'company' "
            "AND scope = 'normal'",
            {"day": story.last, "group": GROUP},
        )[0]
        gaps = warehouse.rows(
            "SELECT count(*), count(*) FILTER (NOT agrees), "
            "sum(abs(value_difference)) FILTER (NOT agrees) FROM metrics.reconciliation "
            "WHERE as_of = $day AND erp_value IS NOT NULL",
            {"day": story.last},
        )[0]
        rows = warehouse.value("SELECT count(*) FROM canonical.stock_movement")
    currency = site.settings.site.currency
    return [
        (
            f"Turnover        {now['turnover']:.2f} times a year, {now['dio_days']:.0f} days "
            f"({currency} {now['cogs']:,.0f} cost of goods sold, 12 months to {story.last})"
        ),
        (
            f"Inventory       {currency} {now['closing_value']:,.0f} at cost, {story.items:,} SKUs"
            f", from {rows:,} movements"
        ),
        f"Dead stock      {currency} {dead[0]:,.0f}, {dead[1]:.1%} of the stock",
        (
            f"Proof           {gaps[0] - gaps[1]:,} of {gaps[0]:,} balances equal the ERP's to the "
            f"cent; {gaps[1]} differ, by {currency} {gaps[2] or 0:,.2f} in all"
        ),
        f"Report          {site.reports / str(story.last) / 'group.en.pdf'}",
    ]


def _headline(warehouse: Warehouse, day: date) -> dict[str, Any]:
    return warehouse.frame(
        "FROM metrics.turnover WHERE as_of = $day AND company = $group "
        "AND dimension = 'company' AND scope = 'normal' AND basis = 'time_weighted' "
        "AND time_window = 'trailing_12_months'",
        {"day": day, "group": GROUP},
    ).row(0, named=True)
