from __future__ import annotations

import pytest

from bench import __main__ as run
from bench.effort import SHORT, Effort
from bench.row import Figure, Row, at_least_share, at_most, at_most_times
from bench.table import table

ROWS = (
    Row("start", 12.0, "ms", (Figure("bare Python", 6.0), Figure("monit", None)), at_most_times(3)),
    Row("memory", 90.0, "MiB", (), at_most(85)),
    Row("tasks", 1234.0, "a second", (Figure("Alertmanager", 0.0),)),
)


def test_each_figure_beside_stands_in_a_line_of_its_own() -> None:
    assert table(ROWS).splitlines() == [
        "| question | Cortex         | beside it       | ratio | limit     | verdict |",
        "| -------- | -------------- | --------------- | ----- | --------- | ------- |",
        "| start    | 12 ms          | bare Python: 6  | 2 x   | <= 3 x    | held    |",
        "|          |                | monit: not here |       |           |         |",
        "| memory   | 90 MiB         |                 |       | <= 85 MiB | BROKEN  |",
        "| tasks    | 1,234 a second | Alertmanager: 0 |       |           |         |",
    ]


@pytest.mark.parametrize(
    ("row", "is_broken"),
    [
        (Row("q", 20.0, "ms", (), at_most(20)), False),
        (Row("q", 20.1, "ms", (), at_most(20)), True),
        (Row("q", 50.0, "/s", (Figure("floor", 100.0),), at_least_share(0.5)), False),
        (Row("q", 49.0, "/s", (Figure("floor", 100.0),), at_least_share(0.5)), True),
        (Row("q", 70.0, "ms", (Figure("floor", 10.0),), at_most_times(7)), False),
        (Row("q", 71.0, "ms", (Figure("floor", 10.0),), at_most_times(7)), True),
        (Row("q", 71.0, "ms", (Figure("floor", None),), at_most_times(7)), False),
        (Row("q", float("nan"), "ms"), True),
    ],
)
def test_a_limit_is_broken_by_what_is_beyond_it(row: Row, is_broken: bool) -> None:
    assert row.is_broken is is_broken


def test_a_limit_whose_other_side_is_missing_is_not_held() -> None:
    (line,) = table([Row("q", 71.0, "ms", (Figure("floor", None),), at_most_times(7))]).splitlines()[2:]

    assert "not measured" in line
    assert "held" not in line


def broken(effort: Effort) -> list[Row]:
    raise RuntimeError("no such program")


@pytest.mark.parametrize(
    ("measure", "code"), [(lambda effort: [ROWS[0]], 0), (lambda effort: [ROWS[1]], 1), (broken, 1)]
)
def test_a_broken_limit_or_measure_ends_the_run_with_1(
    measure: object, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "MEASURES", {"first": measure, "second": lambda effort: [ROWS[2]]})

    assert run.main(["--quick"]) == code
    assert "1,234 a second" in capsys.readouterr().out


def test_a_measure_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    efforts: list[Effort] = []

    def second(effort: Effort) -> list[Row]:
        efforts.append(effort)
        return [ROWS[0]]

    monkeypatch.setattr(run, "MEASURES", {"first": broken, "second": second})

    assert run.main(["--only", "second", "--quick"]) == 0
    assert efforts == [SHORT]
