"""Why a row was refused, in words: the codes of quarantine as sentences of the catalogue."""

import re

from pipeline.report.sentences import Sentence, message, say

PATTERNS = (
    (r"missing (?P<column>\w+)", message("Column %(column)s is empty")),
    (
        r"unreadable (?P<column>\w+): more than (?P<digits>\d+) decimals",
        message("Column %(column)s has more than %(digits)s decimals"),
    ),
    (r"unreadable (?P<column>\w+)", message("Column %(column)s cannot be read")),
    (
        r"unknown (?P<column>\w+) (?P<code>.+)",
        message("Column %(column)s has the code %(code)s, which has no meaning yet"),
    ),
    (
        r"does not fit (?P<column>\w+)",
        message("Column %(column)s has more digits than are kept"),
    ),
    (
        r"(?P<column>\w+)_is_no_placeholder",
        message("Column %(column)s is no date between 1990 and 2100"),
    ),
    (r"(?P<column>\w+)_is_not_negative", message("Column %(column)s is below zero")),
    (
        r"(?P<column>\w+)_at_most_(?P<days>\d+)_days_after_extract",
        message("Column %(column)s lies more than %(days)s days after the extract"),
    ),
)
RULES = {
    "duplicate_key_different_content": message("The same key stands there twice, differently"),
    "ragged_record": message("The record has too many or too few columns"),
    "misplaced_quote": message("The record has a quotation mark out of place"),
    "category_path_has_no_empty_part": message("A part of the category's path is empty"),
    "minimum_is_below_maximum": message("The minimum is above the maximum"),
    "currency_is_three_capital_letters": message("The currency is not three capital letters"),
    "rate_is_positive": message("The exchange rate is not above zero"),
    "plans_either_an_item_or_a_category": message("The plan names not one item or one category"),
    "plans_a_quantity_or_a_value": message("The plan has neither quantity nor value"),
    "period_starts_before_it_ends": message("The period ends before it starts"),
    "entry_no_is_a_running_number": message("The ERP's booking number is no running number"),
    "posted_in_1990_or_later": message("The posting is dated before 1990"),
    "counted_in_1990_or_later": message("The count is dated before 1990"),
    "inflow_is_not_negative": message("A receipt takes stock away and is no reversal"),
    "outflow_is_not_positive": message("An issue adds stock and is no reversal"),
    "value_only_kinds_move_no_stock": message("A revaluation or landed cost moves stock"),
    "value_only_kinds_state_a_value": message("A revaluation or landed cost has no value"),
    "opening_stock_was_received_before": message("Opening stock is received after it stands there"),
}


def in_words(reason: str) -> Sentence:
    """The sentence of a reason; one that nobody put into words stands as it is."""
    if reason in RULES:
        return Sentence(RULES[reason])
    for pattern, text in PATTERNS:
        found = re.fullmatch(pattern, reason)
        if found:
            return Sentence(text, found.groupdict())
    return say("%(reason)s", reason=reason)
