"""A night's account as Dagster's events: what was made, delivered and judged, each of its day.

A run of the UI yields them as its own.  Those of a night of the command line are reported without
a run, and carry the night's name.
"""

# Dagster's own signatures leave parameters open.
# pyright: reportUnknownMemberType=false

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from pipeline.defs.installation import REPORTS
from pipeline.defs.preview import table_of
from pipeline.settings import Site
from pipeline.stages.night_account import DOCUMENTS, JUDGED, LANDED, Facts, Told
from pipeline.stages.verdicts import CHECKS, GATE

NIGHT_TAG = "stockturn/night"
Event = dg.AssetMaterialization | dg.AssetObservation | dg.AssetCheckEvaluation
ASSET_OF = {check.name: dg.AssetKey(check.asset.split("/")) for check in CHECKS}


def metadata_of(site: Site, facts: Facts) -> dict[str, Any]:
    """What is said of one day as the UI shows it: documents as links that open."""
    told = {name: value for name, value in facts.items() if name != DOCUMENTS}
    links = {name.rsplit("/", 1)[-1]: _link(site, name) for name in facts.get(DOCUMENTS, ())}
    return told | links


def _link(site: Site, name: str) -> dg.MetadataValue[Any]:
    """Where a document opens: below the site's own address, or else below the UI's."""
    base = site.settings.site.report_url
    return dg.MetadataValue.url(f"{base.rstrip('/') if base else REPORTS}/{name}")


def materialized(
    site: Site, asset: str, day: str, facts: Facts, tags: Mapping[str, str] | None = None
) -> dg.AssetMaterialization:
    """A table or document has one day."""
    metadata = metadata_of(site, facts)
    return dg.AssetMaterialization(asset.split("/"), partition=day, metadata=metadata, tags=tags)


def observed(landed: Facts, tags: Mapping[str, str] | None = None) -> dg.AssetObservation:
    """A company delivered."""
    key = ["landing", landed["company"]]
    return dg.AssetObservation(key, partition=landed["extract_date"], metadata=landed, tags=tags)


def judged(verdict: Facts, partition: str | None = None) -> dg.AssetCheckEvaluation:
    """What a check came to.

    Without a run it has no partition: Dagster stores one evaluation of each then, and fails at the
    second.
    """
    shown = {"rows": table_of(verdict["shown"])} if verdict["shown"] else {}
    return dg.AssetCheckEvaluation(
        asset_key=ASSET_OF[verdict["check"]],
        check_name=verdict["check"],
        passed=verdict["passed"],
        severity=dg.AssetCheckSeverity.ERROR if verdict["stops"] else dg.AssetCheckSeverity.WARN,
        description=verdict["words"],
        blocking=verdict["check"] == GATE,
        partition=partition,
        metadata={"day": verdict["day"], "held": ", ".join(verdict["held"]) or "nobody", **shown},
    )


def of_command_line(site: Site, told: Told) -> Event:
    """What a night of the command line made of a day, as an event without a run."""
    tags = {NIGHT_TAG: told.night}
    if told.what == LANDED:
        return observed(told.facts, tags)
    if told.what == JUDGED:
        return judged(told.facts)
    return materialized(site, told.what, told.day, told.facts | {"night": told.who}, tags)


def not_told_yet(instance: dg.DagsterInstance, told: Sequence[Told]) -> list[Told]:
    """Without the days that the instance has of the same night, should its daemon have died."""
    known = {
        (asset, record.partition_key, (record.asset_materialization.tags or {}).get(NIGHT_TAG))
        for asset in {each.what for each in told} - {LANDED, JUDGED}
        for record in instance.fetch_materializations(
            dg.AssetRecordsFilter(
                asset_key=dg.AssetKey(asset.split("/")),
                asset_partitions=sorted({each.day for each in told}),
            ),
            limit=len(told),
        ).records
        if record.asset_materialization
    }
    return [each for each in told if (each.what, each.day, each.night) not in known]
