"""Every test of the report sees the report's own fonts only, as its child process does.

What a site's report is given is made once in a session, whichever worker asks first.
"""

import os

import pytest

from pipeline.report.inputs import ReportInput
from pipeline.report.model import ReportModel, report_model
from pipeline.report.pdf import use_own_fonts
from tests.report.sample import empty_input, sample_input
from tests.report.sites import made


@pytest.fixture(scope="session", autouse=True)
def own_fonts(tmp_path_factory: pytest.TempPathFactory) -> None:
    use_own_fonts(tmp_path_factory.mktemp("fonts"))


@pytest.fixture(scope="session", autouse=True)
def shared_by_the_workers(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Each worker has a folder of its own within that of the session."""
    own = tmp_path_factory.getbasetemp()
    session = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    made.keep_in(session / "report-sites")


@pytest.fixture(scope="session")
def given() -> ReportInput:
    return sample_input()


@pytest.fixture(scope="session")
def model(given: ReportInput) -> ReportModel:
    return report_model(given)


@pytest.fixture(scope="session")
def empty_model() -> ReportModel:
    return report_model(empty_input())
