"""Generated streams of alerts, and the routes that they take: the same for whoever is compared.

Nothing happens within 0.35 s of a flush: on a busy host one of the two may hear of it that much later.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Labels = Mapping[str, str]
TIMING = {"group_wait": "1s", "group_interval": "3s", "repeat_interval": "8s"}


@dataclass(frozen=True)
class Step:
    at_s: float
    do: Literal["fire", "resolve", "silence", "restart"]
    labels: Sequence[Labels] = ()
    """Of the alerts; for a silence one set that it matches."""
    for_s: float = 0.0


@dataclass(frozen=True)
class Stream:
    name: str
    route: Mapping[str, object]
    """The part of the routing tree for this stream, without its matcher."""
    steps: Sequence[Step]
    inhibit_rules: Sequence[Mapping[str, object]] = field(default=())

    @property
    def matcher(self) -> str:
        return f'stream="{self.name}"'

    def labels(self, alertname: str, **more: str) -> Labels:
        return {"stream": self.name, "alertname": alertname, **more}


def streams(seed: int) -> list[Stream]:
    """All that can run beside each other; none of them restarts anything."""
    return [
        _storm(),
        _many_groups(),
        _flapping(),
        _staggered(),
        _joining(),
        _repeating(),
        _silenced(),
        _silenced_from_the_start(),
        _inhibited(),
        _continued(),
        *(_random(seed + number) for number in range(4)),
    ]


def restart_stream() -> Stream:
    name = "restart"
    alerts = [_of(name, "Down", instance=str(number)) for number in range(5)]
    return Stream(
        name,
        {"group_by": ["alertname"], "group_wait": "1s", "group_interval": "3s", "repeat_interval": "60s"},
        [
            Step(0, "fire", alerts[:3]),
            Step(1.5, "silence", [_of(name, "Quiet")], for_s=120),
            Step(5, "fire", [_of(name, "Quiet")]),
            Step(8, "restart"),
            Step(16.5, "fire", alerts[3:]),  # what comes again does so at 16
            Step(23.5, "resolve", alerts),
        ],
    )


def burst(count: int, groups: int) -> list[Labels]:
    return [_of("burst", f"Group{number % groups}", instance=str(number)) for number in range(count)]


def _of(stream: str, alertname: str, **more: str) -> Labels:
    return {"stream": stream, "alertname": alertname, **more}


def _storm() -> Stream:
    """Two hundred at once in one group are one message."""
    alerts = [_of("storm", "Down", instance=str(number)) for number in range(200)]
    steps = [Step(0, "fire", alerts), Step(5.5, "resolve", alerts[:150]), Step(12, "resolve", alerts)]
    return Stream("storm", {"group_by": ["alertname"], **TIMING}, steps)


def _many_groups() -> Stream:
    alerts = [_of("groups", f"Alert{number % 20}", instance=str(number)) for number in range(100)]
    steps = [Step(0.5, "fire", alerts), Step(9.2, "resolve", alerts)]
    return Stream("groups", {"group_by": ["alertname"], **TIMING}, steps)


def _flapping() -> Stream:
    alert = [_of("flapping", "Flaps")]
    steps = [Step(0, "fire", alert)]
    for number in range(10):
        steps += [Step(2.0 * number + 1.5, "resolve", alert), Step(2.0 * number + 2.5, "fire", alert)]
    return Stream("flapping", {"group_by": ["alertname"], **TIMING}, steps)


def _staggered() -> Stream:
    """Groups that begin one after the other, each with a timer of its own."""
    alerts = [[_of("staggered", f"Alert{number}")] for number in range(8)]
    steps = [Step(0.7 * number, "fire", alert) for number, alert in enumerate(alerts)]
    steps += [Step(8.4 + 0.7 * number, "resolve", alert) for number, alert in enumerate(alerts)]
    return Stream("staggered", {"group_by": ["alertname"], **TIMING}, steps)


def _joining() -> Stream:
    """One more alert in the same group every 1.5 s: a new one never shortens the timer."""
    alerts = [_of("joining", "Grows", instance=str(number)) for number in range(10)]
    steps = [Step(1.5 * number, "fire", [alert]) for number, alert in enumerate(alerts)]
    return Stream("joining", {"group_by": ["alertname"], **TIMING}, [*steps, Step(17.5, "resolve", alerts)])


def _repeating() -> Stream:
    alert = [_of("repeating", "Stays")]
    return Stream("repeating", {"group_by": [], **TIMING, "repeat_interval": "5s"}, [Step(0.2, "fire", alert)])


def _silenced() -> Stream:
    """Silenced after it was told, resolved meanwhile; another one goes on after its silence."""
    short, long = _of("silenced", "Short"), _of("silenced", "Long")
    steps = [
        Step(0, "fire", [short, long]),
        Step(2, "silence", [short], for_s=60),
        Step(2, "silence", [long], for_s=7),
        Step(6, "resolve", [short]),
    ]
    return Stream("silenced", {"group_by": ["alertname"], **TIMING}, steps)


def _silenced_from_the_start() -> Stream:
    alert = [_of("early", "Early")]
    steps = [Step(0, "silence", alert, for_s=6), Step(1, "fire", alert), Step(12.5, "resolve", alert)]
    return Stream("early", {"group_by": ["alertname"], **TIMING}, steps)


def _inhibited() -> Stream:
    root, child = _of("inhibited", "Root", host="a"), _of("inhibited", "Child", host="a", severity="warning")
    other = _of("inhibited", "Child", host="b", severity="warning")
    rule = {
        "source_matchers": ['stream="inhibited"', 'alertname="Root"'],
        "target_matchers": ['stream="inhibited"', 'severity="warning"'],
        "equal": ["host"],
    }
    steps = [Step(0, "fire", [root]), Step(0.4, "fire", [child, other]), Step(9.3, "resolve", [root])]
    return Stream("inhibited", {"group_by": ["alertname", "host"], **TIMING}, steps, [rule])


def _continued() -> Stream:
    """Told to two receivers in different rhythms, to one of them without what resolved."""
    alerts = [_of("continued", "Twice", instance=str(number)) for number in range(3)]
    route = {
        "group_by": ["alertname"],
        **TIMING,
        "routes": [
            {"receiver": "second", "matchers": ['alertname="Twice"'], "group_wait": "2s", "continue": True},
            {"receiver": "first", "matchers": ['alertname=~"Tw.*"']},
        ],
    }
    return Stream("continued", route, [Step(0.1, "fire", alerts), Step(6, "resolve", alerts[:2])])


def _random(seed: int) -> Stream:
    """Every group is flushed at 3k + 1 s, for it begins a second before that; what happens lies between two flushes,
    where tenths of a second decide nothing (else not even two Alertmanagers would agree)."""
    dice, name = random.Random(seed), f"random{seed}"
    alerts = [_of(name, f"Alert{number % 4}", instance=str(number)) for number in range(12)]
    steps = [Step(3.0 * (number % 3), "fire", [alerts[number]]) for number in range(4)]
    for turn in range(30):
        do: Literal["fire", "resolve"] = dice.choice(("fire", "fire", "resolve"))
        at_s = 8.0 + turn // 5 * 3.0 + dice.uniform(0.0, 1.0)
        steps.append(Step(at_s, do, dice.sample(alerts, dice.randint(1, 4))))
    return Stream(name, {"group_by": ["alertname"], **TIMING}, steps)
