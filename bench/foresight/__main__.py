"""How early it is told that something fills up, or is unusual, and how often in vain.

    .venv/bin/python -m bench.foresight [--seeds 3] [--nab FOLDER]

Made series and recorded ones, one table each for forecasts (is it full within three days?) and for what is unlike its
own week; the plain method beside it judges the same series in the same run. Alarms less than a day apart count once. Of
a recording five seconds stand for an hour.
`--nab`: a checkout of github.com/numenta/NAB.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.foresight import recorded
from bench.foresight.score import (
    Score,
    cortex,
    of_filling,
    of_habits,
    own_week,
    plain_deviation,
    straight_line,
    total,
)
from bench.foresight.synthetic import Filling, Habits, fillings, habits

WEEKS = 10
Judge = Callable[[Any], Score]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="bench.foresight", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=3, help="made series of each kind")
    parser.add_argument("--nab", type=Path, metavar="FOLDER", help="judge its series, too")
    chosen = parser.parse_args()
    forecasts: Mapping[str, Judge] = {
        "Cortex": lambda case: of_filling(case, cortex),
        "straight line": lambda case: of_filling(case, straight_line),
    }
    anomalies: Mapping[str, Judge] = {
        "Cortex": lambda case: of_habits(case, own_week),
        "3 sigma of a day": lambda case: of_habits(case, plain_deviation),
    }
    show("full within 3 days", "h before", [*fillings(chosen.seeds, WEEKS), *recorded.fillings()], forecasts)
    known = recorded.habits(chosen.nab) if chosen.nab else []
    show("unlike its own week", "h after", [*habits(chosen.seeds, WEEKS), *known], anomalies)


def show(title: str, when: str, cases: Sequence[Filling | Habits], methods: Mapping[str, Judge]) -> None:
    heads = "".join(f"{name + ': found':>26} {when:>9} {'false/week':>11}" for name in methods)
    print(f"\n{title:42}{heads}")
    every: dict[str, list[Score]] = {name: [] for name in methods}
    for name in dict.fromkeys(case.name for case in cases):
        same = [case for case in cases if case.name == name]
        scores = {method: [judge(case) for case in same] for method, judge in methods.items()}
        for method in methods:
            every[method] += scores[method]
        print(f"{name:42}" + "".join(cells(total(scores[method])) for method in methods), flush=True)
    print(f"{'all':42}" + "".join(cells(total(scores)) for scores in every.values()))


def cells(score: Score) -> str:
    wanted = score.found + score.missed
    found = f"{score.found} of {wanted}" if wanted else "-"
    median = f"{score.median_h:.0f}" if score.hours else "-"
    return f"{found:>26} {median:>9} {score.false_a_week:>11.2f}"


if __name__ == "__main__":
    main()
