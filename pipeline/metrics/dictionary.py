"""The published metrics as a document: what every table and column means, from their specs."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from pipeline.metrics.spec import COMMON, Column, Metric
from pipeline.metrics.tables import METRICS

BEGIN = (
    "<!-- made from pipeline/metrics by `python -m pipeline.metrics.dictionary`: do not edit -->"
)
END = "<!-- end of what is made -->"


def markdown(metrics: Mapping[str, Metric] = METRICS) -> str:
    """Every published metric with its columns."""
    common = ("## Every row also has", "", *_columns(COMMON))
    return "\n".join(
        (*(line for metric in metrics.values() for line in _metric(metric)), *common, "")
    )


def renewed(document: str, metrics: Mapping[str, Metric] = METRICS) -> str:
    """A document with the part between its two marks made again."""
    before, _, rest = document.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n\n{markdown(metrics)}\n{END}{after}"


def _metric(metric: Metric) -> Iterator[str]:
    key = ", ".join(f"`{name}`" for name in metric.key)
    needs = ", ".join(f"`{table.replace('/', '.')}`" for table in metric.needs)
    yield from (f"## metrics.{metric.name}", "", metric.about, "")
    rows = f"One row per {key}" if key else "No key: rows add up"
    yield f"{rows}. Kept: {metric.kept}{_detail(metric)}. Made from {needs}."
    yield from ("", *_columns(metric.columns), "")
    if metric.notes:
        yield from (" ".join(metric.notes), "")


def _detail(metric: Metric) -> str:
    return f" (rows where {metric.detail}: as detail)" if metric.detail else ""


def _columns(columns: tuple[Column, ...]) -> Iterator[str]:
    yield from ("| column | type | unit | meaning | null |", "|---|---|---|---|---|")
    for column in columns:
        yield (
            f"| `{column.name}` | {column.type} | {column.unit or '–'} | {column.about} "
            f"| {column.nulls or 'never'} |"
        )


if __name__ == "__main__":
    page = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/metrics.md")
    page.write_text(renewed(page.read_text(encoding="utf-8")), encoding="utf-8")
