"""Every page of every site, in both languages: no word, number or mark that is not so."""

from collections.abc import Callable
from dataclasses import fields
from decimal import Decimal
from functools import cache

import polars as pl
import pytest

from pipeline.report.sentences import Label, Money, Names, say
from pipeline.report.translate import LANGUAGES
from tests.report.sites import lint
from tests.report.sites.made import SITES, given_of, model_of, page_of
from tests.report.sites.proof import Proof
from tests.report.sites.reading import Node, headings_over_nothing, read

Rule = Callable[[Node], list[str]]


@cache
def read_page(site: str, language: str) -> Node:
    """The page of a site, read once for all rules."""
    return read(page_of(site, language))


IN_BOTH: tuple[Rule, ...] = (
    lint.unfinished,
    lint.badly_spaced,
    lint.cut_alike,
    lint.outside_their_scale,
    lint.drawings_that_say_nothing,
    headings_over_nothing,
)
IN_ENGLISH: tuple[Rule, ...] = (lint.ranked_without_the_whole, lint.miscounted)


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rule", IN_BOTH)
def test_no_page_breaks_a_rule_of_both_languages(site: str, language: str, rule: Rule) -> None:
    assert rule(read_page(site, language)) == []


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("rule", IN_ENGLISH)
def test_no_page_breaks_a_rule_of_english(site: str, rule: Rule) -> None:
    assert rule(read_page(site, "en")) == []


@pytest.mark.parametrize("site", SITES)
def test_a_chinese_page_has_no_english_word_but_names(site: str) -> None:
    assert lint.in_another_language(read_page(site, "zh"), names_in(site)) == []


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_cell_is_cut_until_it_could_be_another_name(site: str, language: str) -> None:
    assert lint.cut_too_far(read(page_of(site, language)), names_in(site)) == []


@pytest.mark.parametrize("site", SITES)
def test_each_number_name_and_date_of_a_sentence_stands_somewhere_else_too(site: str) -> None:
    proof = Proof(model_of(site), given_of(site))
    assert [fault for one in proof.sentences for fault in proof.unproved(one)] == []


def names_in(site: str) -> set[str]:
    """Every text of the rows a report is made from, and of its own names."""
    given = given_of(site)
    found = {given.run_label, given.policy.policy_version, *given.titles.values(), given.currency}
    for one in fields(given):
        frame = getattr(given, one.name)
        if isinstance(frame, pl.DataFrame):
            for column in frame.select(pl.col(pl.String)).iter_columns():
                found |= set(column.drop_nulls())
    return found


# ---------- the rules themselves see what they are for


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        (lint.unfinished, "<p>%(count)s items</p>", "<p>100% of it</p>"),
        (lint.unfinished, "<td>None</td>", "<dd>None: on track; one: watch</dd>"),
        (lint.badly_spaced, "<li>two  blanks</li>", "<li>one blank</li>"),
        (lint.badly_spaced, "<li>Bearings , Seals</li>", "<li>Bearings, Seals</li>"),
        (lint.miscounted, "<p>Holds in all 1\xa0positions</p>", "<p>Holds in all 2 positions</p>"),
        (lint.miscounted, "<p>Sum of these 1 of 1 items</p>", "<p>one of 324 positions</p>"),
        (
            lint.ranked_without_the_whole,
            "<h1>Bearings holds the most stock</h1>",
            "<h1>Bearings holds the most stock, 98% of all</h1>",
        ),
        (
            lint.cut_alike,
            "<table><tr><th>Coup…</th></tr><tr><th>Coup…</th></tr></table>",
            "<table><tr><th>Coup… A</th></tr><tr><th>Coup… B</th></tr></table>",
        ),
        (
            lint.outside_their_scale,
            '<svg viewBox="0 0 9 9"><path d="M3 3h9" stroke="red"/></svg>',
            '<svg viewBox="0 0 9 9"><g transform="translate(-3,0)"><path d="M3 3h9"/></g></svg>',
        ),
        (
            lint.drawings_that_say_nothing,
            '<svg viewBox="0 0 9 9"><title>Last twelve months</title></svg>',
            '<svg viewBox="0 0 9 9"><title>Last twelve months: from 3 to 4</title></svg>',
        ),
        (
            headings_over_nothing,
            "<section><h1>Trend</h1><h2>What changed</h2><ol>  </ol></section>",
            "<section><h1>Trend</h1><h2>What changed</h2><ol><li>All</li></ol></section>",
        ),
    ],
)
def test_a_rule_sees_what_is_wrong_and_lets_the_rest_be(rule: Rule, bad: str, good: str) -> None:
    assert len(rule(read(bad))) == 1
    assert rule(read(good)) == []


def test_a_cell_cut_until_it_could_be_another_name_is_seen() -> None:
    page = read("<table><tr><td>Coup…</td><td>Seal… 2</td></tr></table>")
    assert lint.cut_too_far(page, {"Coupling 1", "Coupling 2", "Seals 2"}) == ["Coup…"]


def test_an_english_word_among_chinese_is_seen() -> None:
    page = read("<p>Norseal 的库存 dead</p>")
    assert lint.in_another_language(page, {"Norseal"}) == ["dead: Norseal 的库存 dead"]


@pytest.mark.parametrize(
    "value",
    [Money(Decimal("1234567.89")), Names((Label("Nobody"),))],
)
def test_a_number_or_name_that_stands_nowhere_else_is_seen(value: Money | Names) -> None:
    proof = Proof(model_of("one_item"), given_of("one_item"))
    assert len(proof.unproved(say("It amounts to %(value)s", value=value))) == 1
