"""What is judged of a night before anything of it goes out, each check on the table it judges."""

# Dagster's own signatures leave parameters open.
# pyright: reportUnknownMemberType=false

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import dagster as dg

from pipeline.defs.assets import POOL
from pipeline.defs.events import judged
from pipeline.defs.installation import Installation
from pipeline.defs.partitions import daily
from pipeline.defs.progress import told
from pipeline.settings import Site
from pipeline.stages.verdicts import CHECKS, GATE

Judged = Iterator[dg.Output[Any] | dg.AssetCheckEvaluation]


def checks_of(site: Site) -> list[dg.AssetChecksDefinition]:
    """The checks; the gate alone holds up what comes after it, for it knows all reasons."""
    specs = {
        check.name: dg.AssetCheckSpec(
            check.name,
            asset=check.asset.split("/"),
            description=check.about,
            blocking=check.name == GATE,
            partitions_def=daily(site),
        )
        for check in CHECKS
    }

    @dg.multi_asset_check(name="checks", specs=[*specs.values()], can_subset=True, pool=POOL)
    def checks(context: dg.AssetCheckExecutionContext, installation: Installation) -> Judged:
        """Whether reports of the last day may go out, and what the ERP's own balances say."""
        asked = {key.name for key in context.selected_asset_check_keys}
        with told(context, installation) as night:
            found = {each.check: each for each in night.judge()}
        for name in (name for name in specs if name in asked):
            verdict = found[name]
            # Given back as a result it would carry no day wherever a run is of more than one.
            yield dg.Output(None, output_name=specs[name].get_python_identifier())
            yield judged(asdict(verdict), verdict.day)
            if not verdict.passed:
                context.log.warning("%s: %s", name, verdict.words)
        if GATE in asked and found[GATE].stops:
            raise dg.Failure(found[GATE].words, allow_retries=False)

    return [checks]
