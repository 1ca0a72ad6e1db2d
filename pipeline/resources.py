"""Where `sql/`, `report_templates/` and Python itself are found: in a checkout, or in a wheel."""

import sys
from importlib.resources import files
from pathlib import Path

PYTHON = (sys.executable, "-P")
"""This interpreter for a child process, which imports nothing from the current folder."""
SAFE_PATH = "PYTHONSAFEPATH"
"""The same for children that others start for us, such as Dagster's: set it to any text."""


def resource_folder(name: str) -> Path:
    """The folder `sql` or `report_templates`, beside the package or packed into it."""
    package = Path(str(files("pipeline")))
    for parent in (package.parent, package / "_resources"):
        if (parent / name).is_dir():
            return parent / name
    message = f"The folder {name}/ was not installed with Stockturn: reinstall the package"
    raise FileNotFoundError(message)


def sql_folder() -> Path:
    """Where the project's own SQL stands."""
    return resource_folder("sql")


def template_folder() -> Path:
    """Where page templates, styles, fonts and message catalogues stand."""
    return resource_folder("report_templates")
