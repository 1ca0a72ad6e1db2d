"""What the stages make of a site: the input once a session, the rest of it once a process."""

import fcntl
import pickle
import tempfile
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl

from pipeline.report.html import html
from pipeline.report.inputs import ReportInput
from pipeline.report.mail import mail_text
from pipeline.report.model import ReportModel, report_model
from pipeline.report.workbook import workbook
from pipeline.settings import GROUP, load_site
from pipeline.stages import attribute, compute, ingest
from pipeline.stages.days import Days
from pipeline.stages.report_inputs import Audience, Reporting
from pipeline.warehouse import Warehouse
from tests.house.sites import deliver, write_site
from tests.report.sample import sample_input
from tests.report.sites.kinds import AS_OF, KINDS, Kind

SAMPLE = "sample"
BY_NAME = {kind.name: kind for kind in KINDS}
SITES = (*BY_NAME, SAMPLE)


KEPT: list[Path] = []


def keep_in(folder: Path) -> None:
    """Inputs are kept there for the other workers of this session."""
    folder.mkdir(exist_ok=True)
    KEPT[:] = [folder]


@cache
def given_of(name: str) -> ReportInput:
    """What the group's report of a site is given, through the real stages."""
    if name == SAMPLE:
        return sample_input()
    kept = KEPT[0] / name
    with (KEPT[0] / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            with tempfile.TemporaryDirectory() as place:
                given = _through_the_stages(BY_NAME[name], Path(place) / "site")
            kept.write_bytes(pickle.dumps(given))
    return pickle.loads(kept.read_bytes())  # noqa: S301 - our own


def _through_the_stages(kind: Kind, folder: Path) -> ReportInput:
    write_site(folder, start="2023-01-01", today=f"{AS_OF}")
    named = (folder / "site.toml").read_text(encoding="utf-8").partition("[[company]]")[0]
    companies = "".join(f'[[company]]\nname = "{name}"\n' for name in kind.companies)
    (folder / "site.toml").write_text(named + companies, encoding="utf-8")
    for company, tables in kind.companies.items():
        deliver(folder, f"{AS_OF}", tables, company=company)
    with Warehouse(load_site(folder)) as warehouse:
        days = Days(AS_OF, AS_OF)
        ingest.take_in(warehouse, days, quiet)
        attribute.keep_up(warehouse, quiet)
        compute.compute(warehouse, days, quiet)
        return Reporting(warehouse, AS_OF).given(Audience(GROUP))


def quiet(_: str) -> None:
    """Say nothing."""


@cache
def model_of(name: str) -> ReportModel:
    """The pages of a site before they have a language."""
    return report_model(given_of(name))


@cache
def page_of(name: str, language: str) -> str:
    """The page of a site as HTML."""
    return html(model_of(name), language)


@cache
def book_of(name: str, language: str) -> Any:
    """The workbook of a site, its formulas as the values they were written with."""
    return openpyxl.load_workbook(BytesIO(_content_of(name, language)), data_only=True)


@cache
def formulas_of(name: str, language: str) -> Any:
    """The same with its formulas."""
    return openpyxl.load_workbook(BytesIO(_content_of(name, language)))


@cache
def _content_of(name: str, language: str) -> bytes:
    return workbook(model_of(name), given_of(name), language)


@cache
def mail_of(name: str, language: str) -> str:
    """Subject and body of a site's mail."""
    return "\n".join(mail_text(model_of(name), language))
