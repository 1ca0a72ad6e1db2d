"""Cross-footing: a figure that stands twice is equal, and parts add up to totals to the cent."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from pipeline.report.html import html
from pipeline.report.inputs import ReportInput
from pipeline.report.lookup import Facts
from pipeline.report.member_figures import NO_STOCK
from pipeline.report.model import ReportModel, report_model
from pipeline.report.pages.dead_stock import idle_items, waiting
from pipeline.report.pages.members import member_lines
from pipeline.report.pages.quality_check import Result
from pipeline.report.status import Status
from pipeline.report.translate import Words
from tests.report.sample import sample_input


def total(values: list[Decimal]) -> Decimal:
    return sum(values, Decimal(0))


def test_categories_add_up_to_the_total(model: ReportModel) -> None:
    page = model.categories
    assert page.total is not None
    stock = total([line.stock for line in (*page.lines, *page.others)])
    assert stock == page.total.stock
    assert sum((line.dead for line in (*page.lines, *page.others)), NO_STOCK) == page.total_dead


def test_suppliers_add_up_to_the_total_with_their_special_members(model: ReportModel) -> None:
    page = model.suppliers
    assert {"unattributed", "own_production"} <= {line.code for line in page.lines}
    assert page.total_stock == model.categories.total.stock  # type: ignore[union-attr]
    assert total([line.stock for line in page.lines]) + page.others_stock == page.total_stock
    assert page.total_dead.dead == model.dead_stock.total.dead


def test_suppliers_that_do_not_fit_become_one_line_that_adds_up(given: ReportInput) -> None:
    one = given.turnover.filter((pl.col("dimension") == "supplier") & (pl.col("member") == "S12"))
    many = [one.with_columns(member=pl.lit(f"X{number:03d}")) for number in range(400)]
    page = report_model(replace(given, turnover=pl.concat([given.turnover, *many]))).suppliers
    assert len(page.lines) == 16
    assert len(page.others) == 14 + 400 - 16
    assert total([line.stock for line in page.lines]) + page.others_stock == page.total_stock


def test_stock_by_status_adds_up_in_every_table(model: ReportModel) -> None:
    for table in model.dead_stock.tables:
        parts = sum((line.dead for line in table.lines), table.others)
        assert parts == table.total
        assert parts.dead + parts.slow + parts.new + parts.moving == parts.value


def test_the_bridge_leads_from_opening_to_closing(model: ReportModel) -> None:
    bridge = model.trend.bridge
    assert bridge is not None
    assert bridge.opening + total([step.value for step in bridge.steps]) == bridge.closing
    assert "Not explained" not in {step.label.text for step in bridge.steps}
    assert bridge.closing == model.trend.stocks[-1].value


def test_a_ledger_that_does_not_add_up_shows_the_difference(given: ReportInput) -> None:
    off = given.daily.with_columns(
        purchase=pl.when(pl.col("day") == given.as_of)
        .then(pl.col("purchase") - Decimal("7.5"))
        .otherwise(pl.col("purchase"))
    )
    bridge = report_model(replace(given, daily=off)).trend.bridge
    assert bridge is not None
    steps = {step.label.text: step.value for step in bridge.steps}
    assert steps["Not explained"] == Decimal("7.5")


def test_a_month_without_postings_has_the_stock_of_the_one_before(given: ReportInput) -> None:
    as_posted = report_model(given).trend.stocks
    july = as_posted[-4].on
    quiet = given.daily.filter(~pl.col("day").is_between(july.replace(day=1), july))

    stocks = report_model(replace(given, daily=quiet)).trend.stocks

    assert july.month == 7
    assert [month.on for month in stocks] == [month.on for month in as_posted]
    assert stocks[-4].value == as_posted[-5].value


def test_the_same_stock_stands_on_every_page(model: ReportModel) -> None:
    headline = model.categories.total
    assert headline is not None
    kpis = {kpi.kind: kpi.value for kpi in model.summary.kpis}
    assert kpis["stock"] == headline.stock
    assert kpis["turnover"] == headline.turnover == model.trend.points[-1].turnover
    assert kpis["dead_share"] == model.dead_stock.total.dead_share
    assert model.summary.stock == model.dead_stock.total
    assert model.quality.proof[-1].value == headline.stock
    ages = total([line.total for line in model.categories.ages]) + model.categories.unaged
    assert ages == headline.stock


def test_companies_and_stages_add_up_to_the_group(model: ReportModel) -> None:
    for table in model.trend.parts:
        values = [line.value for line in table.lines if line.value is not None]
        assert total(values) == model.categories.total.stock  # type: ignore[union-attr]


def test_the_way_from_the_erp_to_the_report_adds_up(model: ReportModel) -> None:
    reached = Decimal(0)
    for line in model.quality.proof:
        if line.is_sum and reached:
            assert line.value == reached
        reached = line.value if line.is_sum else reached + line.value
    assert model.quality.proof[1].value == Decimal("128.4")


def test_positions_without_a_delivered_balance_are_a_line_of_their_own(given: ReportInput) -> None:
    south = pl.col("company") == "south"
    partly = given.reconciliation.with_columns(
        pl.when(south).then(None).otherwise(pl.col(name)).alias(name)
        for name in ("erp_value", "erp_quantity", "value_difference", "quantity_difference")
    )
    proof = report_model(replace(given, reconciliation=partly)).quality.proof
    rest = {line.label.text: line.value for line in proof}["Not compared: no balance delivered"]
    expected = given.reconciliation.filter(south)["value_closing"].sum()
    assert rest == expected


def test_a_position_with_a_quantity_but_no_value_is_no_difference(given: ReportInput) -> None:
    # South's ERP states quantities only: what is left is north's difference, 128.4.
    south = pl.col("company") == "south"
    unvalued = given.reconciliation.with_columns(
        pl.when(south).then(None).otherwise(pl.col(name)).alias(name)
        for name in ("erp_value", "value_difference")
    )
    proof = report_model(replace(given, reconciliation=unvalued)).quality.proof
    lines = {line.label.text: line.value for line in proof}
    north = unvalued.filter(~south)
    assert lines["Balances delivered by the ERP"] == north["erp_value"].sum()
    assert lines["Net difference, ledger − ERP"] == north["value_difference"].sum()
    assert lines["Compared in quantity only"] == unvalued.filter(south)["value_closing"].sum()
    at = next(n for n, line in enumerate(proof) if n and line.is_sum)
    assert total([line.value for line in proof[:at]]) == proof[at].value


def test_an_agreement_in_quantities_is_not_called_one_to_the_cent(given: ReportInput) -> None:
    def finding(*without_value: str) -> tuple[Result, str]:
        unvalued = given.reconciliation.with_columns(
            value_difference=pl.lit(None, pl.Decimal(38, 4)),
            agrees=pl.lit(value=True),
            erp_value=pl.when(~pl.col("company").is_in(without_value)).then("value_closing"),
        )
        checks = report_model(replace(given, reconciliation=unvalued)).quality.checks
        check = next(c for c in checks if c.expectation.text.startswith("Ledger agrees"))
        return check.result, Words("en", "CNY").plain(check.finding)

    # 324 positions, 108 and a few of W4 of them in the south.
    south = given.reconciliation.filter(company="south").height
    assert finding() == (Result.PASSED, "To the cent in all 324 positions")
    valued = f"To the cent in {324 - south} of 324 positions"
    others = "the others in quantity: they came without a value"
    assert finding("south") == (Result.NOTED, f"{valued}, {others}")
    assert finding("north", "south") == (
        Result.NOTED,
        "In quantity in all 324 positions; no values were delivered",
    )


def test_few_categories_show_their_parts(given: ReportInput, model: ReportModel) -> None:
    assert model.categories.parts == ()
    few = pl.col("member").is_in(["Food & grocery", "Industrial parts"])
    of_category = pl.col("dimension") == "category"
    parts = given.turnover.filter(of_category).with_columns(dimension=pl.lit("subcategory"))
    split = pl.concat([given.turnover.filter(~of_category | few), parts])
    page = report_model(replace(given, turnover=split)).categories
    assert len(page.lines) == 2
    assert [line.stock for line in page.parts] == [line.stock for line in model.categories.lines]


def test_few_suppliers_show_how_old_their_stock_is(given: ReportInput, model: ReportModel) -> None:
    assert model.suppliers.ages == ()
    few = given.turnover.filter(
        (pl.col("dimension") != "supplier") | pl.col("member").is_in(["S01", "unattributed"])
    )
    ages = report_model(replace(given, turnover=few)).suppliers.ages
    assert [line.label.text for line in ages] == ["Meilan Trading", "Unattributed"]
    s01 = given.stock_age.filter((pl.col("supplier") == "S01") & ~pl.col("is_abnormal"))
    assert ages[0].total == s01["value"].sum()


def test_a_category_that_is_only_consumed_has_no_speed_and_no_status(given: ReportInput) -> None:
    parts = (pl.col("dimension") == "category") & (pl.col("member") == "Industrial parts")
    unsold = given.turnover.with_columns(
        turnover=pl.when(parts).then(0.0).otherwise("turnover"),
        reason=pl.when(parts).then(pl.lit("no_cogs")).otherwise("reason"),
        consumption=pl.when(parts).then(pl.lit(Decimal(7))).otherwise("consumption"),
    )
    little = given.dead_stock.with_columns(
        dead_value=pl.when(parts).then(pl.lit(Decimal(0))).otherwise("dead_value"),
        dead_share=pl.when(parts).then(0.0).otherwise("dead_share"),
    )
    changed = report_model(replace(given, turnover=unsold, dead_stock=little))
    line = next(line for line in changed.categories.lines if line.code == "Industrial parts")
    assert (line.turnover, line.dio, line.reason) == (None, None, "only_consumed")
    assert line.status is None
    still_dead = report_model(replace(given, turnover=unsold))
    dead = next(line for line in still_dead.categories.lines if line.code == "Industrial parts")
    assert dead.has_too_much_dead
    assert dead.status is Status.WATCH


def test_the_page_says_why_no_share_is_dead_and_so_does_a_sum_with_it(given: ReportInput) -> None:
    costless = (pl.col("dimension") == "category") & (pl.col("member") == "Industrial parts")
    unknown = given.dead_stock.with_columns(
        dead_share=pl.when(~costless).then("dead_share"),
        reason=pl.when(costless).then(pl.lit("no_cost")).otherwise("reason"),
    )
    changed = report_model(replace(given, dead_stock=unknown))
    lines = {line.code: line.dead for line in changed.categories.lines}

    # The table's own word, though dead ÷ stock could be computed.
    assert lines["Industrial parts"].value > lines["Industrial parts"].dead > 0
    assert (lines["Industrial parts"].dead_share, lines["Industrial parts"].reason) == (
        None,
        "no_cost",
    )
    both = lines["Industrial parts"] + lines["Food & grocery"]
    assert (both.dead_share, both.reason) == (None, "no_cost")
    whole = changed.dead_stock.total
    assert whole.dead_share is not None
    assert whole.reason is None
    assert html(changed, "en").count('<span class="reason">cost missing</span>') == 2


def test_dead_stock_has_no_prior_year_while_the_ledger_is_too_young(given: ReportInput) -> None:
    def change(first: date) -> float | None:
        page = report_model(replace(given, ledger_from=first)).summary
        assert (page.dead_unknown_before is None) == (page.kpis[2].prior_change is not None)
        return page.kpis[2].prior_change

    # Dead means 365 days; a year before 31 October 2026 the ledger of 31 October 2024 is as old.
    assert change(date(2024, 10, 31)) is not None
    assert change(date(2024, 11, 1)) is None


def test_the_dead_list_is_the_dead_stock(given: ReportInput, model: ReportModel) -> None:
    items = idle_items(Facts(given), "dead")
    assert total([item.value for item in items]) == model.dead_stock.total.dead
    assert model.dead_stock.items == items[:20]
    assert [item.value for item in items] == sorted((item.value for item in items), reverse=True)


def test_nothing_dead_lists_the_slow_stock(given: ReportInput) -> None:
    moving = given.stock_status.with_columns(status=pl.col("status").replace({"dead": "moving"}))
    alive = given.dead_stock.with_columns(dead_value=pl.lit(0).cast(pl.Decimal(38, 4)))
    page = report_model(replace(given, stock_status=moving, dead_stock=alive)).dead_stock
    assert page.status == "slow"
    assert page.items


def test_slow_stock_becomes_dead_when_its_days_are_full(given: ReportInput) -> None:
    first, second, third = given.stock_status.filter(~pl.col("is_abnormal"))["sku"][:3]
    days = {first: 364, second: 275, third: 274}
    stock = given.stock_status.filter(pl.col("sku").is_in(list(days))).with_columns(
        status=pl.lit("slow"), days_without_issue=pl.col("sku").replace_strict(days)
    )
    found = waiting(Facts(replace(given, stock_status=stock)))
    assert found is not None
    # Dead after 365 days: 1, 90 and 91 days after 31 October 2026.
    ends = [(line.first, line.last, line.items) for line in found.lines]
    assert ends == [
        (date(2026, 11, 1), date(2026, 11, 30), 1),
        (date(2026, 12, 1), date(2026, 12, 30), 0),
        (date(2026, 12, 31), date(2027, 1, 29), 1),
        (date(2027, 1, 30), date(2027, 4, 29), 1),
        (date(2027, 4, 30), None, 0),
    ]
    assert {each.item.sku: each.dead_on for each in found.items} == {
        first: date(2026, 11, 1),
        second: date(2027, 1, 29),
    }


def test_waiting_stock_is_the_slow_stock(model: ReportModel) -> None:
    found = model.dead_stock.waiting
    assert found is not None
    assert total([line.value for line in found.lines]) == found.total
    assert found.total == model.dead_stock.total.slow


def test_no_date_is_given_where_some_stock_dies_by_a_threshold_of_its_own(
    given: ReportInput,
) -> None:
    early = pl.when(pl.col("status") == "dead").then(200).otherwise("days_without_issue")
    stock = given.stock_status.with_columns(days_without_issue=early)
    assert waiting(Facts(replace(given, stock_status=stock))) is None


def test_the_trend_of_dead_stock_ends_with_today(given: ReportInput, model: ReportModel) -> None:
    trend = model.dead_stock.trend
    assert trend is not None
    assert len(trend.months) == 13
    last = trend.months[-1]
    assert (last.dead, last.slow) == (model.dead_stock.total.dead, model.dead_stock.total.slow)
    # A ledger of 365 days knows what is dead on its last day only, which is no trend.
    young = replace(given, ledger_from=date(2025, 10, 31))
    assert report_model(young).dead_stock.trend is None


@pytest.mark.parametrize("company", ["*", "north"])
def test_companies_and_warehouses_add_up_to_the_proof(given: ReportInput, company: str) -> None:
    # A group is compared by company, a company by warehouse.
    rows = given.turnover.with_columns(
        company=pl.lit(company), member=pl.col("member").replace("*", company)
    )
    page = report_model(replace(given, company=company, turnover=rows)).quality
    assert len(page.balances) == {"*": 2, "north": 4}[company]
    whole = page.balances_total
    assert total([line.ledger for line in page.balances]) == whole.ledger
    assert total([line.erp or Decimal(0) for line in page.balances]) == whole.erp
    assert (page.proof[0].value, page.proof[1].value) == (whole.erp, whole.difference)
    assert sum(line.positions for line in page.balances) == whole.positions
    assert sum(line.differing for line in page.balances) == whole.differing == 1
    assert [line.difference for line in page.differences] == [Decimal("128.4")]


def test_warehouses_that_do_not_fit_become_one_line(given: ReportInput) -> None:
    many = [
        given.reconciliation.with_columns(warehouse=pl.lit(f"W{number:02d}"))
        for number in range(15)
    ]
    page = report_model(replace(given, company="north", reconciliation=pl.concat(many))).quality
    # Fifteen warehouses: twelve lines and the other three.
    assert len(page.balances) == 13
    assert page.balances[-1].label.text == "All others"
    assert total([line.ledger for line in page.balances]) == page.balances_total.ledger


def test_sources_are_listed_only_for_what_the_report_compares(given: ReportInput) -> None:
    elsewhere = given.benchmarks.filter(pl.col("dimension") == "category").with_columns(
        member=pl.lit("Sold by another company only")
    )
    assert report_model(replace(given, benchmarks=elsewhere)).quality.sources == ()


def test_delivered_rows_are_accounted_for(given: ReportInput, model: ReportModel) -> None:
    for line in model.quality.deliveries:
        parts = (
            line.rows_new, line.rows_corrected, line.rows_unchanged,
            line.rows_quarantined, line.rows_duplicate,
        )  # fmt: skip
        assert sum(parts) == line.rows_in
    lost = given.account.with_columns(rows_new=pl.col("rows_new") - 1)
    checks = report_model(replace(given, account=lost)).quality.checks
    failed = [check.expectation.text for check in checks if check.result is Result.FAILED]
    assert "Every delivered row is accounted for" in failed


@pytest.mark.parametrize("name", ["stubs", "estimates", "quarantine"])
def test_a_clean_delivery_passes_its_check(given: ReportInput, name: str) -> None:
    before = len([c for c in report_model(given).quality.checks if c.result is Result.PASSED])
    clean = replace(given, **{name: getattr(given, name).clear()})
    after = len([c for c in report_model(clean).quality.checks if c.result is Result.PASSED])
    assert after == before + 1


def result_of(given: ReportInput, expectation: str) -> Result:
    checks = report_model(given).quality.checks
    return next(c.result for c in checks if c.expectation.text == expectation)


def test_transfers_pass_only_where_some_were_posted(given: ReportInput) -> None:
    line = "Transfers arrive within 30 days"
    nothing_open = replace(given, unpaired_transfers=given.unpaired_transfers.clear())
    posted = nothing_open.daily.with_columns(transfer_in=pl.lit(5).cast(pl.Decimal(38, 4)))

    assert result_of(given, line) is Result.NOTED
    assert result_of(nothing_open, line) is Result.NO_DATA
    assert result_of(replace(nothing_open, daily=posted), line) is Result.PASSED


def test_a_check_without_data_does_not_pass(given: ReportInput) -> None:
    without = given.reconciliation.with_columns(
        pl.lit(None, pl.Decimal(38, 4)).alias(name) for name in ("erp_value", "erp_quantity")
    )
    line = "Ledger agrees with the ERP's balances"
    assert result_of(replace(given, reconciliation=without), line) is Result.NO_DATA
    no_cost = given.dead_stock.with_columns(reason=pl.lit("no_cost"))
    for line in ("Every item has a category", "Every unit has a supplier"):
        assert result_of(replace(given, dead_stock=no_cost), line) is Result.NO_DATA


def test_rows_that_were_forgiven_are_counted_and_none_is_no_line(given: ReportInput) -> None:
    def said(rows: int) -> list[str]:
        checks = report_model(replace(given, forgiven_rows=rows)).quality.checks
        line = "No row is left out by decision"
        return [c.result.value for c in checks if c.expectation.text == line]

    assert (said(0), said(2)) == ([], ["noted"])


def test_a_company_that_is_behind_fails_the_coverage(given: ReportInput) -> None:
    behind = given.coverage.with_columns(
        data_through=pl.when(pl.col("company") == "south")
        .then(pl.date(2026, 10, 20))
        .otherwise(pl.col("data_through"))
    )
    first = report_model(replace(given, coverage=behind)).quality.checks[0]
    assert first.result is Result.FAILED


def test_a_single_company_report_has_no_table_of_companies(given: ReportInput) -> None:
    north = given.turnover.filter(pl.col("company") == "north")
    model = report_model(replace(given, company="north", turnover=north))
    assert "company" not in {table.by for table in model.trend.parts}
    assert (
        model.summary.kpis[0].value
        == north.filter(
            (pl.col("as_of") == given.as_of)
            & (pl.col("basis") == "time_weighted")
            & (pl.col("scope") == "normal")
        )["turnover"].item()
    )


def test_the_order_of_delivered_rows_does_not_matter(model: ReportModel) -> None:
    given = sample_input()
    shuffled = {
        name: value.sample(fraction=1, shuffle=True, seed=5)
        for name in ("turnover", "trend", "daily", "dead_stock", "stock_status", "stock_age")
        if isinstance(value := getattr(given, name), pl.DataFrame)
    }
    assert report_model(replace(given, **shuffled)) == model


def test_a_category_that_stopped_selling_turns_slower(given: ReportInput) -> None:
    seals = (pl.col("dimension") == "category") & (pl.col("member") == "Industrial parts")
    now = seals & (pl.col("as_of") == given.as_of)
    stopped = given.turnover.with_columns(
        turnover=pl.when(now).then(0.0).otherwise("turnover"),
        reason=pl.when(now).then(pl.lit("no_cogs")).otherwise("reason"),
    )
    lines = member_lines(Facts(replace(given, turnover=stopped)), "category")
    one = next(line for line in lines if line.code == "Industrial parts")

    assert (one.turnover, one.reason, one.is_slower) == (None, "no_cogs", True)
    assert one.prior is not None
