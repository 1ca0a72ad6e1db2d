"""What the catalogue says of every asset, from the specs: columns, owner, kind, tags, freshness."""

# Dagster's own signatures leave parameters open.
# pyright: reportUnknownMemberType=false

from datetime import datetime, timedelta

import dagster as dg

from pipeline.canonical.spec import STORED_AS, TableSpec
from pipeline.canonical.tables import TABLES
from pipeline.metrics.spec import COMMON, Metric
from pipeline.metrics.tables import METRICS
from pipeline.settings import Company, Site

ENGINEERS, CONTROLLERS = ["team:data-engineering"], ["team:controlling"]
LANGUAGE_NAMES = {"en": "English", "zh": "Chinese"}
STAGE = "stockturn/stage"
TIME_FOR_A_NIGHT = timedelta(hours=2)
SNAPSHOT, MAIL = dg.AssetKey(["published", "snapshot"]), dg.AssetKey(["delivery", "mail"])
DOCUMENTS = dg.AssetKey(["report", "documents"])


def landed(company: Company) -> dg.AssetSpec:
    """The extracts of a company: made elsewhere, observed here."""
    return dg.AssetSpec(
        ["landing", company.name],
        group_name="landing",
        description=f"Extracts of {company.name} ({company.erp}), as delivered. Nothing here makes "
        "them: what was delivered, when and with what content is observed by every night",
        owners=[f"team:erp-{company.name}"],
        kinds={"file"},
        tags={STAGE: "landing", "stockturn/erp": company.erp},
    )


def canonical(site: Site, spec: TableSpec) -> dg.AssetSpec:
    """A table of the ledger."""
    return dg.AssetSpec(
        ["canonical", spec.name],
        deps=[["landing", company.name] for company in site.companies],
        description=spec.about,
        group_name="canonical",
        owners=ENGINEERS,
        kinds={"duckdb", "table"},
        tags={STAGE: "canonical", "stockturn/mode": spec.mode.value},
        metadata={
            "dagster/column_schema": _schema(spec),
            "dagster/table_name": f"canonical.{spec.name}",
        },
        freshness_policy=fresh(site),
    )


def metric(site: Site, spec: Metric) -> dg.AssetSpec:
    """A metric or a fact."""
    group = "facts" if spec.is_fact else "metrics"
    return dg.AssetSpec(
        ["metrics", spec.name],
        group_name=group,
        deps=[table.split("/") for table in spec.needs],
        description=spec.about,
        code_version=spec.version,
        owners=ENGINEERS if spec.is_fact else CONTROLLERS,
        kinds={"polars", "duckdb"},
        tags={STAGE: group, "stockturn/kept": spec.kept.name.lower()},
        metadata={
            "dagster/column_schema": _published_columns(spec),
            "dagster/table_name": f"metrics.{spec.name}",
            "kept": spec.kept.value,
        },
        freshness_policy=fresh(site),
    )


def snapshot(site: Site) -> dg.AssetSpec:
    """What analysts open."""
    return dg.AssetSpec(
        SNAPSHOT,
        group_name="published",
        deps=[["metrics", name] for name in METRICS],
        description="The read-only snapshot everybody may open, replaced at once",
        owners=ENGINEERS,
        kinds={"duckdb"},
        tags={STAGE: "published"},
        metadata={"tables": len(TABLES) + len(METRICS)},
        freshness_policy=fresh(site),
    )


def documents(site: Site) -> dg.AssetSpec:
    """The step that makes reports and posts mails."""
    return dg.AssetSpec(
        DOCUMENTS,
        group_name="report",
        deps=[SNAPSHOT],
        description="The last step of a run: reports of its last day, or word of what is held, and "
        "their mails. That it was taken does not say that there is a report: the pages of each "
        "language and of the mail show the days that have one",
        owners=ENGINEERS,
        kinds={"pdf", "email"},
        tags={STAGE: "report"},
        freshness_policy=fresh(site),
    )


def report(site: Site, language: str, days: dg.DailyPartitionsDefinition) -> dg.AssetSpec:
    """The documents in one language."""
    return dg.AssetSpec(
        ["report", f"pdf_{language}"],
        group_name="report",
        deps=[DOCUMENTS],
        description=f"The executive report in {LANGUAGE_NAMES[language]}: PDF and workbook for "
        "every audience. A run makes it of its last day, and of no day whose report is held; to "
        "have it of another day materialize that day of report/documents",
        owners=CONTROLLERS,
        kinds={"pdf", "excel"},
        tags={STAGE: "report", "stockturn/language": language},
        freshness_policy=fresh(site),
        partitions_def=days,
    )


def mail(site: Site, days: dg.DailyPartitionsDefinition) -> dg.AssetSpec:
    """What left by mail."""
    return dg.AssetSpec(
        MAIL,
        group_name="delivery",
        deps=[["report", f"pdf_{language}"] for language in site.settings.site.languages],
        description="The report in its subscribers' inboxes, once; of held reports the engineers "
        "hear. Only a day of which a mail was sent is green",
        owners=ENGINEERS,
        kinds={"email"},
        tags={STAGE: "delivery"},
        freshness_policy=fresh(site) if site.settings.subscription else None,
        partitions_def=days,
    )


def fresh(site: Site) -> dg.FreshnessPolicy | None:
    """Made again by every night; None where the site's calendar stands still."""
    at, day = site.settings.site.nightly_at, datetime(2000, 1, 1)  # noqa: DTZ001 - a wall clock
    deadline = datetime.combine(day, at) + TIME_FOR_A_NIGHT
    if site.settings.site.today is not None:
        return None
    return dg.FreshnessPolicy.cron(
        deadline_cron=f"{deadline.minute} {deadline.hour} * * *",
        lower_bound_delta=TIME_FOR_A_NIGHT,
        timezone=site.settings.site.timezone,
    )


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


def _published_columns(spec: Metric) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=column.name,
                type=column.type.value,  # the code server sends texts only
                description=column.comment,
                constraints=dg.TableColumnConstraints(nullable=bool(column.nulls)),
            )
            for column in (*spec.columns, *COMMON)
        ]
    )
