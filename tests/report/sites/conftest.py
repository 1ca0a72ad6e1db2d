"""What a site's report is given is made once in a session, whichever worker asks first."""

import os

import pytest

from tests.report.sites import made


@pytest.fixture(scope="session", autouse=True)
def shared_by_the_workers(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Each worker has a folder of its own within that of the session."""
    own = tmp_path_factory.getbasetemp()
    session = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    made.keep_in(session / "report-sites")
