"""Which codes of companies are one member of the group, and since when."""

from datetime import date
from pathlib import Path

import pytest

from pipeline.policy import load_policies
from pipeline.settings import ConfigurationError

COMPANIES = ("north", "river")
AURORA = """
[[group_member]]
dimension = "supplier"
member = "aurora"
name = "Aurora"
codes = { north = "V001", river = "S-88" }
"""


def site(tmp_path: Path, text: str) -> Path:
    (tmp_path / "group_members.toml").write_text(text, encoding="utf-8")
    return tmp_path


def test_nobody_is_anybody_else_until_a_site_says_so() -> None:
    assert load_policies().on(date(2026, 1, 1)).group_members.members == ()


def test_codes_of_companies_become_one_member(tmp_path: Path) -> None:
    book = load_policies(site(tmp_path, AURORA), COMPANIES)
    (aurora,) = book.on(date(2026, 1, 1)).group_members.members

    assert (aurora.dimension, aurora.member, aurora.name) == ("supplier", "aurora", "Aurora")
    assert list(aurora.pairs) == [("north", "V001"), ("river", "S-88")]


def test_an_entry_holds_from_its_date_until_the_member_s_next_one(tmp_path: Path) -> None:
    later = AURORA.replace('river = "S-88"', 'river = ["S-88", "S-91"]')
    ended = later.replace('{ north = "V001", river = ["S-88", "S-91"] }', "{}")
    text = "".join(
        f"{entry}valid_from = {day}\n"
        for entry, day in ((AURORA, "2025-03-01"), (later, "2026-01-01"), (ended, "2026-07-01"))
    )
    book = load_policies(site(tmp_path, text), COMPANIES)

    def codes(day: date) -> list[tuple[str, str]]:
        return [pair for each in book.on(day).group_members.members for pair in each.pairs]

    assert codes(date(2025, 2, 28)) == []
    assert codes(date(2025, 3, 1)) == [("north", "V001"), ("river", "S-88")]
    assert codes(date(2026, 1, 1)) == [("north", "V001"), ("river", "S-88"), ("river", "S-91")]
    assert codes(date(2026, 7, 1)) == []
    assert {date(2025, 3, 1), date(2026, 1, 1), date(2026, 7, 1)} <= set(book.changes)


def test_the_policy_version_tells_one_mapping_from_another(tmp_path: Path) -> None:
    day = date(2026, 1, 1)
    plain = load_policies().on(day).version
    mapped = load_policies(site(tmp_path, AURORA)).on(day).version
    dated = load_policies(site(tmp_path, AURORA + 'reason = "checked"\n')).on(day).version

    assert plain != mapped == dated


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            AURORA.replace("north", "nroth"),
            "group_member 1, codes: the site has no company 'nroth'",
        ),
        (AURORA.replace('"supplier"', '"category"'), "group_member 1 is not valid.*dimension"),
        (AURORA.replace('"aurora"', '"north/V001"'), "member"),
        (AURORA.replace('"aurora"', '"unattributed"'), "call it otherwise"),
        (AURORA.replace("name =", "names ="), "names"),
        (
            AURORA + AURORA.replace('"aurora"', '"basin"'),
            "supplier V001 of north is mapped to 'aurora' and to 'basin'",
        ),
        (AURORA + AURORA, "supplier 'aurora' begins twice on 1970-01-01"),
        ('title = "x"', r"nothing but \[\[group_member\]\].*title"),
    ],
)
def test_what_a_mapping_cannot_say_is_refused_with_file_and_key(
    tmp_path: Path, text: str, complaint: str
) -> None:
    with pytest.raises(ConfigurationError, match=r"group_members\.toml.*") as refused:
        load_policies(site(tmp_path, text), COMPANIES)

    refused.match(complaint)
