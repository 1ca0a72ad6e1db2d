"""The page as HTML: what it says, and that nothing delivered can become markup."""

from dataclasses import replace

import polars as pl
import pytest
from jinja2 import UndefinedError
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from pipeline.report.html import environment, html
from pipeline.report.inputs import ReportInput
from pipeline.report.model import ReportModel, report_model
from pipeline.report.translate import LANGUAGES, Words
from pipeline.resources import template_folder


class HtmlPage(SingleFileSnapshotExtension):
    """One readable file a snapshot."""

    file_extension = "html"
    _write_mode = WriteMode.TEXT


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_what_it_said(
    language: str, model: ReportModel, snapshot: SnapshotAssertion
) -> None:
    assert html(model, language) == snapshot(extension_class=HtmlPage, name=language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_compiled_template_has_no_language_of_its_own(language: str, model: ReportModel) -> None:
    """Compiled templates are kept, and read again for a page in the other language."""
    words = Words(language, "CNY")
    made = environment(words, model)
    said = words.text("not yet known")
    template = '{{ "too_young" | reason_word }}'
    assert said not in made.compile(template, raw=True)
    assert made.from_string(template).render() == said


EVIL = "<script>alert(1)</script><img src=file:///etc/passwd>{{ 7*7 }}%(x)s"


def test_item_text_never_becomes_markup(given: ReportInput) -> None:
    items = given.items.with_columns(name=pl.lit(EVIL), category=pl.lit(EVIL))
    members = given.members.with_columns(name=pl.lit(EVIL), name_zh=pl.lit(EVIL))
    evil = replace(given, items=items, members=members, titles={"en": EVIL}, run_label=EVIL)
    page = html(report_model(evil), "en")
    assert "<script" not in page
    assert "<img" not in page
    assert "49%" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("column", ["industry", "source"])
def test_neither_does_text_of_a_policy(given: ReportInput, column: str) -> None:
    name = {"industry": "label_en", "source": "source"}[column]
    benchmarks = given.benchmarks.with_columns(pl.lit(EVIL).alias(name))
    assert "<script" not in html(report_model(replace(given, benchmarks=benchmarks)), "en")


def test_a_template_that_asks_for_what_is_not_there_fails(model: ReportModel) -> None:
    made = environment(Words("en", "CNY"), model)
    with pytest.raises(UndefinedError):
        made.from_string("{{ model.summary.no_such_figure.value }}").render(model=model)


def test_every_page_has_one_title_that_is_a_sentence(model: ReportModel) -> None:
    page = html(model, "en")
    assert page.count("<h1") == 8
    titles = [
        model.summary.title, model.trend.title, model.categories.title,
        model.suppliers.title, model.dead_stock.title, model.quality.title,
    ]  # fmt: skip
    words = Words("en", "CNY")
    for title in titles:
        assert len(words.plain(title).split()) >= 4


def test_every_figure_has_a_text_for_those_who_cannot_see_it(model: ReportModel) -> None:
    page = html(model, "zh")
    assert page.count("<svg") == page.count("<title>") - 1  # the document's own title


def test_a_table_head_says_which_way_it_reads(model: ReportModel) -> None:
    page = html(model, "en")
    assert page.count("<th ") == page.count('<th scope="')


def test_no_letters_are_set_apart() -> None:
    """Whoever searches or copies the PDF would find `Inventor y`."""
    style = (template_folder() / "report.css").read_text(encoding="utf-8")
    assert "letter-spacing" not in style
