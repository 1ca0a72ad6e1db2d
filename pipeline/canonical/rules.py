"""Rules that several canonical tables share."""

from pipeline.canonical.spec import Rule

EARLIEST = "DATE '1990-01-01'"
DAYS_AHEAD = 31


def is_no_placeholder(column: str) -> Rule:
    """A date lies between 1990 and 2100: 1900-01-00 and 9999-12-31 are no dates of business."""
    return Rule(
        f"{column}_is_no_placeholder",
        f"{column} BETWEEN {EARLIEST} AND DATE '2100-12-31'",
        f"{column} lies between 1990 and 2100",
    )


def is_not_far_ahead(column: str) -> Rule:
    """What an extract states happened at most 31 days after its date."""
    return Rule(
        f"{column}_at_most_{DAYS_AHEAD}_days_after_extract",
        f"{column}::DATE <= extract_on + {DAYS_AHEAD}",
        f"{column} is at most {DAYS_AHEAD} days after the extract's date",
    )


def is_not_negative(*columns: str) -> tuple[Rule, ...]:
    """Amounts that cannot be below zero."""
    return tuple(
        Rule(f"{column}_is_not_negative", f"{column} >= 0", f"{column} is zero or more")
        for column in columns
    )
