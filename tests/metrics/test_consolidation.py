"""The group's rows: strangers that share a code never meet, mapped ones do, nothing is lost."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.metrics.consolidation import CODED, consolidated, group_of
from pipeline.metrics.dead_stock import SUMS
from pipeline.policy import Policy, load_policies
from pipeline.policy.group_members import GroupMember, rules_of
from tests.laws import tried
from tests.metrics.ledgers import Books, books, turns

COMPANIES = [f"company-{letter}" for letter in "abcdefghijkl"]


def mapped(*members: GroupMember) -> Policy:
    (rule,) = rules_of(members)
    return load_policies().on(date(2025, 1, 1)).model_copy(update={"group_members": rule})


def member(dimension: str, name: str, **codes: str) -> GroupMember:
    by_company = {company.replace("_", "-"): code for company, code in codes.items()}
    return GroupMember.model_validate(
        {"dimension": dimension, "member": name, "name": name.title(), "codes": by_company}
    )


def twelve(policy: Policy | None = None) -> Books:
    """Twelve companies, each with its own vendor V001 and warehouse 01: 100, 200 … 1,200."""
    lines = ["posted | company | kind | warehouse | supplier | quantity | value"]
    lines += [
        f"2023-01-01 | {company} | opening | 01 | V001 | 1 | {(number + 1) * 100}"
        for number, company in enumerate(COMPANIES)
    ]
    return books("\n".join(lines), policy=policy)


def values(rows: pl.DataFrame, dimension: str, value: str) -> dict[str, int]:
    found = rows.filter(company="*", dimension=dimension, scope="all")
    return {name: int(amount) for name, amount in found.select("member", value).iter_rows()}


@pytest.mark.parametrize(("dimension", "code"), [("supplier", "V001"), ("warehouse", "01")])
def test_twelve_strangers_with_one_code_stay_twelve(dimension: str, code: str) -> None:
    stock = twelve()
    expected = {f"{c}/{code}": (n + 1) * 100 for n, c in enumerate(COMPANIES)}

    assert values(stock.dead_stock("2025-12-31"), dimension, "value") == expected
    assert values(turns(stock, "2025-12-31", bases=["two_point"]), dimension, "closing_value") == (
        expected
    )
    daily = stock.daily().with_columns(pl.col("closing_value") // 10_000)
    assert values(daily, dimension, "closing_value") == expected


def test_exactly_the_mapped_ones_meet_and_their_sum_is_exact() -> None:
    aurora = member("supplier", "aurora", company_b="V001", company_d="V001")
    stock = twelve(mapped(aurora))
    dead = values(stock.dead_stock("2025-12-31"), "supplier", "dead_value")

    assert dead.pop("aurora") == 200 + 400
    alone = {f"{c}/V001": (n + 1) * 100 for n, c in enumerate(COMPANIES) if c[-1] not in "bd"}
    assert dead == alone
    # Only the supplier was mapped.
    assert len(values(stock.dead_stock("2025-12-31"), "warehouse", "value")) == 12


def test_names_meet_as_they_are() -> None:
    rows = twelve().dead_stock("2025-12-31")

    for dimension in ("category", "stage"):
        assert list(values(rows, dimension, "value").values()) == [7_800]
    assert values(rows, "company", "value") == {"*": 7_800}


def test_what_has_no_supplier_meets_although_suppliers_do_not() -> None:
    stock = books("""
        posted     | company | kind     | supplier     | value
        2025-01-01 | acme    | opening  | unattributed | 10
        2025-01-01 | bolt    | opening  | unattributed | 20
        2025-01-02 | bolt    | purchase | S1           | 5
    """)
    rows = turns(stock, "2025-01-31", "month", ["two_point"])

    assert values(rows, "supplier", "closing_value") == {"unattributed": 30, "bolt/S1": 5}


def test_the_group_of_one_company_says_what_the_company_says() -> None:
    alone = member("supplier", "aurora", acme="S1")
    stock = books(
        """
        posted     | kind    | supplier | quantity | value
        2023-01-01 | opening | S1       | 10       | 100
        2025-06-01 | sale    | S1       | -1       | -10
        """,
        policy=mapped(alone),
    )
    for rows in (stock.dead_stock("2025-12-31"), turns(stock, "2025-12-31"), stock.daily()):
        own, group = (rows.filter(company=company).drop("company") for company in ("acme", "*"))
        keys = [name for name in ("dimension", "member", "scope", "basis", "day") if name in own]
        named = own.with_columns(member=pl.col("member").replace("acme", "*"))
        assert group.sort(keys).equals(named.sort(keys))


AMOUNTS = st.integers(-(10**12), 10**12)


@st.composite
def company_rows(draw: st.DrawFn) -> pl.DataFrame:
    """Rows of companies whose codes clash, in every dimension there is."""
    rows = draw(
        st.lists(
            st.tuples(
                st.sampled_from(COMPANIES[:4]),
                st.sampled_from([*CODED, "category", "stage", "company"]),
                st.sampled_from(["V001", "01", "unattributed", "a/b"]),
                st.sampled_from(["all", "normal"]),
                AMOUNTS,
                AMOUNTS,
            ),
            max_size=40,
        )
    )
    words = dict.fromkeys(("company", "dimension", "member", "scope"), pl.String)
    amounts = dict.fromkeys(SUMS[:2], pl.Int128)
    frame = pl.DataFrame(rows, schema={**words, **amounts}, orient="row")
    is_company = pl.col("dimension") == "company"
    return frame.with_columns(
        member=pl.when(is_company).then("company").otherwise("member"),
    )


@st.composite
def mappings(draw: st.DrawFn) -> Policy:
    """Any partition of clashing codes into members of the group."""
    codes: dict[tuple[str, str], dict[str, list[str]]] = {}
    for dimension in CODED:
        for company in COMPANIES[:4]:
            for code in ("V001", "01", "a/b"):
                if (name := draw(st.sampled_from([None, None, "aurora", "basin"]))) is not None:
                    codes.setdefault((dimension, name), {}).setdefault(company, []).append(code)
    entries = [
        GroupMember.model_validate(
            {"dimension": dimension, "member": name, "name": name, "codes": by_company}
        )
        for (dimension, name), by_company in codes.items()
    ]
    return mapped(*entries)


@given(company_rows(), mappings())
@tried(100)
def test_members_of_the_group_add_up_to_the_companies_whatever_is_mapped(
    rows: pl.DataFrame, policy: Policy
) -> None:
    group = group_of(COMPANIES[:4], policy.group_members)
    made = consolidated(rows, group, SUMS[:2])

    keys = ["dimension", "scope"]
    sums = (frame.group_by(keys).agg(pl.col(SUMS[:2]).sum()).sort(keys) for frame in (rows, made))
    assert next(sums).equals(next(sums))
    assert made.select("dimension", "member", "scope").is_duplicated().sum() == 0
    strangers = made.filter(pl.col("dimension").is_in(CODED))["member"]
    assert not set(strangers) & {"V001", "01", "a/b"}
