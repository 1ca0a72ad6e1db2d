"""Where `sql/` and `report_templates/` are found: in a checkout, or inside an installed wheel."""

from importlib.resources import files
from pathlib import Path


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
