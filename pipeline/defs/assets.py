"""Every table, metric and document as a Dagster asset; the graph is the architecture.

An asset opens what it needs, lets one stage do its work, and says what came of it, day by day.
What a stage does stands in the modules of `pipeline/stages`, what the catalogue says of an asset
in `catalogue`.
"""

# Dagster's own signatures leave parameters of PathLike and dict open.
# pyright: reportUnknownMemberType=false

from collections.abc import Iterator
from typing import Any

import dagster as dg

from pipeline.canonical.tables import TABLES
from pipeline.defs import catalogue
from pipeline.defs.events import materialized, metadata_of, observed
from pipeline.defs.installation import Installation
from pipeline.defs.partitions import daily
from pipeline.defs.preview import preview
from pipeline.defs.progress import told
from pipeline.metrics.attributed_movement import ATTRIBUTED_MOVEMENT
from pipeline.metrics.tables import METRICS
from pipeline.settings import Site
from pipeline.stages import night_account
from pipeline.stages.night import Night
from pipeline.stages.night_account import table_name

POOL = "duckdb"
AS_ONE_RUN = dg.BackfillPolicy.single_run()
PREVIEW_ROWS = 5
Made = Iterator[dg.MaterializeResult[Any] | dg.AssetObservation]


def assets_of(site: Site) -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """The assets of a site, stage by stage."""
    days = daily(site)
    return [
        *(catalogue.landed(company) for company in site.companies),
        _canonical(site, days),
        _attributed(site, days),
        _metrics(site, days),
        _snapshot(site, days),
        _documents(site, days),
        *(catalogue.report(site, name, days) for name in site.settings.site.languages),
        catalogue.mail(site, days),
    ]


def _made(context: dg.AssetExecutionContext, night: Night, asset: str) -> dg.MaterializeResult[Any]:
    """A table with all days of the run, each with its own counts."""
    last = night.as_of.isoformat()
    for day, facts in night.account.of(asset).items():
        if day in context.partition_keys:
            context.add_asset_metadata(
                metadata_of(night.site, facts), asset_key=asset.split("/"), partition_key=day
            )
    if asset != night_account.SNAPSHOT:
        context.add_asset_metadata(
            {"preview": _preview(night, asset)}, asset_key=asset.split("/"), partition_key=last
        )
    return dg.MaterializeResult(asset_key=asset.split("/"))


def _preview(night: Night, asset: str) -> dg.MarkdownMetadataValue:
    """A few rows of the last day, or of a table that is of no day."""
    table, warehouse = table_name(asset), night.warehouse
    if not warehouse.has(table):
        return dg.MetadataValue.md("no rows")
    is_of_a_day = asset.startswith("metrics/") and not METRICS[asset.split("/")[1]].is_fact
    where = f"WHERE as_of = DATE '{night.as_of}'" if is_of_a_day else ""
    return preview(warehouse.frame(f"FROM {table} {where} LIMIT {PREVIEW_ROWS}"))


# ---------------------------------------------------------------- tables


def _canonical(site: Site, days: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name="canonical",
        specs=[catalogue.canonical(site, spec) for spec in TABLES.values()],
        partitions_def=days,
        backfill_policy=AS_ONE_RUN,
        pool=POOL,
    )
    def canonical(context: dg.AssetExecutionContext, installation: Installation) -> Made:
        """Extracts of the days, admitted and folded into the canonical tables."""
        with told(context, installation) as night:
            try:
                taken = night.take_in(context.log.info)
            finally:  # what was refused came all the same
                yield from (observed(each) for each in night.account.landed)
            made = [_made(context, night, f"canonical/{name}") for name in TABLES]
        for problem in (*taken.problems, *taken.policy_faults):
            context.log.warning(problem)
        yield from made

    return canonical


def _attributed(site: Site, days: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name="attributed_movement",
        specs=[catalogue.metric(site, ATTRIBUTED_MOVEMENT)],
        partitions_def=days,
        backfill_policy=AS_ONE_RUN,
        pool=POOL,
    )
    def attributed_movement(context: dg.AssetExecutionContext, installation: Installation) -> Made:
        """The stock ledger once more, every piece said by supplier and day of receipt."""
        with told(context, installation) as night:
            night.attribute(context.log.info)
            made = _made(context, night, f"metrics/{ATTRIBUTED_MOVEMENT.name}")
        yield made

    return attributed_movement


def _metrics(site: Site, days: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
    wanted = [metric for metric in METRICS.values() if metric is not ATTRIBUTED_MOVEMENT]

    @dg.multi_asset(
        name="metrics",
        specs=[catalogue.metric(site, metric) for metric in wanted],
        partitions_def=days,
        backfill_policy=AS_ONE_RUN,
        pool=POOL,
    )
    def metrics(context: dg.AssetExecutionContext, installation: Installation) -> Made:
        """All metrics of the days, from the facts and the policy."""
        with told(context, installation) as night:
            night.compute(context.log.info)
            made = [_made(context, night, f"metrics/{metric.name}") for metric in wanted]
        yield from made

    return metrics


def _snapshot(site: Site, days: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name="snapshot",
        specs=[catalogue.snapshot(site)],
        partitions_def=days,
        backfill_policy=AS_ONE_RUN,
        pool=POOL,
    )
    def snapshot(context: dg.AssetExecutionContext, installation: Installation) -> Made:
        """The snapshot, replaced at once; of held companies it says what it said."""
        with told(context, installation) as night:
            if night.publish() is None:
                reasons = [each.words for each in night.blockers] or ["there are no figures yet"]
                raise dg.Failure("\n".join(["Nothing was published:", *reasons]))
            made = _made(context, night, night_account.SNAPSHOT)
        yield made

    return snapshot


# ---------------------------------------------------------------- documents


def _documents(site: Site, days: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
    """The step that makes reports and posts mails; the days that have one are told one by one.

    What a step gives back Dagster marks for every day of a range, and a backfill has failed where
    a day of what it asked for is missing.  So nobody asks for reports and mails themselves.
    """
    languages = {name: f"report/pdf_{name}" for name in site.settings.site.languages}

    @dg.multi_asset(
        name="documents",
        specs=[catalogue.documents(site)],
        partitions_def=days,
        backfill_policy=AS_ONE_RUN,
        pool=POOL,
    )
    def documents(
        context: dg.AssetExecutionContext, installation: Installation
    ) -> Iterator[dg.AssetMaterialization | dg.MaterializeResult[Any]]:
        """The documents of the last day in every language, and their mails."""
        with told(context, installation) as night:
            if not installation.has_rendered:  # else it is only the mail that is tried again
                for language, _ in night.render(list(languages), context.log.info):
                    yield from _finished(night, languages[language])
                if not night.failed_documents:
                    installation.note_rendered()
            night.notify()
            yield from _finished(night, night_account.MAIL)
            yield dg.MaterializeResult(metadata={"documents of": night.as_of.isoformat()})

    return documents


def _finished(night: Night, asset: str) -> Iterator[dg.AssetMaterialization]:
    """The days of which a night made a document."""
    for day, facts in night.account.of(asset).items():
        yield materialized(night.site, asset, day, facts)
