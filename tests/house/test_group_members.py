"""A group whose companies number their vendors and stores alike: nobody is taken for another."""

import zipfile
from datetime import date
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.report.html import html
from pipeline.report.inputs import ReportInput
from pipeline.report.mail import mail_text
from pipeline.report.model import report_model
from pipeline.report.render import RenderedReport
from pipeline.report.workbook import workbook
from pipeline.settings import GROUP, load_site
from pipeline.stages.report_inputs import Audience, Reporting
from pipeline.warehouse import Warehouse
from tests.house.sites import deliver, published, write_site

LETTERS = "abcdefghijkl"
COMPANIES = tuple(f"company-{letter}" for letter in LETTERS)
DAY = "2025-12-31"
SUBSCRIBED = '\n[[company]]\nname = "{}"\ntitle = "Company {}"'
MAPPED = """
[[group_member]]
dimension = "supplier"
member = "aurora"
name = "Aurora Holding"
codes = { company-b = "V001", company-d = ["V001", "V009"] }
"""
LEDGER = """movement_id,posted_at,sku,warehouse,kind,quantity,value,supplier
1,2023-12-31,A-1,01,purchase,10,{value},V001
2,2025-11-30,A-2,01,purchase,10,{value},V001
3,2025-12-30,A-2,01,sale,-5,-{half},
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve companies, each with its own vendor V001 and its own store 01; two vendors are one."""
    folder = write_site(tmp_path_factory.mktemp("twelve") / "site", start="2024-01-01", today=DAY)
    settings = (folder / "site.toml").read_text(encoding="utf-8").partition("[[company]]")[0]
    companies = "".join(SUBSCRIBED.format(name, name[-1].upper()) for name in COMPANIES)
    languages = settings.replace('languages = ["en"]', 'languages = ["en", "zh"]')
    (folder / "site.toml").write_text(languages + companies, encoding="utf-8")
    (folder / "policy").mkdir()
    (folder / "policy" / "group_members.toml").write_text(MAPPED, encoding="utf-8")
    for number, company in enumerate(COMPANIES, start=1):
        letter = company[-1].upper()
        deliver(
            folder,
            DAY,
            {
                "item": f"sku,name,category\nA-1,Ball {letter},Bearings\nA-2,Seal {letter},Seals\n",
                "supplier": f"supplier,name\nV001,Vendor {letter}\n",
                "warehouse": f"warehouse,name,kind\n01,Store of {letter},store\n",
                "stock_movement": LEDGER.format(value=number * 100, half=number * 50),
            },
            company=company,
        )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.stages.render.render", workbook_alone)
        code, output = run(folder)
    assert code == 0, output
    assert "maps supplier V009 of company-d, which no master has" in output
    return folder


def run(site: Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["run", "--site", str(site), "--date", DAY])
    return result.exit_code, " ".join(result.output.split())


def workbook_alone(given: ReportInput, language: str, folder: Path, name: str) -> RenderedReport:
    """Nobody here opens the PDF: what it says is on the page behind it."""
    pdf, xlsx = (folder / f"{name}.{ending}" for ending in ("pdf", "xlsx"))
    folder.mkdir(parents=True, exist_ok=True)
    model = report_model(given)
    xlsx.write_bytes(workbook(model, given, language))
    words = "\n\n".join(mail_text(model, language))
    (folder / f"{name}.mail.txt").write_text(words, encoding="utf-8")
    return RenderedReport(pdf, xlsx, pages=1, warnings=(), cpu_seconds=0.0)


def texts(site: Path, language: str) -> dict[str, str]:
    """What the page behind the PDF, the workbook and the mail of the group say."""
    folder = site / "reports" / DAY
    with Warehouse(load_site(site)) as warehouse:
        reporting = Reporting(warehouse, date.fromisoformat(DAY))
        page = html(report_model(reporting.given(Audience(GROUP))), language)
    book = zipfile.ZipFile(BytesIO((folder / f"group.{language}.xlsx").read_bytes()))
    cells = " | ".join(ET.fromstring(book.read("xl/sharedStrings.xml")).itertext())  # noqa: S314
    mail = (folder / f"group.{language}.mail.txt").read_text(encoding="utf-8")
    return {"page": page, "book": cells, "mail": mail}


def test_group_rows_say_whose_vendor_and_whose_store(site: Path) -> None:
    for table, value in (("turnover", "closing_value"), ("dead_stock", "value")):
        rows = published(
            site,
            f"SELECT DISTINCT dimension, member, {value}::INTEGER FROM metrics.{table} "
            "WHERE company = '*' AND scope = 'all' AND dimension IN ('supplier', 'warehouse') "
            + ("AND time_window = 'month' AND basis = 'two_point'" if table == "turnover" else ""),
        )
        found = {(dimension, member): amount for dimension, member, amount in rows}
        # 10 + 5 of 10 at ten a piece: 1.5 times the company's number in hundreds.
        own = {name: (number + 1) * 150 for number, name in enumerate(COMPANIES)}
        stores = {("warehouse", f"{name}/01"): amount for name, amount in own.items()}
        vendors = {
            ("supplier", f"{name}/V001"): amount
            for name, amount in own.items()
            if name[-1] not in "bd"
        }
        assert found == stores | vendors | {("supplier", "aurora"): 300 + 600}


@pytest.mark.parametrize(("language", "form"), [("en", "{} ({})"), ("zh", "{}（{}）")])
def test_page_and_workbook_name_each_with_its_company(site: Path, language: str, form: str) -> None:
    said = texts(site, language)
    for company in COMPANIES:
        letter = company[-1].upper()
        store = form.format(f"Store of {letter}", company)
        vendor = form.format(f"Vendor {letter}", company)
        assert store in said["book"]
        if letter in "BD":
            assert f"Vendor {letter}" not in said["page"] + said["book"] + said["mail"]
        else:
            assert vendor in said["page"]
            assert vendor in said["book"]
    assert "Aurora Holding" in said["page"]
    assert form.format("Aurora Holding", "company-b") not in said["page"]
    # Two of them are one: ten vendors and Aurora, in the table of suppliers.
    assert "aurora" in said["book"]


@pytest.mark.parametrize(("language", "form"), [("en", "{} ({})"), ("zh", "{}（{}）")])
def test_no_sentence_accuses_a_vendor_without_saying_whose_he_is(
    site: Path, language: str, form: str
) -> None:
    said = texts(site, language)
    for text in (said["page"], said["mail"]):
        for letter in set(LETTERS.upper()) - set("BD"):
            named = form.format(f"Vendor {letter}", f"company-{letter.lower()}")
            assert text.count(f"Vendor {letter}") == text.count(named)


def test_a_mapping_of_a_company_the_site_does_not_have_is_refused(site: Path) -> None:
    policy = site / "policy" / "group_members.toml"
    policy.write_text(MAPPED.replace("company-b", "company-z"), encoding="utf-8")
    try:
        code, said = run(site)
    finally:
        policy.write_text(MAPPED, encoding="utf-8")

    assert code == 78
    assert "group_members.toml" in said
    assert "no company 'company-z'" in said
