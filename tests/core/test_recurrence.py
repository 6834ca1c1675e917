from dataclasses import replace
from datetime import timedelta

import pytest

from probed.actions.registry import build_actions
from probed.config.actions import ActionsSettings
from probed.core.case import Outcome
from probed.core.change import Change
from probed.core.finding import ActionCall
from probed.core.recurrence import restraints
from tests.factories import NOW, make_change

UNIT = {"unit": "nginx.service"}
START, STOP, RELOAD = (ActionCall(name, UNIT) for name in ("start_unit", "stop_unit", "reload_unit"))
SMALL = ActionCall("set_unit_property", {**UNIT, "value": "1G"})
LARGE = ActionCall("set_unit_property", {**UNIT, "value": "2G"})


def done(call: ActionCall, hours_ago: float, **changes: object) -> Change:
    at = NOW - timedelta(hours=hours_ago)
    return replace(make_change(call=call, started_at=at, ended_at=at), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("call", "history", "words"),
    [
        (START, [], ""),
        (START, [done(START, 2)], ""),
        (START, [done(START, 0.1)], "was done already at 05:54 UTC"),
        (START, [done(START, 2, outcome=Outcome.NOT_VERIFIED)], "did not help at 04:00 UTC"),
        (START, [done(START, 3, outcome=Outcome.NOT_VERIFIED), done(START, 2)], ""),
        (
            START,
            [done(START, 2, outcome=Outcome.ROLLED_BACK, rolled_back_at=NOW)],
            "was rolled back after 04:00 UTC",
        ),
        (START, [done(START, 25, outcome=Outcome.NOT_VERIFIED)], ""),
        (START, [done(START, hour) for hour in (9, 7, 5)], "ran 3 times by itself within 24 hours"),
        (START, [done(START, hour) for hour in (25, 7, 5)], ""),
        (START, [done(START, hour, level="L2") for hour in (9, 7, 5)], ""),
        (START, [done(STOP, 5)], "would undo stop_unit of 01:00 UTC"),
        (START, [done(STOP, 25)], ""),
        (START, [done(RELOAD, 5)], ""),
        (LARGE, [done(SMALL, 9)], ""),
        (LARGE, [done(SMALL, 0.1)], "was done already"),
        (LARGE, [done(SMALL, 9, outcome=Outcome.NOT_VERIFIED)], "did not help"),
        (LARGE, [done(SMALL, 9), done(LARGE, 7), done(SMALL, 5)], "ran 3 times by itself"),
        (LARGE, [done(SMALL, 9), done(LARGE, 7), done(SMALL, 5)], "takes turns with set_unit_property"),
        (LARGE, [done(SMALL, 9), done(RELOAD, 7), done(SMALL, 5)], ""),
    ],
)
def test_why_a_fix_does_not_run_by_itself_again(call: ActionCall, history: list[Change], words: str) -> None:
    found = restraints(call, history, cooldown_s=600, daily_cap=3, now=NOW)

    assert words in "; ".join(found) if words else found == ()


@pytest.mark.parametrize("kind", ["unit", "container"])
@pytest.mark.parametrize("up", ["start", "restart"])
def test_what_brings_up_and_what_stops_undo_each_other_both_ways_for_a_day(kind: str, up: str) -> None:
    raising, stopping = (ActionCall(f"{verb}_{kind}", {kind: "web"}) for verb in (up, "stop"))
    known = build_actions(ActionsSettings()).names()

    for first, second in ((raising, stopping), (stopping, raising)):
        assert second.action in known
        assert restraints(second, [done(first, 23)], cooldown_s=600, daily_cap=3, now=NOW)
        assert not restraints(second, [done(first, 25)], cooldown_s=600, daily_cap=3, now=NOW)
