"""Which site Dagster works on, as a resource every asset is given."""

import os
from pathlib import Path

import dagster as dg

from pipeline.demo import demo_settings
from pipeline.settings import Site, load_site


class Installation(dg.ConfigurableResource[Site]):
    """One site's folder, settings and files."""

    folder: str

    @property
    def site(self) -> Site:
        """The site as its settings stand now."""
        return load_site(Path(self.folder))


def site_of_environment() -> Site:
    """The site that STOCKTURN_SITE names, else `./site`, else the demo's settings.

    Definitions must load in an empty clone, where no site exists yet: the demo's settings then
    give the partitions and languages of the graph.
    """
    named = os.environ.get("STOCKTURN_SITE")
    if named:
        return load_site(Path(named))
    usual = Path("site")
    if (usual / "site.toml").is_file():
        return load_site(usual)
    return Site(Path("demo-site").resolve(), demo_settings())
