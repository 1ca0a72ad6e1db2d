"""Which site Dagster works on, and the run's night, as a resource every asset is given."""

import os
from contextlib import ExitStack
from pathlib import Path

import dagster as dg
from pydantic import PrivateAttr

from pipeline.defs.partitions import days_of
from pipeline.demo import demo_settings
from pipeline.settings import Site, load_site
from pipeline.stages.night import Asked, Night, night_of
from pipeline.stages.site_check import open_site

REPORTS = "/reports"
"""Where the UI's own server shows the site's documents."""
ACCEPT_TAG = "stockturn/accept_closures"
CATCHING_UP_TAG = "stockturn/catching_up"
"""Set by the schedule and the sensor: one company's bad day does not hold up the other days."""


class Installation(dg.ConfigurableResource[Site]):
    """One site's folder, settings and files."""

    folder: str
    _open: ExitStack = PrivateAttr(default_factory=ExitStack)
    _night: Night | None = PrivateAttr(default=None)
    _has_rendered: bool = PrivateAttr(default=False)

    @property
    def site(self) -> Site:
        """The site as its settings stand now."""
        return load_site(Path(self.folder))

    @property
    def has_rendered(self) -> bool:
        """Whether the run made its documents already, in an earlier try."""
        return self._has_rendered

    def note_rendered(self) -> None:
        """All documents of the run are made."""
        self._has_rendered = True

    def night(self, context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> Night:
        """The run's night: begun by the first asset that asks, the same for all of them.

        Raises:
            ConfigurationError: a file of the site is wrong; nothing was written.
            TryAgainLater: another run works on the site.
        """
        if self._night is None:
            site = open_site(Path(self.folder))
            self._night = self._open.enter_context(night_of(site, _asked(context)))
        return self._night

    def let_go(self, failure: str | None = None) -> None:
        """End the night, or say why it failed; an asset that is tried again begins another."""
        if self._night is not None:
            self._night.end(failure)
        self._night = None
        self._open.close()

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:
        """End the night with the run."""
        del context
        self.let_go()


def _asked(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> Asked:
    tags, days = dict(context.run.tags), days_of(context)
    return Asked(
        days,
        who=f"run {context.run.run_id[:8]} of the Dagster UI",
        run_id=context.run.run_id,
        tags=tags,
        accept_closures=tags.get(ACCEPT_TAG) == "yes",
        together=len(days) > 1 and CATCHING_UP_TAG not in tags,
        shows_itself=True,
    )


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
