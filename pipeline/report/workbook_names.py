"""Names beside codes: what companies, warehouses and suppliers of a list are called.

A warehouse is called what its company calls it; a supplier is called as on the pages, where one
that several companies buy from has one name.
"""

import polars as pl

from pipeline.metrics.fixed_point import stacked
from pipeline.report.inputs import ReportInput
from pipeline.report.lookup import TERMS, Facts
from pipeline.report.translate import Words

OF_THE_COMPANY = ("company", "warehouse")


def with_names(rows: pl.DataFrame, given: ReportInput, words: Words) -> pl.DataFrame:
    """Rows with the items' names and categories, and `<code>_name` of every code they have."""
    facts = Facts(given)
    if "sku" in rows.columns:
        items = given.items.select("company", "sku", "name", "category")
        rows = rows.join(items, ["company", "sku"], "left", maintain_order="left")
        rows = with_categories(rows, facts, words)
    for dimension in OF_THE_COMPANY:
        if dimension in rows.columns:
            rows = _named(rows, dimension, facts, words)
    if "supplier_member" in rows.columns:
        members = rows["supplier_member"].unique().drop_nulls()
        called = {code: words.label(facts.label("supplier", code)) for code in members}
        rows = rows.with_columns(supplier_name=pl.col("supplier_member").replace(called))
    return rows


def with_categories(rows: pl.DataFrame, facts: Facts, words: Words) -> pl.DataFrame:
    """Rows with what their `category` is called on the pages."""
    code = pl.col("category").fill_null("uncategorised")
    called = {
        member: words.label(facts.label("category", member))
        for member in rows.select(code.unique())["category"].to_list()
    }
    return rows.with_columns(category_name=code.replace(called))


def _named(rows: pl.DataFrame, dimension: str, facts: Facts, words: Words) -> pl.DataFrame:
    """A name is looked up in the company whose code it is."""
    key = list(dict.fromkeys(("company", dimension)))
    known = rows.select(key).unique(maintain_order=True)
    called = [
        None
        if row[dimension] is None
        else words.label(
            facts.label(
                dimension, row[dimension], None if dimension == "company" else row["company"]
            )
        )
        for row in known.iter_rows(named=True)
    ]
    names = known.with_columns(pl.Series(f"{dimension}_name", called, dtype=pl.String))
    return rows.join(names, key, "left", nulls_equal=True, maintain_order="left")


def members_named(rows: pl.DataFrame, given: ReportInput, words: Words) -> pl.DataFrame:
    """Rows of members with what each is called: its code where nobody named it."""
    facts = Facts(given)
    keys = [
        (row["dimension"], row["member"])
        for row in given.members.filter(company=given.company).iter_rows(named=True)
    ]
    called = [(*key, words.label(facts.label(*key))) for key in keys]
    names = pl.DataFrame(
        called, schema=dict.fromkeys(("dimension", "member", "called"), pl.String), orient="row"
    )
    items = given.items.select(
        dimension=pl.lit("sku"), member=pl.col("sku"), called=pl.col("name")
    ).unique(["dimension", "member"], keep="first", maintain_order=True)
    terms = pl.when(~pl.col("dimension").is_in(["company", "sku"])).then(
        pl.col("member").replace_strict(
            {code: words.text(text) for code, text in TERMS.items()}, default=None
        )
    )
    return rows.join(
        stacked([names, items]), ["dimension", "member"], "left", maintain_order="left"
    ).with_columns(name=pl.coalesce("called", terms, "member"))
