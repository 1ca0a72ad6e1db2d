"""The sample site's settings and policies: two languages, three companies, sourced benchmarks."""

import tomllib

from pipeline.demo.group import (
    GROUP,
    LAST_EXTRACT,
    OPENING_ON,
    PARTNERS,
    TARGETS,
    WHOLE_BENCHMARK,
    Partner,
    Trader,
)
from pipeline.settings import Settings

SITE = f"""\
# The sample group of Stockturn: nothing in it is real.
[site]
name = "Sample Group"
title_zh = "样例集团"
timezone = "Asia/Shanghai"
start = {OPENING_ON}
currency = "CNY"
languages = ["en", "zh"]
today = {LAST_EXTRACT}            # the story ends here, whenever it is told
settle_seconds = 0
"""

COMPANY = """
[[company]]
name = "{code}"
title = "{title}"
erp = "{erp}"
currency = "CNY"
expected = "none"
"""

BENCHMARKS = """\
# Which published figure each category and company of the sample group is compared with.  Raw
# material has none: no source speaks of it.  The group (*) makes, wholesales and retails; one
# published figure speaks of all three.
[[rule]]
valid_from = {start}
reason = "Chosen for the sample by what each category and company trades in"
[rule.categories]
{categories}
[rule.companies]
{companies}
"""

TARGETS_FILE = """\
# How often stock shall turn: examples for the sample, as every target is until somebody decides.
[[rule]]
valid_from = {start}
example = true
dead_share_limit = 0.10
reason = "Example: about a tenth above what the categories turned when the sample was made"
[rule.turnover]
{targets}
"""

PARTNER = """\
# Suppliers that are one to the group, whatever code each company gave them.
[[group_member]]
dimension = "supplier"
member = "{member}"
name = "{name}"
name_zh = "{name_zh}"
valid_from = {start}
reason = "One legal entity: it sells parts to one company and goods to the other"
codes = {{ {codes} }}
"""

SAP_CODES = """\
# What this site's warehouses are: SAP Business One has no column for it.
name = "sap_b1"
[codes.warehouse_kind]
{kinds}
"""

U8_CODES = """\
# 收发类别 of this account set, and what its warehouses are.
name = "u8"
[codes.rd_style]
"205" = "scrap"
[codes.warehouse_kind]
{kinds}
"""


def site_toml() -> str:
    """The settings of the sample site."""
    companies = (
        COMPANY.format(code=trader.code, title=trader.title, erp=trader.erp) for trader in GROUP
    )
    return SITE + "".join(companies)


def demo_settings() -> Settings:
    """The sample site's settings, for whoever needs some before a site exists."""
    return Settings.model_validate(tomllib.loads(site_toml()))


def site_files() -> dict[str, str]:
    """All files of the sample site but its extracts, by their place in it."""
    return {
        "site.toml": site_toml(),
        "policy/benchmark_mapping.toml": _benchmarks(),
        "policy/targets.toml": _targets(),
        "policy/group_members.toml": "\n".join(_partner(each) for each in PARTNERS),
        "sql/erp/sap_b1/erp.toml": _codes(SAP_CODES, "sap_b1"),
        "sql/erp/u8/erp.toml": _codes(U8_CODES, "u8"),
    }


def _benchmarks() -> str:
    mapped = (
        f'"{line.member}" = "{line.benchmark}"'
        for trader in GROUP
        for line in trader.lines
        if line.benchmark
    )
    companies = {"*": WHOLE_BENCHMARK} | {trader.code: trader.benchmark for trader in GROUP}
    return BENCHMARKS.format(
        start=OPENING_ON,
        categories="\n".join(mapped),
        companies="\n".join(f'"{code}" = "{name}"' for code, name in companies.items()),
    )


def _targets() -> str:
    lines = (f'"{category}" = {turns}' for category, turns in TARGETS.items())
    return TARGETS_FILE.format(start=OPENING_ON, targets="\n".join(lines))


def _partner(partner: Partner) -> str:
    return PARTNER.format(
        member=partner.member,
        name=partner.name,
        name_zh=partner.name_zh,
        start=OPENING_ON,
        codes=", ".join(f'{company} = "{code}"' for company, code in partner.codes),
    )


def _codes(form: str, erp: str) -> str:
    trader: Trader = next(trader for trader in GROUP if trader.erp == erp)
    return form.format(
        kinds="\n".join(f'"{place.code}" = "{place.kind}"' for place in trader.places)
    )
