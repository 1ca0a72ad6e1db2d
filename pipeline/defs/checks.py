"""What is judged of a night before anything of it goes out."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from pipeline.defs.assets import POOL
from pipeline.defs.installation import Installation
from pipeline.defs.preview import preview
from pipeline.defs.progress import told
from pipeline.stages import release_gate
from pipeline.stages.night import Night

AGREES = "agrees_with_the_erp"
_CHECK_WORDS = {
    release_gate.MISSING: "Every expected delivery has come, or a later window covers its day",
    release_gate.REFUSED_ROWS: "No delivery has more refused rows than the site allows",
    release_gate.GAPS: "Opening and movements give the closing, per company, warehouse and SKU",
    release_gate.REFUSED_DELIVERY: "No delivery was refused as a whole",
}
MOST_SHOWN = 20


def checks_of() -> list[dg.AssetChecksDefinition]:
    """Checks that hold reports: an error where nothing may go out, else a warning that says who."""
    reconciled = dg.AssetKey(["metrics", "reconciliation"])
    holding = [
        dg.AssetCheckSpec(name, asset=reconciled, blocking=True, description=words)
        for name, words in _CHECK_WORDS.items()
    ]
    telling = dg.AssetCheckSpec(
        AGREES,
        asset=reconciled,
        description="The ledger's balance is the ERP's own, where it delivered one",
    )

    @dg.multi_asset_check(name="checks", specs=[*holding, telling], can_subset=True, pool=POOL)
    def checks(
        context: dg.AssetCheckExecutionContext,
        installation: Installation,
    ) -> Iterator[dg.AssetCheckResult]:
        """Whether reports may go out, and what the ERP's own balances say."""
        asked = {key.name for key in context.selected_asset_check_keys}
        with told(context, installation) as night:
            for name in asked & set(_CHECK_WORDS):
                yield _of_check(night, name)
            if AGREES in asked:
                yield _agreement(night.erp_differences)

    return [checks]


def _of_check(night: Night, name: str) -> dg.AssetCheckResult:
    mine = [each for each in night.blockers if each.check == name]
    stops = bool(mine) and night.holds_all
    return dg.AssetCheckResult(
        check_name=name,
        passed=not mine,
        severity=dg.AssetCheckSeverity.ERROR if stops else dg.AssetCheckSeverity.WARN,
        description="\n".join(each.words for each in mine) or None,
        metadata={"held": ", ".join(sorted({each.company for each in mine})) or "nobody"},
    )


def _agreement(rows: pl.DataFrame) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=AGREES,
        passed=rows.is_empty(),
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "differences": rows.height,
            "largest": preview(rows.head(MOST_SHOWN)),
        },
    )
