"""Every table, metric and document as a Dagster asset; the graph is the architecture.

An asset opens what it needs, lets one stage do its work, and says what came of it.  What a stage
does stands in the modules of the same name beside this one.
"""

# Dagster's own signatures leave parameters of PathLike and dict open.
# pyright: reportUnknownMemberType=false

from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg

from pipeline.canonical.spec import STORED_AS, TableSpec
from pipeline.canonical.tables import TABLES
from pipeline.defs.installation import Installation
from pipeline.defs.partitions import daily
from pipeline.defs.preview import preview
from pipeline.defs.progress import told
from pipeline.metrics.attributed_movement import ATTRIBUTED_MOVEMENT
from pipeline.metrics.spec import COMMON, Metric
from pipeline.metrics.tables import METRICS
from pipeline.report.render import RenderedReport
from pipeline.settings import Site
from pipeline.stages import attribute, ingest
from pipeline.stages.night import Night
from pipeline.warehouse import Warehouse

POOL = "duckdb"
AS_ONE_RUN = dg.BackfillPolicy.single_run()
LANGUAGE_NAMES = {"en": "English", "zh": "Chinese"}
PREVIEW_ROWS = 5


def assets_of(site: Site) -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """The assets of a site, stage by stage."""
    days = daily(site)
    landed = [
        dg.AssetSpec(
            ["landing", company.name],
            group_name="landing",
            description=f"Extracts of {company.name} ({company.erp}), as delivered",
        )
        for company in site.companies
    ]
    return [
        *landed,
        _canonical(landed, days),
        _attributed(days),
        _metrics(days),
        _snapshot(days),
        _reports(site, days),
        _mail(site, days),
    ]


# ---------------------------------------------------------------- canonical


def _canonical(
    landed: Sequence[dg.AssetSpec], days: dg.DailyPartitionsDefinition
) -> dg.AssetsDefinition:
    specs = [
        dg.AssetSpec(
            ["canonical", spec.name],
            deps=[each.key for each in landed],
            description=spec.about,
            metadata={"dagster/column_schema": _schema(spec)},
            group_name="canonical",
        )
        for spec in TABLES.values()
    ]

    @dg.multi_asset(
        name="canonical", specs=specs, partitions_def=days, backfill_policy=AS_ONE_RUN, pool=POOL
    )
    def canonical(
        context: dg.AssetExecutionContext,
        installation: Installation,
    ) -> Iterator[dg.MaterializeResult[Any]]:
        """Extracts of the days, admitted and folded into the canonical tables."""
        with told(context, installation) as night:
            taken = night.take_in(context.log.info)
            metadata = {name: _table_metadata(night.warehouse, name, taken) for name in TABLES}
        for problem in (*taken.problems, *taken.policy_faults):
            context.log.warning(problem)
        for name in TABLES:
            yield dg.MaterializeResult(
                asset_key=["canonical", name],
                metadata=metadata[name],
            )

    return canonical


def _table_metadata(warehouse: Warehouse, name: str, taken: ingest.Intake) -> dict[str, Any]:
    loads = [row for load in taken.loads for row in load.tables if row.table == name]
    counts = {
        what: sum(getattr(row, what) for row in loads)
        for what in (
            "rows_in",
            "rows_new",
            "rows_corrected",
            "rows_unchanged",
            "rows_quarantined",
            "rows_duplicate",
            "rows_closed",
        )
    }
    rows = warehouse.value(f"SELECT count(*) FROM canonical.{name}")
    few = warehouse.frame(f"FROM canonical.{name} LIMIT {PREVIEW_ROWS}")
    return {
        "dagster/row_count": rows,
        **counts,
        "preview": preview(few),
        **({"warnings": taken.warnings} if taken.warnings and name == "stock_movement" else {}),
        **({"refused": taken.problems} if taken.problems and name == "stock_movement" else {}),
    }


def _schema(spec: TableSpec) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=column.name,
                type=STORED_AS[column.type],
                description=column.about,
                constraints=dg.TableColumnConstraints(nullable=not column.required),
            )
            for column in spec.columns
        ]
    )


# ---------------------------------------------------------------- facts and metrics


def _attributed(days: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name="attributed_movement",
        specs=[_metric_spec(ATTRIBUTED_MOVEMENT)],
        partitions_def=days,
        backfill_policy=AS_ONE_RUN,
        pool=POOL,
    )
    def attributed_movement(
        context: dg.AssetExecutionContext,
        installation: Installation,
    ) -> dg.MaterializeResult[Any]:
        """The stock ledger once more, every piece said by supplier and day of receipt."""
        with told(context, installation) as night:
            changed = night.attribute(context.log.info)
        return dg.MaterializeResult(
            metadata={"rows_written": changed.rows, "rebuilt_items": _rebuilt(changed)}
        )

    return attributed_movement


def _rebuilt(changed: attribute.Changed) -> int | str:
    return "all" if changed.rebuilt_items is None else changed.rebuilt_items


def _metrics(days: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
    made = [metric for metric in METRICS.values() if metric is not ATTRIBUTED_MOVEMENT]
    specs = [_metric_spec(metric) for metric in made]

    @dg.multi_asset(
        name="metrics", specs=specs, partitions_def=days, backfill_policy=AS_ONE_RUN, pool=POOL
    )
    def metrics(
        context: dg.AssetExecutionContext,
        installation: Installation,
    ) -> Iterator[dg.MaterializeResult[Any]]:
        """All metrics of the days, from the facts and the policy."""
        with told(context, installation) as night:
            done = night.compute(context.log.info)
        for metric in made:
            yield dg.MaterializeResult(
                asset_key=["metrics", metric.name],
                metadata={
                    "rows_written": done.rows.get(metric.name, 0),
                    "detail_dates": ", ".join(str(day) for day in done.detail),
                },
            )

    return metrics


def _metric_spec(metric: Metric) -> dg.AssetSpec:
    """What the catalogue says of a metric."""
    return dg.AssetSpec(
        ["metrics", metric.name],
        group_name="facts" if metric.is_fact else "metrics",
        deps=[table.split("/") for table in metric.needs],
        description=metric.about,
        code_version=metric.version,
        metadata={"dagster/column_schema": _published_columns(metric)},
    )


def _published_columns(metric: Metric) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=column.name,
                type=column.type.value,  # the code server sends texts only
                description=column.comment,
                constraints=dg.TableColumnConstraints(nullable=bool(column.nulls)),
            )
            for column in (*metric.columns, *COMMON)
        ]
    )


# ---------------------------------------------------------------- documents


def _snapshot(days: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
    @dg.asset(
        key=["published", "snapshot"],
        group_name="published",
        deps=[["metrics", name] for name in METRICS],
        partitions_def=days,
        backfill_policy=AS_ONE_RUN,
        pool=POOL,
    )
    def snapshot(
        context: dg.AssetExecutionContext,
        installation: Installation,
    ) -> dg.MaterializeResult[Any]:
        """The read-only snapshot everybody may open, replaced at once."""
        with told(context, installation) as night:
            path = night.publish()
        return dg.MaterializeResult(
            metadata={"path": dg.MetadataValue.path(str(path) if path else "not replaced")}
        )

    return snapshot


def _reports(site: Site, days: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
    languages = site.settings.site.languages
    keys = {language: dg.AssetKey(["report", f"pdf_{language}"]) for language in languages}
    specs = [
        dg.AssetSpec(
            key,
            group_name="report",
            deps=[["published", "snapshot"]],
            description=f"The executive report of the last day in {LANGUAGE_NAMES[language]}: "
            "PDF and workbook for every audience",
            skippable=True,
        )
        for language, key in keys.items()
    ]

    @dg.multi_asset(
        name="report",
        specs=specs,
        can_subset=True,
        partitions_def=days,
        backfill_policy=AS_ONE_RUN,
        pool=POOL,
    )
    def report(
        context: dg.AssetExecutionContext,
        installation: Installation,
    ) -> Iterator[dg.MaterializeResult[Any]]:
        """The documents of every language asked for, from figures read once."""
        wanted = [name for name, key in keys.items() if key in context.selected_asset_keys]
        with told(context, installation) as night:
            for language, made in night.render(wanted, context.log.info):
                yield dg.MaterializeResult(
                    asset_key=keys[language], metadata=_of_documents(night, made)
                )

    return report


def _of_documents(night: Night, made: Sequence[RenderedReport]) -> dict[str, Any]:
    site, as_of, held = night.site, night.as_of, night.held
    warnings = [warning for each in made for warning in each.warnings]
    return {
        "pages": sum(each.pages for each in made),
        "cpu_seconds": round(sum(each.cpu_seconds for each in made), 1),
        **({"warnings": warnings} if warnings else {}),
        **{each.pdf.name: _link(site, f"{as_of}/{each.pdf.name}", str(each.pdf)) for each in made},
        **({"held": ", ".join(sorted(held))} if held else {}),
    }


def _link(site: Site, name: str, path: str) -> dg.MetadataValue[Any]:
    base = site.settings.site.report_url
    return (
        dg.MetadataValue.url(f"{base.rstrip('/')}/{name}") if base else dg.MetadataValue.path(path)
    )


def _mail(site: Site, days: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
    @dg.asset(
        key=["delivery", "mail"],
        group_name="delivery",
        deps=[["report", f"pdf_{language}"] for language in site.settings.site.languages],
        partitions_def=days,
        backfill_policy=AS_ONE_RUN,
        pool=POOL,
    )
    def mail(
        context: dg.AssetExecutionContext,
        installation: Installation,
    ) -> dg.MaterializeResult[Any]:
        """The report in its subscribers' inboxes, once; of held reports the engineers hear."""
        with told(context, installation) as night:
            sent = night.notify()
        return dg.MaterializeResult(
            metadata={
                f"{each.company}.{each.language}.{place}": f"{each.state}: {each.note}".rstrip(": ")
                for place, each in enumerate(sent)
            }
        )

    return mail
