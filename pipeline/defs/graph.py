"""All of a site's definitions: assets, checks, job, schedule, sensors and resources."""

import dagster as dg

from pipeline.defs.assets import assets_of
from pipeline.defs.automation import (
    command_line_sensor,
    delivery_sensor,
    failure_sensor,
    nightly_job,
    nightly_schedule,
)
from pipeline.defs.checks import checks_of
from pipeline.defs.installation import Installation
from pipeline.settings import Site


def definitions(site: Site) -> dg.Definitions:
    """The code location of a site."""
    job = nightly_job()
    return dg.Definitions(
        assets=assets_of(site),
        asset_checks=checks_of(site),
        jobs=[job],
        schedules=[nightly_schedule(site, job)],
        sensors=[delivery_sensor(job), command_line_sensor(), failure_sensor()],
        resources={"installation": Installation(folder=str(site.folder))},
        executor=dg.in_process_executor,
    )
