"""Marks draw what is known, and of a benchmark only what its source states."""

from dataclasses import replace

from pipeline.report.member_figures import Benchmark
from pipeline.report.model import report_model
from pipeline.report.pages.members import MemberLine
from pipeline.report.sentences import Label
from pipeline.report.svg_marks import (
    Scale,
    Sparkline,
    bar,
    bullet,
    scale_of,
    shared_spread,
    sparkline,
)
from tests.report.sample import sample_input

SCALE = Scale(largest=10.0, width=200.0, step=2.0)


def line(**changed: object) -> MemberLine:
    first = report_model(sample_input()).categories.lines[0]
    return replace(first, turnover=5.0, prior=4.0, **changed)  # type: ignore[arg-type]


def benchmark(
    statistic: str, value: float | None, low: float | None, high: float | None
) -> Benchmark:
    return Benchmark(Label("X"), statistic, value, low, high, "Source", 2024, "China", False)  # noqa: FBT003


def rise(mark: Sparkline) -> float:
    """How far a line of two points goes up."""
    (first, last) = (float(point.split(",")[1]) for point in mark.lines[0].split(" "))
    return first - last


def test_lines_of_one_table_show_the_same_change_by_the_same_slope() -> None:
    lines = ((4.69, 4.64), (100.0, 72.0), (50.0, 36.0))
    spread = shared_spread(lines)
    hardly, much, as_much = (rise(sparkline(line, spread)) for line in lines)
    assert much == as_much == -12  # the whole height
    # A fall of 1 % beside one of 28 %.
    assert -0.5 < hardly < -0.3


def test_a_line_that_changed_far_more_than_others_does_not_flatten_them() -> None:
    lines = ((1.0, 50.0), (0.95, 1.05), (1.9, 2.1))
    spread = shared_spread(lines)
    # A change of 10 % is usual here, of 30 % fills the height, and so does any larger one.
    assert [rise(sparkline(line, spread)) for line in lines] == [12, 4, 4]


def test_lines_that_do_not_change_are_level() -> None:
    assert shared_spread(((2.0, 2.0), (2.0, 2.0))) == 0
    assert rise(sparkline((2.0, 2.0), 0.0)) == 0


def test_one_line_among_rows_without_any_has_nothing_to_be_compared_with() -> None:
    assert shared_spread(((1.0, 2.0), (None, 2.0), (None, None))) == 0


def test_a_line_by_itself_fills_its_height() -> None:
    assert rise(sparkline((2.0, 3.0))) == 12


def test_a_median_is_a_tick_without_a_field() -> None:
    mark = bullet(line(benchmark=benchmark("median", 4.0, None, None)), SCALE)
    assert (mark.bar, mark.tick, mark.field, mark.edge, mark.prior) == (100, 80, None, None, 80)


def test_a_range_is_a_field_without_a_tick() -> None:
    mark = bullet(line(benchmark=benchmark("range", None, 3.0, 8.0)), SCALE)
    assert mark.field is not None
    assert (mark.field.x, mark.field.width, mark.tick) == (60, 100, None)


def test_stars_alone_are_one_end_without_a_field() -> None:
    mark = bullet(line(benchmark=benchmark("star", 5.7, None, None)), SCALE)
    assert (mark.edge, mark.tick, mark.field) == (114, None, None)


def test_to_miss_the_stars_is_no_sign_to_be_below_laggards_is_one() -> None:
    assert benchmark("star", 5.7, None, None).threshold is None
    assert benchmark("laggard", 2.0, None, None).threshold == 2.0
    assert benchmark("range", None, 3.0, 8.0).threshold == 3.0


def test_without_a_benchmark_nothing_of_one_is_drawn() -> None:
    mark = bullet(line(benchmark=None), SCALE)
    assert (mark.tick, mark.field, mark.edge) == (None, None, None)


def test_a_value_beyond_the_scale_stops_at_its_end() -> None:
    assert SCALE.at(40.0) == 200
    assert SCALE.at(-1.0) == 0


def test_a_value_beyond_the_scale_is_marked_as_running_on() -> None:
    assert bullet(replace(line(), turnover=326.02), SCALE).runs_on
    assert not bullet(replace(line(), turnover=10.0), SCALE).runs_on


def test_one_outlier_does_not_flatten_the_others() -> None:
    lines = [line(benchmark=None) for _ in range(5)]
    scale = scale_of([*lines, replace(lines[0], turnover=900.0)], 100)
    assert scale.largest <= 25


def test_a_sparkline_breaks_where_a_value_is_missing() -> None:
    mark = sparkline([1.0, 2.0, None, 2.0, 3.0])
    assert len(mark.lines) == 2
    assert sparkline([1.0, None]).lines == ()
    assert sparkline([1.0, 2.0, None]).end is None


def test_a_bar_has_no_length_below_nought() -> None:
    assert (bar(5, 10, 80), bar(-5, 10, 80), bar(None, 10, 80), bar(5, 0, 80)) == (40, 0, 0, 0)
